"""What goes over the socket, as this client sees it: docs/protocol.md."""

from typing import Any

import msgspec


class Person(msgspec.Struct, frozen=True):
    id: str
    name: str


class Reaction(msgspec.Struct, frozen=True):
    emoji: str
    people: list[str]


class Event(msgspec.Struct, frozen=True):
    """One event of a room's log, or one entry of a page; which fields are there depends on the type."""

    type: str
    seq: int
    at: int
    author: Person
    id: str
    room: str = ""
    text: str | None = None
    html: str = ""
    mentions: list[str] = []
    reply_to: int | None = None
    thread: int | None = None
    deleted: bool = False
    erased: bool = False
    target: int | None = None
    emoji: str = ""
    person: Person | None = None
    edited_at: int | None = None
    reactions: list[Reaction] = []
    pinned: bool = False
    replies: int = 0
    name: str = ""
    topic: str = ""
    kind: str = ""
    role: str = ""


class Frame(msgspec.Struct):
    """Any frame of the server; which fields are there depends on `op`."""

    op: str
    id: str | None = None
    room: Any = ""
    epoch: str = ""
    seq: int = 0
    at: int = 0
    head: int = 0
    more: bool = False
    more_after: bool = False
    as_of: int = 0
    expires_in: float = 0
    heartbeat: float = 25
    code: str = ""
    message: str = ""
    field: str | None = None
    retry_after: float | None = None
    you: Person | None = None
    rooms: list[dict[str, Any]] = []
    events: list[Event] = []
    people: list[Person] = []
    members: list[dict[str, Any]] = []
    total: int = 0
    next: str | None = None
    person: str | None = None
    unread: int | None = None
    mentions: int | None = None
    online: list[str] = []
    offline: list[str] = []
    snapshot: bool = False


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
    """A request; what is None is left out."""
    return msgspec.json.encode(
        {"op": op} | {name: value for name, value in fields.items() if value is not None}
    ).decode()
