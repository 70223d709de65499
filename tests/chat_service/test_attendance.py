"""Who is connected to a replica and how they stand, kept current by events, the store and both at once."""

import asyncio

import pytest

from chat_service import commands
from chat_service.events import Ban, Create, Join, Leave, Rename
from chat_service.membership import Change
from chat_service.store import StoreUnavailable
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.in_memory import Follower, Service

pytestmark = pytest.mark.virtual_time

ROOM = "garden"
CREATE = Create(id="c", author=ADA, seq=1, at=1, name="garden", kind="public")
JOIN = Join(id="j", author=BOB, seq=2, at=2)
LEAVE = Leave(id="l", author=BOB, seq=3, at=3)


def inside(service: Service, room: str = ROOM) -> bool:
    member = service.replica.attendance.member(BOB.id, room)
    return member is not None and member.inside


async def test_a_follower_is_told_when_its_person_enters_and_when_they_leave(service: Service) -> None:
    bob = await service.somebody(BOB)
    bob.follower.told.clear()
    attendance = service.replica.attendance
    attendance.happened(ROOM, JOIN)
    attendance.happened(ROOM, JOIN)
    assert (bob.follower.told, inside(service)) == ([ROOM], True)
    attendance.happened(ROOM, LEAVE)
    assert (bob.follower.told, inside(service)) == ([ROOM, ROOM], False)


async def test_what_is_older_than_what_is_known_changes_nothing(service: Service) -> None:
    await service.somebody(BOB)
    attendance = service.replica.attendance
    attendance.happened(ROOM, LEAVE)
    attendance.happened(ROOM, JOIN)
    assert not inside(service)


async def test_an_event_that_is_delivered_while_somebody_is_read_is_not_forgotten(service: Service) -> None:
    await service.memory.append(ROOM, [CREATE, JOIN, LEAVE])
    await service.replica.attendance.apply(ROOM, [CREATE, JOIN])
    of = service.members.of

    async def slowly(person: str) -> object:
        found = await of(person)
        service.replica.attendance.happened(ROOM, LEAVE)
        return found

    service.members.of = slowly  # type: ignore[method-assign,assignment]  # something happens just then
    await service.somebody(BOB)
    assert not inside(service)


async def test_what_was_delivered_but_is_not_in_the_store_yet_counts_for_whoever_comes_then(service: Service) -> None:
    await service.replica.attendance.apply(ROOM, [CREATE, JOIN])
    service.replica.attendance.happened(ROOM, Ban(id="b", author=ADA, seq=3, person=BOB))
    await service.somebody(BOB)
    assert not inside(service)


async def test_opening_a_room_settles_what_somebody_died_over(service: Service) -> None:
    await service.memory.append(ROOM, [CREATE, JOIN])
    bob = await service.somebody(BOB)
    assert not inside(service)
    await service.replica.attendance.opened(ROOM)
    assert not inside(service)  # nobody made the room: its creator has to try again
    await service.rooms.apply(ROOM, [Change(None, 1, {"name": "garden", "kind": "public"})])
    await service.replica.attendance.opened(ROOM)
    assert inside(service)
    assert (await bob.stands(ROOM)).inside
    (record,) = await service.rooms.get([ROOM])
    assert record.settled == 2


async def test_what_is_settled_is_not_read_again(service: Service) -> None:
    await service.memory.append(ROOM, [CREATE, JOIN])
    await service.replica.attendance.apply(ROOM, [CREATE])
    await service.replica.attendance.opened(ROOM)
    applied = service.members.applied
    await service.replica.attendance.opened(ROOM)
    assert service.members.applied == applied


async def test_a_removal_between_being_read_and_the_room_being_open_is_seen(service: Service) -> None:
    await service.memory.append(ROOM, [CREATE, JOIN])
    await service.replica.attendance.apply(ROOM, [CREATE, JOIN])
    await service.somebody(BOB)
    elsewhere = await Service("chat2", service.servers).start()
    await service.memory.append(ROOM, [LEAVE])
    await elsewhere.replica.attendance.apply(ROOM, [LEAVE])
    await elsewhere.rooms.settle(ROOM, 3)
    assert inside(service)
    await service.replica.attendance.opened(ROOM)
    assert not inside(service)


async def test_an_open_room_is_known_as_it_is_now(service: Service) -> None:
    attendance = service.replica.attendance
    await attendance.apply(ROOM, [CREATE])
    assert attendance.room(ROOM) is None
    await attendance.opened(ROOM)
    attendance.happened(ROOM, Rename(id="r", author=ADA, seq=2, name="orchard"))
    record = attendance.room(ROOM)
    assert record is not None
    assert record.name == "orchard"
    attendance.closed(ROOM)
    assert attendance.room(ROOM) is None


async def test_what_is_not_applied_is_known_until_it_is(service: Service) -> None:
    attendance = service.replica.attendance
    attendance.happened(ROOM, JOIN)
    assert attendance.unapplied(60.0) == []
    assert attendance.unapplied(0.0) == [(ROOM, [JOIN])]
    await attendance.apply(ROOM, [JOIN])
    assert attendance.unapplied(0.0) == []


async def test_whoever_can_not_be_read_may_come_again(service: Service) -> None:
    service.members.down = True
    followers = [Follower(), Follower()]
    arriving = [service.replica.attendance.arrive(BOB.id, follower) for follower in followers]
    answers = await asyncio.gather(*arriving, return_exceptions=True)
    assert [type(answer) for answer in answers] == [StoreUnavailable, StoreUnavailable]
    assert not service.replica.attendance.is_here(BOB.id)
    service.members.down = False
    await service.replica.attendance.arrive(BOB.id, followers[0])
    assert service.replica.attendance.connections(BOB.id) == 1


async def test_whoever_has_no_connection_is_forgotten(service: Service) -> None:
    bob = await service.somebody(BOB)
    await bob.do(commands.CreateRoom, name="x", kind="private")
    service.replica.attendance.leave(BOB.id, bob.follower)
    assert service.replica.attendance.member(BOB.id, "lobby") is None
    assert service.replica.attendance.members(BOB.id) == []
