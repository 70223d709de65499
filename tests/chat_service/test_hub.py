"""This replica's rooms, and the outboxes of those who are in them."""

import asyncio
from collections.abc import AsyncIterator, Callable

import msgspec
import pytest

from chat_service import feed as feeds
from chat_service import hub as hubs
from chat_service import signals
from chat_service.events import AnyEvent, Join, Leave, RoomChange
from chat_service.hub import Hub
from chat_service.log import Log
from chat_service.notices import Events
from chat_service.outbox import Outbox
from chat_service.recent import Recent
from chat_service.relay_memory import MemoryBus, MemoryRelay
from chat_service.store import StoreUnavailable
from chat_service.store_memory import MemoryEventStore
from tests.chat_service.eventually import eventually
from tests.chat_service.examples import BOB, draft, log_of, seqs, stored
from tests.chat_service.faulty_store import FaultyEventStore
from tests.chat_service.wire import ReadWire

ROOM = "lobby"
TOPIC = "room:lobby"


class Member:
    """An outbox in a room, and what it was given."""

    def __init__(self) -> None:
        self.was_cut_off = False
        self.outbox = Outbox(self._cut_off)

    @property
    def frames(self) -> list[bytes]:
        return list(self.outbox._frames)

    @property
    def heard(self) -> list[int]:
        frames = [msgspec.json.decode(frame, type=Events) for frame in self.frames]
        return [event.seq for frame in frames for event in frame.events]

    def _cut_off(self) -> None:
        self.was_cut_off = True


class Heard:
    """What a hub tells of rooms and their changes."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, int]] = []
        self.down = False
        self.on_change: Callable[[RoomChange], None] = lambda _: None

    async def opened(self, room: str) -> None:
        if self.down:
            raise StoreUnavailable("down")
        self.told.append(("opened", room, 0))

    def happened(self, room: str, event: RoomChange) -> None:
        self.told.append(("happened", room, event.seq))
        self.on_change(event)

    def closed(self, room: str) -> None:
        self.told.append(("closed", room, 0))


class Replica:
    """A hub with the log that feeds it, and a relay."""

    def __init__(self, memory: MemoryEventStore, bus: MemoryBus) -> None:
        self.store = FaultyEventStore(memory)
        self.relay = MemoryRelay(bus)
        self.changes = Heard()
        self.hub = Hub(self.store, self.relay, self.changes, Recent(self.store, lambda *_: None))
        self.log = Log(self.store, self.hub.committed)
        self._sent = 0

    def receive(self, topic: str, payload: bytes) -> None:
        said = signals.decode(payload)
        assert isinstance(said, list)
        self.hub.receive(topic.removeprefix("room:"), said)

    def recovered(self) -> None:
        self.hub.compare_heads_now()

    async def say(self, count: int = 1) -> None:
        for _ in range(count):
            self._sent += 1
            await self.log.append(ROOM, draft(f"m-{id(self)}-{self._sent}"))

    async def welcome(self) -> Member:
        """Somebody who has nothing to catch up with."""
        member = Member()
        await self.hub.join(ROOM, member.outbox)
        self.hub.release(ROOM, member.outbox)
        return member


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "GAP_PATIENCE_SECONDS", 0.001)
    monkeypatch.setattr(hubs, "HEAD_CHECK_SECONDS", 60.0)


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
async def here(memory: MemoryEventStore, bus: MemoryBus) -> AsyncIterator[Replica]:
    async for replica in running(memory, bus):
        yield replica


@pytest.fixture
async def there(memory: MemoryEventStore, bus: MemoryBus) -> AsyncIterator[Replica]:
    async for replica in running(memory, bus):
        yield replica


async def running(memory: MemoryEventStore, bus: MemoryBus) -> AsyncIterator[Replica]:
    replica = Replica(memory, bus)
    tasks = [
        asyncio.create_task(replica.relay.run(replica)),
        asyncio.create_task(replica.hub.keep_comparing_heads()),
    ]
    yield replica
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for room in list(replica.hub._rooms):
        if closing := replica.hub._rooms[room].closing:
            closing.cancel()
        replica.hub._close(room)


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


async def test_several_who_come_at_once_share_one_opening(here: Replica) -> None:
    here.store.gate.clear()
    members = [Member() for _ in range(5)]
    joining = [asyncio.create_task(here.hub.join(ROOM, member.outbox)) for member in members]
    await asyncio.sleep(0)
    assert len(here.hub._rooms) == 1
    here.store.gate.set()
    assert await asyncio.gather(*joining) == [0] * 5


async def test_a_room_closes_some_time_after_its_last_member_left(
    here: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "LINGER_SECONDS", 0.01)
    member = await here.welcome()
    here.hub.leave(ROOM, member.outbox)
    assert TOPIC in here.relay._topics
    await eventually(lambda: TOPIC not in here.relay._topics)
    assert here.hub._rooms == {}


async def test_a_room_stays_open_for_whoever_comes_back_in_time(here: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "LINGER_SECONDS", 0.05)
    member = await here.welcome()
    here.hub.leave(ROOM, member.outbox)
    back = await here.welcome()
    await asyncio.sleep(0.1)  # past the moment at which it would have closed
    await here.say()
    assert back.heard == [1]


async def test_a_room_opens_again_after_it_closed(
    here: Replica, there: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "LINGER_SECONDS", 0.01)
    member = await here.welcome()
    here.hub.leave(ROOM, member.outbox)
    await eventually(lambda: not here.hub._rooms)
    back = await here.welcome()
    await there.say()
    await eventually(lambda: back.heard == [1])


async def test_a_room_that_nobody_waited_for_closes_too(here: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "LINGER_SECONDS", 0.5)
    here.store.gate.clear()
    joining = asyncio.create_task(here.hub.join(ROOM, Member().outbox))
    await asyncio.sleep(0)
    joining.cancel()
    here.store.gate.set()
    await eventually(lambda: TOPIC in here.relay._topics)
    await eventually(lambda: not here.hub._rooms and TOPIC not in here.relay._topics)


async def test_a_room_that_could_not_be_opened_can_be_tried_again(here: Replica) -> None:
    here.store.down = True
    with pytest.raises(StoreUnavailable):
        await here.hub.join(ROOM, Member().outbox)
    assert TOPIC not in here.relay._topics
    here.store.down = False
    member = await here.welcome()
    await here.say()
    assert member.heard == [1]


async def test_a_programming_error_while_opening_does_not_wedge_the_room(
    here: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_topic: str) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(here.relay, "listen", broken)
        with pytest.raises(ZeroDivisionError):
            await here.hub.join(ROOM, Member().outbox)
    assert (await here.welcome()).heard == []


async def test_what_was_relayed_while_the_room_opened_is_not_lost(here: Replica, memory: MemoryEventStore) -> None:
    events = log_of(2)
    await memory.append(ROOM, events[:1])
    here.store.gate.clear()
    member = Member()
    joining = asyncio.create_task(here.hub.join(ROOM, member.outbox))
    await eventually(lambda: TOPIC in here.relay._topics)
    here.hub.receive(ROOM, events)
    here.store.gate.set()
    head = await joining
    here.hub.release(ROOM, member.outbox)
    await eventually(lambda: head + len(member.heard) == 2)
    assert member.heard == list(range(head + 1, 3))


async def test_a_room_is_heard_from_when_it_is_open(here: Replica) -> None:
    assert not here.hub.hears(ROOM)
    await here.hub.join(ROOM, Member().outbox)
    assert here.hub.hears(ROOM)


class Observer:
    def __init__(self) -> None:
        self.heard: list[int] = []

    def __call__(self, events: list[AnyEvent]) -> None:
        self.heard += [event.seq for event in events]


async def test_who_observes_a_room_gets_its_events_in_order_and_keeps_it_open(
    here: Replica, there: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "LINGER_SECONDS", 0.01)
    observer = Observer()
    await here.hub.observe(ROOM, observer)
    await asyncio.sleep(0.03)
    await there.say(2)
    await here.say()
    await eventually(lambda: observer.heard == [1, 2, 3])
    assert here.hub.position(ROOM) == 3
    here.hub.unobserve(ROOM, observer)
    await eventually(lambda: TOPIC not in here.relay._topics)
    assert here.hub.position(ROOM) == 0


async def test_a_room_that_nobody_observes_any_more_stays_open_for_its_members(
    here: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "LINGER_SECONDS", 0.01)
    member, observer = await here.welcome(), Observer()
    await here.hub.observe(ROOM, observer)
    here.hub.unobserve(ROOM, observer)
    await asyncio.sleep(0.03)
    await here.say()
    assert (member.heard, observer.heard) == ([1], [])


async def test_heads_are_compared_in_slices_with_a_pause_between_them(
    here: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "HEAD_CHECK_ROOMS", 10)
    monkeypatch.setattr(hubs, "HEAD_CHECK_ROOMS_A_SECOND", 200)
    for number in range(25):
        await here.hub.join(f"room {number}", Member().outbox)
    began = asyncio.get_running_loop().time()
    here.hub.compare_heads_now()
    await eventually(lambda: len(here.store.slices) == 3)
    assert here.store.slices == [10, 10, 5]
    assert asyncio.get_running_loop().time() - began >= 2 * 10 / 200


async def test_what_the_relay_lost_is_found_by_comparing_heads(here: Replica, memory: MemoryEventStore) -> None:
    member = await here.welcome()
    await memory.append(ROOM, log_of(3))
    here.hub.compare_heads_now()
    await eventually(lambda: member.heard == [1, 2, 3])


async def test_heads_are_compared_by_themselves(
    here: Replica, memory: MemoryEventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "HEAD_CHECK_SECONDS", 0.01)
    here.hub.compare_heads_now()  # ends the long pause that has begun
    member = await here.welcome()
    await memory.append(ROOM, log_of(3))
    await eventually(lambda: member.heard == [1, 2, 3])


async def test_a_store_that_is_away_does_not_end_the_comparing(
    here: Replica, memory: MemoryEventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "HEAD_CHECK_SECONDS", 0.01)
    member = await here.welcome()
    await memory.append(ROOM, log_of(3))
    here.store.down = True
    here.hub.compare_heads_now()
    await eventually(lambda: here.store.refused >= 2)
    here.store.down = False
    await eventually(lambda: member.heard == [1, 2, 3])


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


async def test_a_room_of_which_nobody_knows_how_it_stands_is_not_opened(here: Replica) -> None:
    here.changes.down = True
    with pytest.raises(StoreUnavailable):
        await here.welcome()
    here.changes.down = False
    ada = await here.welcome()
    await here.say()
    assert ada.heard == [1]
