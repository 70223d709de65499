"""What goes over the socket, as this client sees it: docs/protocol.md."""

from typing import Any

import msgspec


class Person(msgspec.Struct, frozen=True):
    id: str
    name: str


class Event(msgspec.Struct, frozen=True):
    """One event of a room's log; `at` in milliseconds since the epoch, `text` where the type has one."""

    type: str
    seq: int
    at: int
    author: Person
    id: str
    room: str = ""
    text: str | None = None


class Frame(msgspec.Struct):
    """Any frame of the server; which fields are there depends on `op`."""

    op: str
    id: str | None = None
    room: str = ""
    epoch: str = ""
    seq: int = 0
    at: int = 0
    head: int = 0
    more: bool = False
    expires_in: float = 0
    heartbeat: float = 25
    code: str = ""
    message: str = ""
    retry_after: float | None = None
    you: Person | None = None
    rooms: list[dict[str, Any]] = []
    events: list[Event] = []


_frames = msgspec.json.Decoder(Frame)


def decode(frame: str) -> Frame:
    """A frame, its events told which room they are of; fields unknown here are ignored.

    Raises:
        msgspec.MsgspecError: it is no frame of this protocol.
    """
    decoded = _frames.decode(frame)
    decoded.events = [msgspec.structs.replace(event, room=decoded.room) for event in decoded.events]
    return decoded


def encode(op: str, **fields: object) -> str:
    return msgspec.json.encode({"op": op} | fields).decode()
