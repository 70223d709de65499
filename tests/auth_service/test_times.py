from datetime import UTC, datetime

import msgspec

from auth_service.times import in_milliseconds


class Meeting(msgspec.Struct):
    name: str
    at: datetime
    ended_at: datetime | None = None


def test_times_are_milliseconds_since_the_epoch_and_the_rest_stays() -> None:
    meeting = Meeting("lunch", datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC))
    assert in_milliseconds(meeting) == {"name": "lunch", "at": 1767268800123, "ended_at": None}
