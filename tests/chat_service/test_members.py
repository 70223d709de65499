"""What people do to each other in rooms, and how they come and go, on stores in memory."""

from collections.abc import Awaitable, Callable

import pytest

from chat_service import commands, writer
from chat_service.errors import Banned, LastOwner, NotAllowed, Unavailable, UnknownPerson, UnknownRoom
from tests.chat_service.examples import ADA, BOB, EVE
from tests.chat_service.faulty_store import Fault
from tests.chat_service.in_memory import Service, Somebody
from tests.chat_service.refusals import refused

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setattr(writer, "DEADLINE_SECONDS", 0.1)
    return await Service().start()


# Coming and going


async def test_a_public_room_is_joined_and_left_by_anybody(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    assert (await bob.stands(room)).inside
    await bob.do(commands.LeaveRoom, room=room)
    assert not (await bob.stands(room)).inside
    assert [event.__struct_config__.tag for event in await ada.events(room)] == ["create", "join", "leave"]


async def test_joining_where_one_is_and_leaving_where_one_is_not_changes_nothing(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    assert (await ada.do(commands.JoinRoom, room=room)).seq is None
    assert (await bob.do(commands.LeaveRoom, room=room)).seq is None
    assert (await ada.stands(room)).role == "owner"
    assert len(await ada.events(room)) == 1


async def test_into_a_private_room_one_is_invited(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create("cellar", "private")
    await refused(bob.do(commands.JoinRoom, room=room), UnknownRoom, "room")
    await ada.do(commands.InvitePerson, room=room, person=BOB.id)
    assert (await bob.stands(room)).role == "member"
    await bob.say(room=room)


async def test_who_is_unknown_can_not_be_invited(ada: Somebody) -> None:
    room = await ada.create()
    await refused(ada.do(commands.InvitePerson, room=room, person="p-nobody"), UnknownPerson, "person")


async def test_inviting_a_member_again_changes_nothing(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    await ada.do(commands.InvitePerson, room=room, person=BOB.id)
    await ada.do(commands.SetRole, room=room, person=BOB.id, role="moderator")
    assert (await ada.do(commands.InvitePerson, room=room, person=BOB.id)).seq is None
    assert (await bob.stands(room)).role == "moderator"


async def test_the_last_owner_leaves_only_as_the_last_member(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    await refused(ada.do(commands.LeaveRoom, room=room), LastOwner)
    await refused(ada.do(commands.SetRole, room=room, person=ADA.id, role="member"), LastOwner)
    await ada.do(commands.SetRole, room=room, person=BOB.id, role="owner")
    await ada.do(commands.LeaveRoom, room=room)
    await bob.do(commands.LeaveRoom, room=room)


async def test_whoever_comes_back_is_a_plain_member(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    await ada.do(commands.SetRole, room=room, person=BOB.id, role="moderator")
    await bob.do(commands.LeaveRoom, room=room)
    await bob.do(commands.JoinRoom, room=room)
    assert (await bob.stands(room)).role == "member"


async def test_leaving_does_not_undo_being_muted(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    await ada.do(commands.MutePerson, room=room, person=BOB.id, seconds=60)
    await bob.do(commands.LeaveRoom, room=room)
    await bob.do(commands.JoinRoom, room=room)
    assert (await bob.stands(room)).muted_until > 0


# Moderation


async def test_who_was_removed_may_come_back_and_who_was_banned_may_not(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    await ada.do(commands.RemovePerson, room=room, person=BOB.id)
    await bob.do(commands.JoinRoom, room=room)
    await ada.do(commands.BanPerson, room=room, person=BOB.id)
    await refused(bob.do(commands.JoinRoom, room=room), Banned, "room")
    await refused(ada.do(commands.InvitePerson, room=room, person=BOB.id), NotAllowed, "person")
    await ada.do(commands.UnbanPerson, room=room, person=BOB.id)
    await bob.do(commands.JoinRoom, room=room)


async def test_who_is_not_in_the_room_can_be_banned_but_not_removed_or_muted(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    await refused(ada.do(commands.RemovePerson, room=room, person=BOB.id), UnknownPerson)
    await refused(ada.do(commands.MutePerson, room=room, person=BOB.id, seconds=9), UnknownPerson)
    await ada.do(commands.BanPerson, room=room, person=BOB.id)
    assert (await bob.stands(room)).banned


async def test_nobody_moderates_whoever_does_not_rank_below_them(ada: Somebody, bob: Somebody, eve: Somebody) -> None:
    room = await ada.create()
    for somebody in (bob, eve):
        await somebody.do(commands.JoinRoom, room=room)
        await ada.do(commands.SetRole, room=room, person=somebody.id, role="moderator")
    for target in (ADA, EVE, BOB):
        await refused(bob.do(commands.RemovePerson, room=room, person=target.id), NotAllowed, "person")
        await refused(bob.do(commands.BanPerson, room=room, person=target.id), NotAllowed, "person")
        await refused(bob.do(commands.MutePerson, room=room, person=target.id, seconds=9), NotAllowed, "person")


async def test_an_administrator_is_an_owner_of_public_rooms_without_being_in_them(
    service: Service, ada: Somebody, bob: Somebody
) -> None:
    admin = await service.somebody(EVE, admin=True)
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    await admin.do(commands.RemovePerson, room=room, person=BOB.id)
    await admin.do(commands.RenameRoom, room=room, name="orchard")
    await admin.do(commands.RenameRoom, room="lobby", name="hall")
    private = await ada.create("cellar", "private")
    await refused(admin.do(commands.RenameRoom, room=private, name="x"), UnknownRoom)


# Repeating what was not answered


LOST: dict[str, Callable[[Somebody, str], Awaitable[object]]] = {
    "join": lambda bob, room: bob.do(commands.JoinRoom, id="x", room=room),
    "leave": lambda bob, room: bob.do(commands.LeaveRoom, id="x", room=room),
}


@pytest.mark.parametrize("doing", LOST.values(), ids=LOST)
@pytest.mark.parametrize("fault", ["committed, not applied", "stored, not answered", "answered"])
async def test_a_request_that_was_done_before_gets_the_first_answer(
    service: Service, ada: Somebody, bob: Somebody, fault: str, doing: Callable[[Somebody, str], Awaitable[object]]
) -> None:
    room = await ada.create()
    if doing is LOST["leave"]:
        await bob.do(commands.JoinRoom, room=room)
    before = len(await ada.events(room))
    if fault == "committed, not applied":
        service.members.dies_before_applying = 1
        await refused(doing(bob, room), Unavailable)
    elif fault == "stored, not answered":
        service.events.faults.append(Fault.AFTER)
        await doing(bob, room)
    else:
        await doing(bob, room)
    again = await doing(bob, room)
    assert getattr(again, "seq", None) == before + 1
    assert (await bob.stands(room)).inside is (doing is LOST["join"])
    assert len(await ada.events(room)) == before + 1
