"""Who may do what in a room, and to whom: docs/protocol.md has the same table. Pure."""

from typing import Literal

from chat_service import commands
from chat_service.errors import Archived, Muted, NotAllowed, UnknownRoom
from chat_service.events import Kind
from chat_service.membership import Member, RoomRecord
from chat_service.visitor import Visitor

Rank = Literal[-1, 0, 1, 2]
OUTSIDE: Rank = -1
MEMBER: Rank = 0
MODERATOR: Rank = 1
OWNER: Rank = 2
RANKS: dict[str, Rank] = {"member": MEMBER, "moderator": MODERATOR, "owner": OWNER}
WORDS = {MEMBER: "members", MODERATOR: "moderators", OWNER: "owners"}

NEEDED: dict[type[commands.Command], Rank] = {
    commands.LeaveRoom: MEMBER,
    commands.InvitePerson: MODERATOR,
    commands.RemovePerson: MODERATOR,
    commands.BanPerson: MODERATOR,
    commands.UnbanPerson: MODERATOR,
    commands.MutePerson: MODERATOR,
    commands.UnmutePerson: MODERATOR,
    commands.SetTopic: MODERATOR,
    commands.SetSlowMode: MODERATOR,
    commands.RenameRoom: OWNER,
    commands.ArchiveRoom: OWNER,
    commands.UnarchiveRoom: OWNER,
    commands.SetRole: OWNER,
}
EASIER: dict[tuple[type[commands.Command], Kind], Rank] = {(commands.InvitePerson, "public"): MEMBER}


def rank(visitor: Visitor, room: RoomRecord, member: Member) -> Rank:
    """How far somebody's rights go in a room."""
    if visitor.admin and room.kind == "public":
        return OWNER
    return RANKS[member.role] if member.inside else OUTSIDE


def may_see(visitor: Visitor, room: RoomRecord, member: Member) -> bool:
    """Whether the room exists for this person."""
    return room.kind == "public" or rank(visitor, room, member) > OUTSIDE


def check(visitor: Visitor, room: RoomRecord, member: Member, command: type[commands.Command]) -> None:
    """Whether this person may do that in this room.

    Raises:
        UnknownRoom, NotAllowed
    """
    if not may_see(visitor, room, member):
        raise UnknownRoom
    if room.kind == "direct":
        raise NotAllowed("A direct conversation stays as it is.")
    needed = EASIER.get((command, room.kind), NEEDED[command])
    if rank(visitor, room, member) < needed:
        raise NotAllowed(f"Only {WORDS[needed]} of this room may do that.")


def check_below(visitor: Visitor, room: RoomRecord, member: Member, other: Member) -> None:
    """Whether `other` ranks below this person.

    Raises:
        NotAllowed
    """
    theirs = RANKS[other.role] if other.inside else OUTSIDE
    if theirs >= rank(visitor, room, member):
        raise NotAllowed("Only somebody who ranks below you.", field="person")


def may_say(room: RoomRecord, member: Member, now: int) -> None:
    """Whether a member may say something at `now`, in milliseconds since the epoch; slow mode comes on top.

    Raises:
        Archived, Muted
    """
    if room.archived:
        raise Archived
    if member.muted_until > now:
        raise Muted((member.muted_until - now) / 1000)
