"""A room's events in order, whatever arrives."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat_service import feed as feeds
from chat_service.events import AnyEvent
from chat_service.feed import Feed
from chat_service.store_memory import MemoryEventStore
from tests.chat_service.eventually import eventually
from tests.chat_service.examples import log_of, seqs
from tests.chat_service.faulty_store import FaultyEventStore

pytestmark = pytest.mark.virtual_time

ROOM = "lobby"


class Listener:
    """A feed on a store that has so many events, and all that it delivered."""

    def __init__(self) -> None:
        self.memory = MemoryEventStore()
        self.store = FaultyEventStore(self.memory)
        self.batches: list[list[AnyEvent]] = []
        self.feed = Feed(ROOM, self.store, self.batches.append)

    @property
    def heard(self) -> list[int]:
        return [event.seq for batch in self.batches for event in batch]

    async def store_has(self, length: int) -> list[AnyEvent]:
        events = log_of(length)
        await self.memory.append(ROOM, events[await self.memory.head(ROOM) :])
        return events


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "GAP_PATIENCE_SECONDS", 0.001)
    monkeypatch.setattr(feeds, "RETRY_SECONDS", 0.001)


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listener = Listener()
    yield listener
    listener.feed.close()


async def test_the_next_event_goes_out_at_once(listener: Listener) -> None:
    events = await listener.store_has(2)
    listener.feed.start(0)
    listener.feed.offer(events[:1])
    listener.feed.offer(events[1:])
    assert listener.heard == [1, 2]
    assert listener.store.reads == 0


async def test_what_comes_together_goes_out_together(listener: Listener) -> None:
    events = await listener.store_has(3)
    listener.feed.start(0)
    listener.feed.offer(events)
    assert [seqs(batch) for batch in listener.batches] == [[1, 2, 3]]


async def test_an_event_that_went_out_before_is_dropped(listener: Listener) -> None:
    events = await listener.store_has(2)
    listener.feed.start(0)
    listener.feed.offer(events)
    listener.feed.offer(events)
    assert listener.heard == [1, 2]


async def test_an_event_that_overtook_another_waits_for_it(listener: Listener) -> None:
    events = await listener.store_has(2)
    listener.feed.start(0)
    listener.feed.offer(events[1:])
    assert listener.heard == []
    listener.feed.offer(events[:1])
    assert listener.heard == [1, 2]


async def test_what_was_overtaken_only_is_not_read_from_the_store(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "GAP_PATIENCE_SECONDS", 0.02)
    events = await listener.store_has(2)
    listener.feed.start(0)
    listener.feed.offer(events[1:])
    listener.feed.offer(events[:1])
    await eventually(lambda: listener.feed._repair is None)
    assert listener.store.reads == 0


async def test_a_gap_is_read_from_the_store(listener: Listener) -> None:
    events = await listener.store_has(5)
    listener.feed.start(0)
    listener.feed.offer(events[4:])
    await eventually(lambda: listener.heard == [1, 2, 3, 4, 5])


async def test_one_gap_is_read_once_however_many_events_show_it(listener: Listener) -> None:
    events = await listener.store_has(10)
    listener.feed.start(0)
    for event in events[4:]:
        listener.feed.offer([event])
    await eventually(lambda: len(listener.heard) == 10)
    assert listener.store.reads == 1


async def test_a_gap_wider_than_a_read_is_filled_too(listener: Listener) -> None:
    length = feeds.READ_EVENTS * 2 + 3
    await listener.store_has(length)
    listener.feed.start(0)
    listener.feed.notice_head(length)
    await eventually(lambda: len(listener.heard) == length)
    assert listener.heard == list(range(1, length + 1))


async def test_a_head_further_on_brings_the_lost_tail(listener: Listener) -> None:
    events = await listener.store_has(3)
    listener.feed.start(0)
    listener.feed.offer(events[:1])
    listener.feed.notice_head(3)
    await eventually(lambda: listener.heard == [1, 2, 3])


async def test_a_head_that_is_known_changes_nothing(listener: Listener) -> None:
    events = await listener.store_has(3)
    listener.feed.start(0)
    listener.feed.offer(events)
    listener.feed.notice_head(3)
    listener.feed.notice_head(2)
    assert listener.feed._repair is None


async def test_a_head_that_the_store_does_not_have_is_forgotten(listener: Listener) -> None:
    events = await listener.store_has(3)
    listener.feed.start(0)
    listener.feed.offer(events)
    listener.feed.notice_head(7)
    await eventually(lambda: listener.feed._repair is None)
    assert listener.store.reads == 1
    more = await listener.store_has(4)
    listener.feed.offer(more[3:])
    assert listener.heard == [1, 2, 3, 4]


async def test_a_store_that_is_away_is_asked_again_until_it_is_back(listener: Listener) -> None:
    events = await listener.store_has(3)
    listener.store.down = True
    listener.feed.start(0)
    listener.feed.offer(events[2:])
    await eventually(lambda: listener.store.refused >= 2)
    assert listener.heard == []
    listener.store.down = False
    await eventually(lambda: listener.heard == [1, 2, 3])


async def test_nothing_goes_out_before_the_start(listener: Listener) -> None:
    listener.feed.offer(await listener.store_has(3))
    assert listener.heard == []


async def test_what_was_offered_before_the_start_follows_it(listener: Listener) -> None:
    events = await listener.store_has(5)
    listener.feed.offer(events[1:])
    listener.feed.start(3)
    assert listener.heard == [4, 5]


async def test_a_gap_that_shows_at_the_start_is_filled(listener: Listener) -> None:
    events = await listener.store_has(5)
    listener.feed.offer(events[4:])
    listener.feed.start(2)
    await eventually(lambda: listener.heard == [3, 4, 5])


async def test_more_than_can_wait_is_read_from_the_store_instead(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "MAX_WAITING_EVENTS", 10)
    events = await listener.store_has(40)
    listener.feed.start(0)
    listener.feed.offer(events[5:])
    assert len(listener.feed._waiting) == 10
    await eventually(lambda: len(listener.heard) == 40)
    assert listener.heard == list(range(1, 41))


async def test_nothing_is_left_waiting_once_all_went_out(listener: Listener) -> None:
    events = await listener.store_has(9)
    listener.feed.offer(events)
    listener.feed.start(4)
    listener.feed.offer(events)
    assert listener.feed._waiting == {}


async def test_a_hole_in_the_store_does_not_make_it_asked_without_a_pause(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "RETRY_SECONDS", 60)
    await listener.store_has(5)
    del listener.memory._logs[ROOM][0]
    listener.feed.start(0)
    listener.feed.notice_head(5)
    await eventually(lambda: listener.store.reads == 1)
    for _ in range(20):
        await asyncio.sleep(0)
    assert listener.store.reads == 1


async def test_a_closed_feed_reads_no_more(listener: Listener) -> None:
    events = await listener.store_has(3)
    listener.store.gate.clear()
    listener.feed.start(0)
    listener.feed.offer(events[2:])
    await eventually(lambda: listener.store.reads)
    listener.feed.close()
    listener.store.gate.set()
    await eventually(lambda: listener.feed._repair is None)
    assert listener.heard == []


LENGTH = 12
offers = st.lists(st.lists(st.integers(1, LENGTH), max_size=LENGTH), max_size=12)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(offers=offers, start=st.integers(0, LENGTH), started_after=st.integers(0, 12), waiting=st.integers(1, LENGTH))
def test_any_order_loss_and_repetition_comes_out_as_each_event_once_in_order(
    offers: list[list[int]], start: int, started_after: int, waiting: int
) -> None:
    async def scenario() -> None:
        listener = Listener()
        events = await listener.store_has(LENGTH)
        for number, offered in enumerate(offers):
            if number == started_after:
                listener.feed.start(start)
            listener.feed.offer(events[seq - 1] for seq in offered)
            await asyncio.sleep(0)
        if started_after >= len(offers):
            listener.feed.start(start)
        listener.feed.notice_head(LENGTH)
        expected = list(range(start + 1, LENGTH + 1))
        await eventually(lambda: len(listener.heard) >= len(expected) and listener.feed._repair is None)
        assert listener.heard == expected

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feeds, "MAX_WAITING_EVENTS", waiting)
        asyncio.run(scenario())
