"""What replicas tell each other of a room."""

import pytest

from chat_service import signals
from chat_service.events import Join
from chat_service.signals import Changed, Mark, Marked, RoomPayload, Typed
from tests.chat_service.examples import ADA, BOB, stored


@pytest.mark.parametrize(
    "payload",
    [
        [stored(1), Join(id="j", author=BOB, seq=2, at=5)],
        Typed([ADA, BOB]),
        Marked([Mark(ADA.id, 5), Mark(BOB.id, 3, back=True)]),
        Changed(ADA.id),
    ],
    ids=["events", "typed", "marked", "changed"],
)
def test_what_one_replica_says_another_understands(payload: RoomPayload) -> None:
    assert signals.decode(signals.encode(payload)) == payload
