"""What happens in a room, as its log keeps it: events in one order, numbered from 1 without a hole."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

ROOM_TOPIC_PREFIX = "room:"
CLIENT_ID_PATTERN = r"^[A-Za-z0-9_-]{1,64}$(?!\n)"  # Python's $ would let a line break follow
NOT_YET = 0

ClientId = Annotated[str, msgspec.Meta(pattern=CLIENT_ID_PATTERN)]
PersonId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]  # what a double holds, so what every client holds
Kind = Literal["public", "private", "direct"]
Role = Literal["owner", "moderator", "member"]


class Person(msgspec.Struct, frozen=True):
    """Somebody who takes part; `id` never changes, `name` is the one of the time."""

    id: str
    name: str


class Room(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A room as it is now; `slow_mode` in seconds between two messages of one member, `people` of a direct one."""

    id: str
    name: str
    kind: Kind
    topic: str = ""
    archived: bool = False
    slow_mode: int = 0
    people: Sequence[Person] = ()


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
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
    """`html` is there where the text has markup; `mentions` are person ids, `reply_to` and `thread` seqs.

    A message that was deleted is `erased`: it keeps its number, and nothing of what it said.
    """

    text: str
    html: str = ""
    mentions: Sequence[str] = ()
    reply_to: int | None = None
    thread: int | None = None
    erased: bool = False


class Edit(Event, frozen=True, kw_only=True, tag="edit"):
    """The message `target` says this from now on."""

    target: int
    text: str
    html: str = ""
    mentions: Sequence[str] = ()
    erased: bool = False


class Delete(Event, frozen=True, kw_only=True, tag="delete"):
    """The message `target` is gone: by its author or by somebody who moderates."""

    target: int


class React(Event, frozen=True, kw_only=True, tag="react"):
    target: int
    emoji: str


class Unreact(Event, frozen=True, kw_only=True, tag="unreact"):
    target: int
    emoji: str


class Pin(Event, frozen=True, kw_only=True, tag="pin"):
    target: int


class Unpin(Event, frozen=True, kw_only=True, tag="unpin"):
    target: int


class Create(Event, frozen=True, kw_only=True, tag="create"):
    """A room's first event. Its author owns it; all `people` of a direct one are in it for good."""

    name: str
    kind: Kind
    topic: str = ""
    people: Sequence[Person] = ()


class Join(Event, frozen=True, kw_only=True, tag="join"):
    """Somebody became a member by themselves, or by a link that `invited_by` made."""

    invited_by: str | None = None


class Leave(Event, frozen=True, kw_only=True, tag="leave"):
    """The author is a member no more; `deleted` with their account, `erased` with all that they said here too."""

    deleted: bool = False
    erased: bool = False


class Invite(Event, frozen=True, kw_only=True, tag="invite"):
    """The author made `person` a member."""

    person: Person


class Remove(Event, frozen=True, kw_only=True, tag="remove"):
    """`person` is a member no more, and may come back."""

    person: Person


class Ban(Event, frozen=True, kw_only=True, tag="ban"):
    """`person` is a member no more, and may not come back."""

    person: Person


class Unban(Event, frozen=True, kw_only=True, tag="unban"):
    person: Person


class Mute(Event, frozen=True, kw_only=True, tag="mute"):
    """`person` may say nothing here until `until`, in milliseconds since the epoch."""

    person: Person
    until: int


class Unmute(Event, frozen=True, kw_only=True, tag="unmute"):
    person: Person


class ChangeRole(Event, frozen=True, kw_only=True, tag="role"):
    person: Person
    role: Role


class Rename(Event, frozen=True, kw_only=True, tag="rename"):
    name: str


class ChangeTopic(Event, frozen=True, kw_only=True, tag="topic"):
    topic: str


class Archive(Event, frozen=True, kw_only=True, tag="archive"):
    """Nothing is said here any more; all that was can be read."""


class Unarchive(Event, frozen=True, kw_only=True, tag="unarchive"):
    pass


class SlowMode(Event, frozen=True, kw_only=True, tag="slow_mode"):
    """Members wait so many seconds between two messages; 0 ends it."""

    seconds: int


MessageChange = Edit | Delete | React | Unreact | Pin | Unpin
"""What happens to a message: each names its `target`."""
RoomChange = (
    Create
    | Join
    | Leave
    | Invite
    | Remove
    | Ban
    | Unban
    | Mute
    | Unmute
    | ChangeRole
    | Rename
    | ChangeTopic
    | Archive
    | Unarchive
    | SlowMode
)
"""What happens to a room or to who is in it."""
AnyEvent = Message | MessageChange | RoomChange
EventKey = tuple[str, str]


def people_in(event: AnyEvent) -> list[Person]:
    """Everybody whom the event names."""
    other = getattr(event, "person", None)
    return [event.author, *([other] if other else []), *getattr(event, "people", ())]


def without_text(event: Message | Edit) -> AnyEvent:
    """What is kept of a message that was deleted, and of its edits."""
    return msgspec.structs.replace(event, text="", html="", mentions=(), erased=True)


def with_name(event: AnyEvent, person: Person) -> AnyEvent:
    """The event with somebody by this name, wherever it has them."""

    def called(one: Person) -> Person:
        return person if one.id == person.id else one

    fields: dict[str, object] = {"author": called(event.author)}
    if isinstance(other := getattr(event, "person", None), Person):
        fields["person"] = called(other)
    if isinstance(event, Create):
        fields["people"] = [called(one) for one in event.people]
    return msgspec.structs.replace(event, **fields)
