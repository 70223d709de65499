"""Who may do what, and to whom: the table of docs/protocol.md."""

import itertools

import pytest

from chat_service import commands, rights
from chat_service.errors import Archived, ChatError, Muted, NotAllowed, UnknownRoom
from chat_service.events import Kind
from chat_service.membership import Member, RoomRecord
from chat_service.visitor import Visitor
from tests.chat_service.examples import ADA

MEMBERS: set[type[commands.Command]] = {commands.LeaveRoom}
MODERATORS: set[type[commands.Command]] = {
    commands.RemovePerson,
    commands.BanPerson,
    commands.UnbanPerson,
    commands.MutePerson,
    commands.UnmutePerson,
    commands.SetTopic,
    commands.SetSlowMode,
}
OWNERS: set[type[commands.Command]] = {
    commands.RenameRoom,
    commands.ArchiveRoom,
    commands.UnarchiveRoom,
    commands.SetRole,
}
INVITING: set[type[commands.Command]] = {commands.InvitePerson}
ALLOWED: dict[tuple[Kind, str], set[type[commands.Command]]] = {
    ("public", "member"): MEMBERS | INVITING,
    ("public", "moderator"): MEMBERS | INVITING | MODERATORS,
    ("public", "owner"): MEMBERS | INVITING | MODERATORS | OWNERS,
    ("private", "member"): MEMBERS,
    ("private", "moderator"): MEMBERS | INVITING | MODERATORS,
    ("private", "owner"): MEMBERS | INVITING | MODERATORS | OWNERS,
    ("public", "outside"): set(),
    ("direct", "member"): set(),
}


def stands(role: str) -> Member:
    if role == "outside":
        return Member(room="r", person=ADA.id)
    return Member(room="r", person=ADA.id, present=True, role=role)  # type: ignore[arg-type]  # of the table above


@pytest.mark.parametrize(
    ("who", "command"),
    list(itertools.product(ALLOWED, rights.NEEDED)),
    ids=lambda value: getattr(value, "__name__", value),
)
def test_everybody_may_do_what_the_table_says_and_no_more(
    who: tuple[Kind, str], command: type[commands.Command]
) -> None:
    kind, role = who
    allowed = True
    try:
        rights.check(Visitor(ADA), RoomRecord(id="r", kind=kind), stands(role), command)
    except NotAllowed:
        allowed = False
    assert allowed is (command in ALLOWED[who])


@pytest.mark.parametrize("kind", ["private", "direct"])
def test_to_a_stranger_there_is_no_such_room(kind: Kind) -> None:
    for visitor in (Visitor(ADA), Visitor(ADA, admin=True)):
        with pytest.raises(UnknownRoom):
            rights.check(visitor, RoomRecord(id="r", kind=kind), stands("outside"), commands.SetTopic)


def test_an_administrator_ranks_as_an_owner_in_public_rooms_alone() -> None:
    admin = Visitor(ADA, admin=True)
    assert rights.rank(admin, RoomRecord(id="r", kind="public"), stands("outside")) == rights.OWNER
    assert rights.rank(admin, RoomRecord(id="r", kind="private"), stands("member")) == rights.MEMBER


def test_who_is_banned_stands_outside() -> None:
    banned = Member(room="r", person=ADA.id, present=True, banned=True, role="owner")
    assert rights.rank(Visitor(ADA), RoomRecord(id="r", kind="public"), banned) == rights.OUTSIDE


@pytest.mark.parametrize(("role", "other"), list(itertools.product(["member", "moderator", "owner"], repeat=2)))
def test_rights_over_somebody_need_a_higher_rank(role: str, other: str) -> None:
    room = RoomRecord(id="r", kind="public")
    refusal: type[ChatError] | None = None
    try:
        rights.check_below(Visitor(ADA), room, stands(role), stands(other))
    except NotAllowed:
        refusal = NotAllowed
    assert (refusal is None) is (rights.RANKS[role] > rights.RANKS[other])


def test_nothing_is_said_in_an_archived_room_or_while_one_is_muted() -> None:
    room = RoomRecord(id="r", kind="public")
    rights.may_say(room, Member(room="r", person=ADA.id, present=True, muted_until=1000), 1000)
    with pytest.raises(Muted) as refused:
        rights.may_say(room, Member(room="r", person=ADA.id, present=True, muted_until=3000), 1000)
    assert refused.value.retry_after == 2.0
    with pytest.raises(Archived):
        rights.may_say(RoomRecord(id="r", kind="public", archived=True), stands("owner"), 1000)
