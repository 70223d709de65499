"""What replicas tell each other on a room's topic: the events they stored, and signals, which no log keeps.

A signal may get lost. The next one of its kind, or a reconnect, makes up for it.
"""

from collections.abc import Sequence

import msgspec

from chat_service.events import AnyEvent, Person


class Typed(msgspec.Struct, frozen=True, tag="typed"):
    """These people are typing."""

    people: Sequence[Person]


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """A member has read up to `seq`; `back` if the marker was moved there from above."""

    person: str
    seq: int
    back: bool = False


class Marked(msgspec.Struct, frozen=True, tag="marked"):
    marks: Sequence[Mark]


class Changed(msgspec.Struct, frozen=True, tag="changed"):
    """What this person set for themselves in the room has changed."""

    person: str


Signal = Typed | Marked | Changed
RoomPayload = list[AnyEvent] | Signal
"""Events are an array and signals are maps: telling them apart costs the events nothing."""

_payloads: msgspec.msgpack.Decoder[RoomPayload] = msgspec.msgpack.Decoder(RoomPayload)
_encoder = msgspec.msgpack.Encoder()


def encode(payload: RoomPayload) -> bytes:
    return _encoder.encode(payload)


def decode(payload: bytes) -> RoomPayload:
    return _payloads.decode(payload)
