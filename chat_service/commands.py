"""What a client may say; docs/protocol.md is the contract."""

from typing import Annotated, Literal

import msgspec

from chat_service import limits
from chat_service.events import ClientId, PersonId, Role, Seq

RoomId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
EmojiText = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
Query = Annotated[str, msgspec.Meta(max_length=64)]
Cursor = Annotated[str, msgspec.Meta(max_length=128)]
Found = Annotated[int, msgspec.Meta(ge=1, le=limits.MAX_FOUND)]
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
    rooms: Annotated[dict[RoomId, Seq], msgspec.Meta(max_length=limits.MAX_RESUMED_ROOMS)]


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
    limit: Annotated[int, msgspec.Meta(ge=1, le=limits.MAX_PAGE_EVENTS)] = limits.MAX_PAGE_EVENTS


class Fetch(RoomRequest, frozen=True, kw_only=True, tag="fetch"):
    """Single messages, as for quotes; those that are not there are left out."""

    seqs: Annotated[list[Seq], msgspec.Meta(min_length=1, max_length=limits.MAX_PAGE_EVENTS)]


class Thread(RoomRequest, frozen=True, kw_only=True, tag="thread"):
    """The message `root` and the replies after `after`."""

    root: Seq
    after: Seq = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=limits.MAX_PAGE_EVENTS)] = limits.MAX_PAGE_EVENTS


class Pins(RoomRequest, frozen=True, kw_only=True, tag="pins"):
    after: Seq = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=limits.MAX_PAGE_EVENTS)] = limits.MAX_PAGE_EVENTS


class Counts(Request, frozen=True, kw_only=True, tag="counts"):
    """How much is unread, counted anew: after a deletion, say, of a message that the client does not have."""

    rooms: Annotated[list[RoomId], msgspec.Meta(min_length=1, max_length=limits.MAX_WATCHED_ROOMS)]


# Rooms and people


class CreateRoom(Request, frozen=True, kw_only=True, tag="create"):
    name: str
    kind: Literal["public", "private"]
    topic: str = ""


class OpenConversation(Request, frozen=True, kw_only=True, tag="open"):
    """The direct conversation with these others; opening it again gives the same one."""

    people: Annotated[list[PersonId], msgspec.Meta(min_length=1, max_length=limits.MAX_CONVERSATION_PEOPLE)]


class FindRooms(Request, frozen=True, kw_only=True, tag="rooms"):
    """Public rooms whose name has `query` in it, by name."""

    query: Query = ""
    after: Cursor | None = None
    limit: Found = limits.MAX_FOUND


class FindPeople(Request, frozen=True, kw_only=True, tag="people"):
    """People whose name begins with `query`, by name."""

    query: Query = ""
    after: Cursor | None = None
    limit: Found = limits.MAX_FOUND


class FindMembers(RoomRequest, frozen=True, kw_only=True, tag="members"):
    """Members of a room, by name; `banned` finds those who may not come back, for who moderates."""

    query: Query = ""
    after: Cursor | None = None
    limit: Found = limits.MAX_FOUND
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
    seconds: Annotated[int, msgspec.Meta(ge=1, le=limits.MAX_MUTE_SECONDS)]


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
    seconds: Annotated[int, msgspec.Meta(ge=0, le=limits.MAX_SLOW_MODE_SECONDS)]


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

    rooms: Annotated[list[RoomId], msgspec.Meta(max_length=limits.MAX_WATCHED_ROOMS)]


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
