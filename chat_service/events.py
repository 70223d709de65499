"""What happens in a room, as its log keeps it: events in one order, numbered from 1 without a hole."""

from typing import Annotated

import msgspec

ROOM_TOPIC_PREFIX = "room:"
CLIENT_ID_PATTERN = r"^[A-Za-z0-9_-]{1,64}$(?!\n)"  # Python's $ would let a line break follow
NOT_YET = 0

ClientId = Annotated[str, msgspec.Meta(pattern=CLIENT_ID_PATTERN)]


class Person(msgspec.Struct, frozen=True):
    """Somebody who takes part; `id` never changes, `name` is the one of the time."""

    id: str
    name: str


class Room(msgspec.Struct, frozen=True):
    id: str
    name: str
    kind: str


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """`id` is the author's own idempotency key; `at` counts milliseconds since the epoch.

    `seq` and `at` are NOT_YET until the log has committed the event.
    """

    id: ClientId
    author: Person
    seq: int = NOT_YET
    at: int = NOT_YET

    @property
    def key(self) -> tuple[str, str]:
        """What makes two attempts the same event: (author, client id)."""
        return self.author.id, self.id


class Message(Event, frozen=True, kw_only=True, tag="message"):
    text: str


class Join(Event, frozen=True, kw_only=True, tag="join"):
    """Somebody became a member."""


AnyEvent = Message | Join
EventKey = tuple[str, str]
