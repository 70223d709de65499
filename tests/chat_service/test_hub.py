"""Who is in a room gets what happens in it: from when on, in which order, and what of it is told besides."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from chat_service import hub as hubs
from chat_service.events import AnyEvent, Join, Leave
from chat_service.notices import Events
from chat_service.relay_memory import MemoryBus
from chat_service.store import StoreUnavailable
from chat_service.store_memory import MemoryEventStore
from tests.chat_service.eventually import eventually
from tests.chat_service.examples import BOB, seqs, stored
from tests.chat_service.hubs import ROOM, TOPIC, Member, Replica, running
from tests.chat_service.wire import ReadWire

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def here(memory: MemoryEventStore, bus: MemoryBus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Replica]:
    async with running(memory, bus, monkeypatch) as replica:
        yield replica


@pytest.fixture
async def there(memory: MemoryEventStore, bus: MemoryBus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Replica]:
    async with running(memory, bus, monkeypatch) as replica:
        yield replica


async def test_who_comes_from_a_replica_that_was_ahead_waits_until_this_one_has_caught_up(
    here: Replica, there: Replica
) -> None:
    await here.welcome()
    here.relay.ignore(TOPIC)  # what the others say gets lost on the way here
    await there.say(3)
    member = Member()
    assert await here.hub.join(ROOM, member.outbox, seen=3) == 3
    here.hub.release(ROOM, member.outbox)
    await here.say()
    assert member.heard == [4]


async def test_who_waits_in_vain_for_a_replica_to_catch_up_is_told_and_leaves_nothing_behind(
    here: Replica, there: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_where: object) -> list[AnyEvent]:
        return []

    monkeypatch.setattr(hubs, "CATCH_UP_SECONDS", 0.05)
    staying = await here.welcome()
    here.relay.ignore(TOPIC)
    monkeypatch.setattr(here.store, "after", nothing)
    await there.say(3)
    with pytest.raises(StoreUnavailable):
        await here.hub.join(ROOM, Member().outbox, seen=3)
    assert set(here.hub._rooms[ROOM].members) == {staying.outbox}


async def test_nobody_waits_for_what_was_never_said(here: Replica) -> None:
    await here.say()
    assert await here.hub.join(ROOM, Member().outbox, seen=1000) == 1


async def test_a_member_gets_what_is_committed_from_then_on(here: Replica) -> None:
    await here.say(2)
    member = Member()
    assert await here.hub.join(ROOM, member.outbox) == 2
    here.hub.release(ROOM, member.outbox)
    await here.say(2)
    assert member.heard == [3, 4]


async def test_all_members_get_the_same_bytes_encoded_once(here: Replica) -> None:
    members = [await here.welcome() for _ in range(3)]
    await here.say()
    frames = [member.frames[0] for member in members]
    assert frames[0] is frames[1] is frames[2]


async def test_a_frame_names_its_room_and_carries_the_events_as_stored(here: Replica, memory: MemoryEventStore) -> None:
    member = await here.welcome()
    await here.say()
    (frame,) = member.frames
    assert msgspec.json.decode(frame, type=Events) == Events(room=ROOM, events=await memory.after(ROOM, 0, 9))


async def test_what_another_replica_commits_arrives_here(here: Replica, there: Replica) -> None:
    member = await here.welcome()
    await there.say(3)
    await eventually(lambda: member.heard == [1, 2, 3])
    assert here.store.reads == 0


async def test_two_replicas_that_commit_at_once_are_heard_in_one_order(here: Replica, there: Replica) -> None:
    members = [await here.welcome(), await there.welcome()]
    await asyncio.gather(here.say(50), there.say(50))
    await eventually(lambda: all(len(member.heard) == 100 for member in members))
    assert members[0].heard == members[1].heard == list(range(1, 101))


async def test_frames_are_held_back_until_the_member_is_caught_up(here: Replica) -> None:
    member = Member()
    await here.hub.join(ROOM, member.outbox)
    await here.say(2)
    assert member.heard == []
    here.hub.release(ROOM, member.outbox)
    assert member.heard == [1, 2]


@pytest.mark.parametrize("already", [0, 20, 70])
async def test_who_joins_amid_commits_misses_nothing_and_gets_nothing_twice(
    here: Replica, memory: MemoryEventStore, already: int
) -> None:
    saying = asyncio.create_task(here.say(100))
    await eventually(lambda: len(memory._logs.get(ROOM, [])) >= already)
    member = Member()
    head = await here.hub.join(ROOM, member.outbox)
    replayed = await memory.after(ROOM, 0, head)
    await asyncio.sleep(0)
    here.hub.release(ROOM, member.outbox)
    await saying
    assert seqs(replayed) + member.heard == list(range(1, 101))


async def test_who_joins_amid_another_replicas_commits_misses_nothing(here: Replica, there: Replica) -> None:
    saying = asyncio.create_task(there.say(100))
    await eventually(lambda: there._sent > 20)
    member = Member()
    head = await here.hub.join(ROOM, member.outbox)
    here.hub.release(ROOM, member.outbox)
    await saying
    await eventually(lambda: len(member.heard) == 100 - head)
    assert member.heard == list(range(head + 1, 101))


async def test_who_is_caught_up_slower_than_the_room_grows_is_cut_off(
    here: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "OUTBOX_MAX_BYTES", 1000)
    slow, other = Member(), await here.welcome()
    await here.hub.join(ROOM, slow.outbox)
    await here.say(20)
    assert slow.was_cut_off
    assert not other.was_cut_off
    assert other.heard == list(range(1, 21))


async def test_who_left_gets_nothing_more(here: Replica) -> None:
    gone, stays = await here.welcome(), await here.welcome()
    here.hub.leave(ROOM, gone.outbox)
    await here.say()
    assert (gone.heard, stays.heard) == ([], [1])


async def test_leaving_a_room_one_is_not_in_changes_nothing(here: Replica) -> None:
    here.hub.leave(ROOM, Member().outbox)
    stays = await here.welcome()
    here.hub.leave(ROOM, Member().outbox)
    await here.say()
    assert stays.heard == [1]


async def test_a_slow_member_does_not_delay_the_others(here: Replica) -> None:
    slow, quick = await here.welcome(), await here.welcome()
    wires = ReadWire(), ReadWire()
    wires[0].reads = False
    for member, wire in zip((slow, quick), wires, strict=True):
        member.outbox.open_to(wire)
    await here.say(5)
    assert [len(wire.read) for wire in wires] == [0, 5]


# Changes of rooms


async def test_a_change_is_told_once_in_order_when_everybody_has_what_came_before(here: Replica) -> None:
    ada = await here.welcome()
    heard_then: list[list[int]] = []
    here.changes.on_change = lambda _: heard_then.append(ada.heard)
    await here.say()
    await here.log.append(ROOM, Leave(id="l-1", author=BOB))
    await here.say()
    assert here.changes.told == [("opened", ROOM, 0), ("happened", ROOM, 2)]
    assert heard_then == [[1, 2]]
    assert ada.heard == [1, 2, 3]


async def test_whoever_goes_with_a_change_gets_nothing_of_the_same_batch_after_it(
    here: Replica, memory: MemoryEventStore
) -> None:
    ada, bob = await here.welcome(), await here.welcome()
    here.changes.on_change = lambda _: here.hub.leave(ROOM, bob.outbox)
    batch: list[AnyEvent] = [stored(1), Leave(id="l-1", author=BOB, seq=2, at=1), stored(3)]
    await memory.append(ROOM, batch)
    here.hub.receive(ROOM, batch)
    assert (ada.heard, bob.heard) == ([1, 2, 3], [1, 2])


async def test_arrivals_do_not_break_a_batch_up(here: Replica, memory: MemoryEventStore) -> None:
    ada = await here.welcome()
    batch: list[AnyEvent] = [stored(1), Join(id="j-1", author=BOB, seq=2, at=1), stored(3)]
    await memory.append(ROOM, batch)
    here.hub.receive(ROOM, batch)
    assert len(ada.frames) == 1
