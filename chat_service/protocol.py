"""The frames of the socket: bytes <-> typed commands and notices. No I/O here; docs/protocol.md is the contract."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from chat_service.errors import ChatError, Invalid, Malformed, UnknownOp
from chat_service.events import AnyEvent, ClientId, Person, PersonId, Role, Room, Seq
from chat_service.timeline import Entry

MAX_FRAME_BYTES = 64 * 1024
MAX_TEXT_CHARS = 4000
MAX_NAME_CHARS = 64
MAX_TOPIC_CHARS = 250
MAX_PAGE_EVENTS = 100
MAX_FOUND = 50  # rooms, people or members in one answer
MAX_CONVERSATION_PEOPLE = 8
MAX_SLOW_MODE_SECONDS = 3600
MAX_MUTE_SECONDS = 30 * 24 * 3600
MAX_PINS = 100
MAX_REACTION_KINDS = 20  # different emoji on one message
MAX_WATCHED_ROOMS = 100
SMALL_ROOM_PEOPLE = 16  # up to here its members see how far each has read
HEARTBEAT_SECONDS = 25.0
HELLO_TIMEOUT_SECONDS = 10.0
MAX_RESUMED_ROOMS = 1000

RoomId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
EmojiText = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
Query = Annotated[str, msgspec.Meta(max_length=64)]
Cursor = Annotated[str, msgspec.Meta(max_length=128)]
Found = Annotated[int, msgspec.Meta(ge=1, le=MAX_FOUND)]
Level = Literal["all", "mentions", "nothing"]


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="op"):
    """What a client sends; `id` names the request in its answer."""


class Request(Command, frozen=True, kw_only=True):
    """A command with an answer. Where it writes an event, `id` makes it the same event however often it is sent."""

    id: ClientId


class RoomRequest(Request, frozen=True, kw_only=True):
    room: RoomId


class Resume(msgspec.Struct, frozen=True):
    """`rooms` maps each room to the last seq that the client has, without a gap before it."""

    epoch: str
    rooms: Annotated[dict[RoomId, Seq], msgspec.Meta(max_length=MAX_RESUMED_ROOMS)]


class Hello(Command, frozen=True, kw_only=True, tag="hello"):
    resume: Resume | None = None


# Messages


class Send(RoomRequest, frozen=True, kw_only=True, tag="send"):
    """`reply_to` is the seq of the message that this one answers."""

    text: str
    reply_to: Seq | None = None


class EditMessage(RoomRequest, frozen=True, kw_only=True, tag="edit"):
    target: Seq
    text: str


class DeleteMessage(RoomRequest, frozen=True, kw_only=True, tag="delete"):
    target: Seq


class AddReaction(RoomRequest, frozen=True, kw_only=True, tag="react"):
    target: Seq
    emoji: EmojiText


class RemoveReaction(RoomRequest, frozen=True, kw_only=True, tag="unreact"):
    target: Seq
    emoji: EmojiText


class PinMessage(RoomRequest, frozen=True, kw_only=True, tag="pin"):
    target: Seq


class UnpinMessage(RoomRequest, frozen=True, kw_only=True, tag="unpin"):
    target: Seq


# What was said


class History(RoomRequest, frozen=True, kw_only=True, tag="history"):
    """A page of what was before `before`, after `after` or around `around`, or the newest page.

    `raw`: the log's own events, without a hole, instead of messages with what happened to them.
    """

    before: Seq | None = None
    after: Seq | None = None
    around: Seq | None = None
    raw: bool = False
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE_EVENTS)] = MAX_PAGE_EVENTS


class Fetch(RoomRequest, frozen=True, kw_only=True, tag="fetch"):
    """Single messages, as for quotes; those that are not there are left out."""

    seqs: Annotated[list[Seq], msgspec.Meta(min_length=1, max_length=MAX_PAGE_EVENTS)]


class Thread(RoomRequest, frozen=True, kw_only=True, tag="thread"):
    """The message `root` and the replies after `after`."""

    root: Seq
    after: Seq = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE_EVENTS)] = MAX_PAGE_EVENTS


class Pins(RoomRequest, frozen=True, kw_only=True, tag="pins"):
    """All pinned messages of a room."""


class Counts(Request, frozen=True, kw_only=True, tag="counts"):
    """How much is unread, counted anew: after a deletion, say, of a message that the client does not have."""

    rooms: Annotated[list[RoomId], msgspec.Meta(min_length=1, max_length=MAX_WATCHED_ROOMS)]


# Rooms and people


class CreateRoom(Request, frozen=True, kw_only=True, tag="create"):
    name: str
    kind: Literal["public", "private"]
    topic: str = ""


class OpenConversation(Request, frozen=True, kw_only=True, tag="open"):
    """The direct conversation with these others; opening it again gives the same one."""

    people: Annotated[list[PersonId], msgspec.Meta(min_length=1, max_length=MAX_CONVERSATION_PEOPLE)]


class FindRooms(Request, frozen=True, kw_only=True, tag="rooms"):
    """Public rooms whose name has `query` in it, by name."""

    query: Query = ""
    after: Cursor | None = None
    limit: Found = MAX_FOUND


class FindPeople(Request, frozen=True, kw_only=True, tag="people"):
    """People whose name begins with `query`, by name."""

    query: Query = ""
    after: Cursor | None = None
    limit: Found = MAX_FOUND


class FindMembers(RoomRequest, frozen=True, kw_only=True, tag="members"):
    """Members of a room, by name; `banned` finds those who may not come back, for who moderates."""

    query: Query = ""
    after: Cursor | None = None
    limit: Found = MAX_FOUND
    banned: bool = False


class JoinRoom(RoomRequest, frozen=True, kw_only=True, tag="join"):
    pass


class LeaveRoom(RoomRequest, frozen=True, kw_only=True, tag="leave"):
    pass


class PersonRequest(RoomRequest, frozen=True, kw_only=True):
    person: PersonId


class InvitePerson(PersonRequest, frozen=True, kw_only=True, tag="invite"):
    pass


class RemovePerson(PersonRequest, frozen=True, kw_only=True, tag="remove"):
    pass


class BanPerson(PersonRequest, frozen=True, kw_only=True, tag="ban"):
    pass


class UnbanPerson(PersonRequest, frozen=True, kw_only=True, tag="unban"):
    pass


class MutePerson(PersonRequest, frozen=True, kw_only=True, tag="mute"):
    seconds: Annotated[int, msgspec.Meta(ge=1, le=MAX_MUTE_SECONDS)]


class UnmutePerson(PersonRequest, frozen=True, kw_only=True, tag="unmute"):
    pass


class SetRole(PersonRequest, frozen=True, kw_only=True, tag="role"):
    role: Role


class RenameRoom(RoomRequest, frozen=True, kw_only=True, tag="rename"):
    name: str


class SetTopic(RoomRequest, frozen=True, kw_only=True, tag="topic"):
    topic: str


class ArchiveRoom(RoomRequest, frozen=True, kw_only=True, tag="archive"):
    pass


class UnarchiveRoom(RoomRequest, frozen=True, kw_only=True, tag="unarchive"):
    pass


class SetSlowMode(RoomRequest, frozen=True, kw_only=True, tag="slow_mode"):
    seconds: Annotated[int, msgspec.Meta(ge=0, le=MAX_SLOW_MODE_SECONDS)]


class SetLevel(RoomRequest, frozen=True, kw_only=True, tag="level"):
    """Of what in this room one wants to be notified, on all one's devices."""

    level: Level


# Signals, which are not answered


class Read(Command, frozen=True, kw_only=True, tag="read"):
    """One has read up to `seq`; the marker only goes forward, unless `back` says that it is to go back."""

    room: RoomId
    seq: Seq
    back: bool = False


class Typing(Command, frozen=True, kw_only=True, tag="typing"):
    room: RoomId


class Watch(Command, frozen=True, kw_only=True, tag="watch"):
    """The rooms on the screen, instead of those before: presence, typing and receipts come of these alone."""

    rooms: Annotated[list[RoomId], msgspec.Meta(max_length=MAX_WATCHED_ROOMS)]


# The connection


class Renew(Request, frozen=True, kw_only=True, tag="renew"):
    """A new access token for the connection to live on."""

    token: str


class Ping(Request, frozen=True, kw_only=True, tag="ping"):
    pass


AnyCommand = (
    Hello
    | Send
    | EditMessage
    | DeleteMessage
    | AddReaction
    | RemoveReaction
    | PinMessage
    | UnpinMessage
    | History
    | Fetch
    | Thread
    | Pins
    | Counts
    | CreateRoom
    | OpenConversation
    | FindRooms
    | FindPeople
    | FindMembers
    | JoinRoom
    | LeaveRoom
    | InvitePerson
    | RemovePerson
    | BanPerson
    | UnbanPerson
    | MutePerson
    | UnmutePerson
    | SetRole
    | RenameRoom
    | SetTopic
    | ArchiveRoom
    | UnarchiveRoom
    | SetSlowMode
    | SetLevel
    | Read
    | Typing
    | Watch
    | Renew
    | Ping
)


class Notice(msgspec.Struct, frozen=True, kw_only=True, tag_field="op", omit_defaults=True):
    """What the server sends."""


class Answer(Notice, frozen=True, kw_only=True):
    id: str


class Limits(msgspec.Struct, frozen=True):
    text_chars: int = MAX_TEXT_CHARS
    name_chars: int = MAX_NAME_CHARS
    topic_chars: int = MAX_TOPIC_CHARS
    frame_bytes: int = MAX_FRAME_BYTES
    page_events: int = MAX_PAGE_EVENTS
    conversation_people: int = MAX_CONVERSATION_PEOPLE
    watched_rooms: int = MAX_WATCHED_ROOMS


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


class GoAway(Notice, frozen=True, kw_only=True, tag="goaway"):
    """This replica is leaving; reconnect within `retry_after` seconds, at a random moment."""

    retry_after: float


class _Envelope(msgspec.Struct):
    op: str | msgspec.UnsetType = msgspec.UNSET
    id: object = None


_commands: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)
_envelopes = msgspec.json.Decoder(_Envelope)
_encoder = msgspec.json.Encoder()
_ops = {kind.__struct_config__.tag for kind in AnyCommand.__args__}

# A lone surrogate can't be encoded, and what is nested some hundred deep can't be descended into.
NOT_JSON = (msgspec.DecodeError, UnicodeEncodeError, RecursionError)


class BadFrame(Exception):
    """A frame that is no command: `error` says why, `id` whose answer that is, if it could be read."""

    def __init__(self, error: ChatError, request_id: str | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.id = request_id


def decode(frame: str) -> AnyCommand:
    """The command in a text frame. Fields that this version does not know are ignored.

    Raises:
        BadFrame: with Malformed, UnknownOp or Invalid.
    """
    try:
        return _commands.decode(frame)
    except msgspec.ValidationError as reason:
        raise _explain(frame, str(reason)) from None
    except NOT_JSON as reason:
        raise BadFrame(Malformed(f"Not JSON: {reason}")) from None


def encode(notice: Notice) -> bytes:
    """The bytes of a text frame."""
    return _encoder.encode(notice)


def _explain(frame: str, reason: str) -> BadFrame:
    try:
        envelope = _envelopes.decode(frame)
    except msgspec.ValidationError:  # JSON, but no object with an `op` of text
        return BadFrame(Malformed('A frame is a JSON object with a text "op".'))
    except NOT_JSON as worse:  # the first thing wrong was not the last
        return BadFrame(Malformed(f"Not JSON: {worse}"))
    request_id = envelope.id if isinstance(envelope.id, str) else None
    if envelope.op is msgspec.UNSET:
        return BadFrame(Malformed('A frame needs an "op".'), request_id)
    if envelope.op not in _ops:
        return BadFrame(UnknownOp(f"This server does not know the op {envelope.op[:32]!r}."), request_id)
    # msgspec says "Expected `str`, got `int` - at `$.text`", and of a dict's key " - at `key` in `$.resume.rooms`"
    what, _, where = reason.partition(" - at ")
    field = where.partition("`$.")[2].rstrip("`") or None
    if field is None and "missing required field" in what:
        field = what.rsplit("`", 2)[-2]
    return BadFrame(Invalid(what, field=field), request_id)
