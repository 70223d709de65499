"""A replica's rooms: opened once, observed, compared with the store, and closed some time after the last has left."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chat_service import hub as hubs
from chat_service.events import AnyEvent
from chat_service.relay_memory import MemoryBus, MemoryRelay
from chat_service.store import StoreUnavailable
from chat_service.store_memory import MemoryEventStore
from tests.chat_service.eventually import eventually
from tests.chat_service.examples import log_of
from tests.chat_service.hubs import ROOM, TOPIC, Member, Replica, running

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def here(memory: MemoryEventStore, bus: MemoryBus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Replica]:
    async with running(memory, bus, monkeypatch) as replica:
        yield replica


@pytest.fixture
async def there(memory: MemoryEventStore, bus: MemoryBus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Replica]:
    async with running(memory, bus, monkeypatch) as replica:
        yield replica


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


async def test_heads_are_compared_sooner_while_the_relay_is_in_doubt(
    here: Replica, memory: MemoryEventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "DOUBTFUL_HEAD_CHECK_SECONDS", 0.01)
    monkeypatch.setattr(MemoryRelay, "in_doubt", True)
    here.hub.compare_heads_now()  # ends the long pause that has begun
    member = await here.welcome()
    await memory.append(ROOM, log_of(3))
    await eventually(lambda: member.heard == [1, 2, 3])


async def test_a_doubt_that_comes_during_the_long_pause_ends_it(
    here: Replica, memory: MemoryEventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "DOUBTFUL_HEAD_CHECK_SECONDS", 0.01)
    here.hub.compare_heads_now()  # a long pause begins without a doubt
    member = await here.welcome()
    await memory.append(ROOM, log_of(3))
    await asyncio.sleep(0.05)
    assert member.heard == []
    monkeypatch.setattr(MemoryRelay, "in_doubt", True)
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


async def test_a_room_of_which_nobody_knows_how_it_stands_is_not_opened(here: Replica) -> None:
    here.changes.down = True
    with pytest.raises(StoreUnavailable):
        await here.welcome()
    here.changes.down = False
    ada = await here.welcome()
    await here.say()
    assert ada.heard == [1]
