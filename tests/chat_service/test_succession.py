"""No room stays without an owner: on stores in memory, at two replicas."""

import asyncio
from collections.abc import Sequence

import pytest

from chat_service import commands, keeping_up, writer
from chat_service.account_changes import AccountChange
from chat_service.errors import Unavailable
from chat_service.events import ChangeRole, Leave, Message, Person
from chat_service.membership import Change
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.faulty_store import Fault
from tests.chat_service.in_memory import Service, Somebody

pytestmark = pytest.mark.virtual_time

EVE, DAN = Person("p-eve", "Eve"), Person("p-dan", "Dan")


@pytest.fixture
async def here(monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setattr(writer, "DEADLINE_SECONDS", 0.1)
    return await Service().start()


@pytest.fixture
async def there(here: Service) -> Service:
    return await Service("chat2", here.servers).start()


async def owned_by_two(here: Service, there: Service, *others: Person) -> tuple[str, Somebody, Somebody]:
    """A room that Ada and Bob own, with some others in it; they are at different replicas."""
    ada = await here.somebody(ADA)
    room = await ada.create()
    for person in (BOB, *others):
        await here.people.know(person)
        await ada.do(commands.InvitePerson, room=room, person=person.id)
    await ada.do(commands.SetRole, room=room, person=BOB.id, role="owner")
    return room, ada, await there.somebody(BOB)


async def owners(service: Service, room: str) -> list[str]:
    return await service.all_members.owners(room)


async def test_where_the_only_two_owners_leave_at_once_at_two_replicas_the_eldest_moderator_inherits(
    here: Service, there: Service
) -> None:
    room, ada, bob = await owned_by_two(here, there, EVE, DAN)
    await ada.do(commands.SetRole, room=room, person=DAN.id, role="moderator")
    await asyncio.gather(ada.do(commands.LeaveRoom, room=room), bob.do(commands.LeaveRoom, room=room))
    assert await owners(here, room) == [DAN.id]
    assert [type(event) for event in (await ada.events(room))[-3:]] == [Leave, Leave, ChangeRole]


async def test_the_last_who_is_known_to_be_in_a_room_takes_nobody_with_them_whose_coming_was_not_applied(
    here: Service,
) -> None:
    ada = await here.somebody(ADA)
    room = await ada.create()
    await here.replica.hub.observe(room, lambda _events: None)
    await here.people.know(BOB)
    here.members.dies_before_applying = 1
    with pytest.raises(Unavailable):
        await ada.do(commands.InvitePerson, room=room, person=BOB.id)
    assert await here.all_members.ids(room) == [ADA.id]
    await ada.do(commands.LeaveRoom, room=room)
    assert await here.all_members.ids(room) == [BOB.id]
    assert await owners(here, room) == [BOB.id]


async def test_where_two_owners_take_it_from_each_other_at_once_one_of_them_has_it_again(
    here: Service, there: Service
) -> None:
    room, ada, bob = await owned_by_two(here, there)
    await asyncio.gather(
        ada.do(commands.SetRole, room=room, person=BOB.id, role="member"),
        bob.do(commands.SetRole, room=room, person=ADA.id, role="member"),
    )
    assert await owners(here, room) == [ADA.id]


async def test_who_comes_as_the_last_one_leaves_inherits(here: Service, there: Service) -> None:
    ada, bob = await here.somebody(ADA), await there.somebody(BOB)
    room = await ada.create()
    await asyncio.gather(ada.do(commands.LeaveRoom, room=room), bob.do(commands.JoinRoom, room=room))
    assert await owners(here, room) == [BOB.id]


async def test_an_heir_who_leaves_as_they_inherit_is_followed_by_the_next(here: Service, there: Service) -> None:
    ada, bob, eve = await here.somebody(ADA), await there.somebody(BOB), await there.somebody(EVE)
    room = await ada.create()
    for somebody in (bob, eve):
        await somebody.do(commands.JoinRoom, room=room)
    deleted = here.assembly.accounts.deleted(AccountChange(7, "person_deleted", ADA.id))
    await asyncio.gather(deleted, bob.do(commands.LeaveRoom, room=room))
    assert await owners(here, room) == [EVE.id]


async def test_the_last_owner_s_account_is_deleted_and_somebody_inherits_once(here: Service, there: Service) -> None:
    ada, bob = await here.somebody(ADA), await here.somebody(BOB)
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    change = AccountChange(7, "person_deleted", ADA.id)
    await asyncio.gather(*(service.assembly.accounts.deleted(change) for service in (here, there)))
    assert await owners(here, room) == [BOB.id]
    roles = [event for event in await ada.events(room) if isinstance(event, ChangeRole)]
    assert [(event.author, event.person, event.role) for event in roles] == [(BOB, BOB, "owner")]


async def test_the_lobby_and_conversations_are_nobody_s(here: Service) -> None:
    ada, bob = await here.somebody(ADA), await here.somebody(BOB)
    talk = (await ada.do(commands.OpenConversation, people=[BOB.id])).room or ""
    await bob.do(commands.LeaveRoom, room="lobby")
    await here.assembly.accounts.deleted(AccountChange(7, "person_deleted", BOB.id))
    assert [await owners(here, room) for room in ("lobby", talk)] == [[], []]


@pytest.mark.parametrize("when", ["has the room open", "opens it later"])
async def test_what_somebody_died_over_is_finished_by_another_replica_that(
    here: Service, there: Service, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    monkeypatch.setattr(keeping_up, "APPLY_AFTER_SECONDS", 0.0)
    ada, bob = await here.somebody(ADA), await here.somebody(BOB)
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    leave = Leave(id="deleted-7", author=ADA, seq=3, at=5)
    await here.memory.append(room, [leave])
    if when == "has the room open":
        there.replica.attendance.happened(room, leave)
    else:
        await there.replica.attendance.opened(room)
    there.assembly._keeping_up.look_now()
    task = asyncio.create_task(there.assembly._keeping_up.keep_up())
    async with asyncio.timeout(5):
        while await owners(there, room) != [BOB.id]:
            await asyncio.sleep(0)
    task.cancel()


async def test_what_the_store_did_not_let_finish_is_finished_later(here: Service) -> None:
    ada, bob = await here.somebody(ADA), await here.somebody(BOB)
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    here.events.faults += [Fault.NONE] + [Fault.BEFORE] * 20  # the departure is stored, the succession is not
    leave = Leave(id="deleted-7", author=ADA)
    with pytest.raises(Unavailable):
        await here.replica.lobby._changing.commit(room, leave)
    await here.assembly._log.drain()
    here.events.faults.clear()
    await here.assembly._succession.catch_up()
    assert await owners(here, room) == [BOB.id]


async def test_what_failed_is_finished_later_also_where_somebody_came_without_seeing_it(
    here: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob, eve = [await here.somebody(person) for person in (ADA, BOB, EVE)]
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    stored, apply = asyncio.Event(), here.members.apply

    async def slow_to_let_ada_go(room: str, changes: Sequence[Change]) -> None:
        if any(change.person == ADA.id for change in changes):
            await stored.wait()
        await apply(room, changes)

    monkeypatch.setattr(here.members, "apply", slow_to_let_ada_go)
    departure = asyncio.create_task(here.replica.lobby._changing.commit(room, Leave(id="deleted-7", author=ADA)))
    await eve.do(commands.JoinRoom, room=room)
    here.events.faults += [Fault.BEFORE] * 20
    stored.set()
    with pytest.raises(Unavailable):
        await departure
    await here.assembly._log.drain()
    here.events.faults.clear()
    await here.assembly._succession.catch_up()
    assert await owners(here, room) == [BOB.id]


async def test_an_heir_who_said_something_under_the_id_of_it_inherits_all_the_same(here: Service) -> None:
    ada, bob = await here.somebody(ADA), await here.somebody(BOB)
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    (leave,) = [Leave(id="l", author=ADA, seq=4, at=5)]
    await bob.say("Hi", "heir-4-5", room=room)
    await here.memory.append(room, [leave])
    await here.assembly._succession.apply(room, [leave])
    assert await owners(here, room) == [BOB.id]
    assert [type(event) for event in (await bob.events(room))[2:]] == [Message, Leave, ChangeRole]
