"""A clock that goes when it is told to."""

from datetime import UTC, datetime, timedelta


class Clock:
    def __init__(self) -> None:
        self._now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self._now

    def pass_by(self, **time: float) -> None:
        self._now += timedelta(**time)
