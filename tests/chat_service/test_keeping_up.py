"""Finding what no feed tells a replica: that somebody here is in a room that is not open here."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from chat_service import commands, keeping_up
from chat_service.errors import Unavailable
from chat_service.relay_memory import MemoryRelay
from tests.chat_service.eventually import eventually
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.in_memory import Service, Somebody

pytestmark = pytest.mark.virtual_time


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping_up, "LOOK_SECONDS", 30.0)
    monkeypatch.setattr(keeping_up, "APPLY_AFTER_SECONDS", 0.0)


class Running:
    """Two replicas; Ada is at one, Bob at the other."""

    def __init__(self, here: Service, there: Service) -> None:
        self.here, self.there = here, there
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self.ada, self.bob = await self.here.somebody(ADA), await self.there.somebody(BOB)
        for service in (self.here, self.there):
            self._tasks += [asyncio.create_task(task) for task in service.assembly.forever().values()]
        await asyncio.sleep(0)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def look(self) -> None:
        self.there.assembly._keeping_up.look_now()


@pytest.fixture
async def two() -> AsyncIterator[Running]:
    here = await Service().start()
    two = Running(here, await Service("chat2", here.servers).start())
    await two.start()
    yield two
    await two.stop()


def is_in(somebody: Somebody, room: str) -> bool:
    member = somebody.service.replica.attendance.member(somebody.id, room)
    return member is not None and member.inside


@pytest.mark.parametrize("kind", ["public", "private"])
async def test_whoever_is_invited_at_another_replica_is_called(two: Running, kind: str) -> None:
    room = await two.ada.create("garden", kind)
    await two.ada.do(commands.InvitePerson, room=room, person=BOB.id)
    await eventually(lambda: is_in(two.bob, room))
    assert room in two.bob.follower.told


async def test_whoever_opens_a_conversation_calls_all_its_people(two: Running) -> None:
    room = (await two.ada.do(commands.OpenConversation, people=[BOB.id])).room
    assert room is not None
    await eventually(lambda: is_in(two.bob, room))


async def test_where_the_call_is_lost_a_look_finds_it(two: Running) -> None:
    two.there.relay.ignore(keeping_up.PEOPLE_TOPIC)
    room = await two.ada.create()
    await two.ada.do(commands.InvitePerson, room=room, person=BOB.id)
    two.look()
    await eventually(lambda: is_in(two.bob, room))


async def test_a_doubt_that_comes_during_the_long_pause_ends_it(two: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping_up, "DOUBTFUL_LOOK_SECONDS", 0.01)
    two.look()  # a long pause begins without a doubt
    two.there.relay.ignore(keeping_up.PEOPLE_TOPIC)
    room = await two.ada.create()
    await two.ada.do(commands.InvitePerson, room=room, person=BOB.id)
    await asyncio.sleep(0.05)
    assert not is_in(two.bob, room)
    monkeypatch.setattr(MemoryRelay, "in_doubt", True)
    await eventually(lambda: is_in(two.bob, room))


async def test_more_changes_than_one_look_reads_are_all_found(two: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping_up, "LOOK_MEMBERS", 3)
    monkeypatch.setattr(time, "time", lambda: 1_800_000_000.0)  # all in one millisecond
    two.there.relay.ignore(keeping_up.PEOPLE_TOPIC)
    rooms = [await two.ada.create(f"room {number}") for number in range(7)]
    for room in rooms:
        await two.ada.do(commands.InvitePerson, room=room, person=BOB.id)
    two.look()
    await eventually(lambda: all(is_in(two.bob, room) for room in rooms))


async def test_a_store_that_is_away_is_asked_again(two: Running) -> None:
    two.there.members.down = True
    room = await two.ada.create()
    await two.ada.do(commands.InvitePerson, room=room, person=BOB.id)
    reads = two.there.members.reads
    await eventually(lambda: two.there.members.reads > reads)
    two.there.members.down = False
    two.look()
    await eventually(lambda: is_in(two.bob, room))


async def test_what_somebody_died_over_is_applied_by_whoever_has_the_room_open(two: Running) -> None:
    room = await two.ada.create()
    await two.bob.do(commands.JoinRoom, room=room)
    await two.there.replica.attendance.opened(room)
    two.here.members.dies_before_applying = 1
    with pytest.raises(Unavailable):
        await two.ada.do(commands.RemovePerson, room=room, person=BOB.id)
    assert (await two.bob.stands(room)).inside
    (event,) = await two.here.memory.changes(room, 2, 9)
    two.there.replica.attendance.happened(room, event)
    two.look()
    await eventually(lambda: not two.there.replica.attendance.unapplied(0.0))
    assert not (await two.bob.stands(room)).inside
