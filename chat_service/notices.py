"""What the server says; docs/protocol.md is the contract."""

from collections.abc import Sequence

import msgspec

from chat_service import limits
from chat_service.commands import Level
from chat_service.events import AnyEvent, Person, Role, Room
from chat_service.timeline import Entry


class Notice(msgspec.Struct, frozen=True, kw_only=True, tag_field="op", omit_defaults=True):
    """What the server sends."""


class Answer(Notice, frozen=True, kw_only=True):
    id: str


class Limits(msgspec.Struct, frozen=True):
    text_chars: int = limits.MAX_TEXT_CHARS
    name_chars: int = limits.MAX_NAME_CHARS
    topic_chars: int = limits.MAX_TOPIC_CHARS
    frame_bytes: int = limits.MAX_FRAME_BYTES
    page_events: int = limits.MAX_PAGE_EVENTS
    conversation_people: int = limits.MAX_CONVERSATION_PEOPLE
    watched_rooms: int = limits.MAX_WATCHED_ROOMS


class RoomState(Room, frozen=True, kw_only=True, omit_defaults=True):
    """A room one is in, as it is for oneself; events with a seq above `head` follow by themselves.

    `read` is one's marker, `unread` and `mentions` count the messages of others above it (1,000 stands for more),
    `muted_until` is in milliseconds since the epoch.
    """

    head: int
    read: int = 0
    unread: int = 0
    mentions: int = 0
    role: Role = "member"
    level: Level = "all"
    muted_until: int = 0


class Welcome(Notice, frozen=True, kw_only=True, tag="welcome"):
    """`heartbeat` and `expires_in` in seconds; another `epoch` than before means: forget what you have."""

    you: Person
    replica: str
    epoch: str
    expires_in: int
    rooms: Sequence[RoomState]
    heartbeat: float
    limits: Limits
    admin: bool = False


class Events(Notice, frozen=True, kw_only=True, tag="events"):
    """One room's events, contiguous and ascending."""

    room: str
    events: Sequence[AnyEvent]


class Limited(Notice, frozen=True, kw_only=True, tag="limited"):
    """Too far behind to replay: load a page instead."""

    room: str
    head: int


class Page(Answer, frozen=True, kw_only=True, tag="page"):
    """Ascending; messages are as they were once everything up to `as_of` had happened to them, unless asked raw.

    `more` tells whether there is anything before the first entry, `more_after` whether after the last.
    """

    room: str
    events: Sequence[Entry | AnyEvent]
    as_of: int
    more: bool = False
    more_after: bool = False


class Count(msgspec.Struct, frozen=True, kw_only=True):
    room: str
    read: int
    unread: int
    mentions: int


class Counted(Answer, frozen=True, kw_only=True, tag="counts"):
    rooms: Sequence[Count]


class FoundRoom(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`joined` if one is in it already."""

    id: str
    name: str
    topic: str = ""
    archived: bool = False
    members: int = 0
    joined: bool = False


class FoundRooms(Answer, frozen=True, kw_only=True, tag="rooms"):
    """`next` is the `after` of the following page, if there is one."""

    rooms: Sequence[FoundRoom]
    next: str | None = None


class FoundPeople(Answer, frozen=True, kw_only=True, tag="people"):
    people: Sequence[Person]
    next: str | None = None


class Membership(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`since` and `muted_until` in milliseconds since the epoch; `read` in small rooms only."""

    person: Person
    role: Role = "member"
    since: int = 0
    muted_until: int = 0
    read: int | None = None


class FoundMembers(Answer, frozen=True, kw_only=True, tag="members"):
    """`total` counts all members of the room."""

    room: str
    members: Sequence[Membership]
    total: int
    next: str | None = None


class Ok(Answer, frozen=True, kw_only=True, tag="ok"):
    """Done; `seq` and `at` where it is stored as an event, `room` where it made or opened one."""

    seq: int | None = None
    at: int | None = None
    room: str | None = None


class Error(Notice, frozen=True, kw_only=True, tag="error"):
    code: str
    message: str
    id: str | None = None
    field: str | None = None
    retry_after: float | None = None


class YourRoom(Notice, frozen=True, kw_only=True, tag="room"):
    """One is in this room from now on, or its state for oneself changed; its events above `head` follow."""

    room: RoomState


class Gone(Notice, frozen=True, kw_only=True, tag="gone"):
    """One is not in this room any more: nothing of it follows."""

    room: str


class ReadUpTo(Notice, frozen=True, kw_only=True, tag="read"):
    """One's own marker, moved on another device; without counts and with a `person` it is theirs, in a small room."""

    room: str
    seq: int
    unread: int | None = None
    mentions: int | None = None
    person: str | None = None


class TypingNow(Notice, frozen=True, kw_only=True, tag="typing"):
    """Who else is typing in a watched room; good for 5 s."""

    room: str
    people: Sequence[Person]


class PresenceChange(Notice, frozen=True, kw_only=True, tag="presence"):
    """Which members of a watched room came and went, by id; a `snapshot` replaces all that was known of the room."""

    room: str
    online: Sequence[str]
    offline: Sequence[str] = ()
    snapshot: bool = False


class Erased(Notice, frozen=True, kw_only=True, tag="erased"):
    """Every text of this person is gone, in all rooms: show none, also of a page that is still on its way."""

    person: str


class GoAway(Notice, frozen=True, kw_only=True, tag="goaway"):
    """This replica is leaving; reconnect within `retry_after` seconds, at a random moment."""

    retry_after: float
