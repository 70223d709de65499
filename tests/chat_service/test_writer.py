"""One room's writer: nothing waits for ever, no insert is too large, and a sender's order is kept."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from chat_service import writer
from chat_service.errors import Unavailable
from chat_service.store_memory import MemoryEventStore
from tests.chat_service.eventually import eventually
from tests.chat_service.examples import draft, seqs
from tests.chat_service.faulty_store import Fault
from tests.chat_service.logs import ROOM, Replica, contents, started, writing

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def here(memory: MemoryEventStore, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Replica]:
    async with writing(memory, monkeypatch) as replica:
        yield replica


async def test_what_arrives_during_an_insert_goes_into_one_next_insert(here: Replica) -> None:
    await here.append("m-0")
    here.store.gate.clear()
    first = await started(here, "m-1")
    await eventually(lambda: len(here.store.batches) == 2)
    rest = await started(here, "m-2", "m-3", "m-4")
    here.store.gate.set()
    await asyncio.gather(*first, *rest)
    assert [[event.id for event in batch] for batch in here.store.batches[1:]] == [["m-1"], ["m-2", "m-3", "m-4"]]


async def test_the_same_event_twice_in_flight_is_one(here: Replica, memory: MemoryEventStore) -> None:
    one, two = await asyncio.gather(here.append("m-1"), here.append("m-1"))
    assert one == two
    assert await contents(memory) == [one]


@pytest.mark.parametrize("fault", [Fault.BEFORE, Fault.AFTER, Fault.HALFWAY])
async def test_an_insert_that_fails_is_made_good_exactly_once(
    here: Replica, memory: MemoryEventStore, fault: Fault
) -> None:
    here.store.faults.append(fault)
    answers = await asyncio.gather(*(here.append(f"m-{n}") for n in range(4)))
    assert await contents(memory) == answers
    assert seqs(answers) == [1, 2, 3, 4]


async def test_a_store_that_is_away_for_a_while_only_delays(here: Replica, memory: MemoryEventStore) -> None:
    here.store.down = True
    (append,) = await started(here, "m-1")
    await eventually(lambda: here.store.refused > 2)
    here.store.down = False
    event = await append
    assert await contents(memory) == [event]


async def test_past_the_deadline_the_sender_is_told_to_try_again(
    here: Replica, memory: MemoryEventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "DEADLINE_SECONDS", 0.02)
    here.store.down = True
    with pytest.raises(Unavailable):
        await here.append("m-1")
    assert await contents(memory) == []


async def test_a_store_that_never_answers_is_not_waited_for_past_the_deadline(
    here: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "DEADLINE_SECONDS", 0.02)
    here.store.gate.clear()
    with pytest.raises(Unavailable):
        await here.append("m-1")


async def test_a_retry_after_the_deadline_is_stored_once(
    here: Replica, memory: MemoryEventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "DEADLINE_SECONDS", 0.02)
    here.store.gate.clear()
    with pytest.raises(Unavailable):
        await here.append("m-1")
    here.store.gate.set()
    monkeypatch.setattr(writer, "DEADLINE_SECONDS", 5.0)
    again = await here.append("m-1")
    assert await contents(memory) == [again]


async def test_a_sender_who_hangs_up_does_not_undo_the_event(here: Replica, memory: MemoryEventStore) -> None:
    here.store.gate.clear()
    (append,) = await started(here, "m-1")
    append.cancel()
    await asyncio.gather(append, return_exceptions=True)
    here.store.gate.set()
    await here.log.drain()
    assert [event.id for event in await contents(memory)] == ["m-1"]


async def test_a_sender_who_hangs_up_does_not_disturb_another_with_the_same_event(here: Replica) -> None:
    here.store.gate.clear()
    one, two = await started(here, "m-1", "m-1")
    one.cancel()
    here.store.gate.set()
    assert (await two).seq == 1


async def test_what_one_sends_without_waiting_keeps_its_order(here: Replica, memory: MemoryEventStore) -> None:
    here.store.faults.extend([Fault.HALFWAY, Fault.BEFORE, Fault.AFTER])
    ids = [f"m-{n}" for n in range(writer.MAX_BATCH_EVENTS * 2 + 1)]
    await asyncio.gather(*await started(here, *ids))
    assert [event.id for event in await contents(memory)] == ids


async def test_no_insert_is_larger_than_its_bound(here: Replica) -> None:
    await asyncio.gather(*(here.append(f"m-{n}") for n in range(writer.MAX_BATCH_EVENTS + 1)))
    assert max(len(batch) for batch in here.store.batches) == writer.MAX_BATCH_EVENTS


async def test_no_insert_of_long_messages_is_larger_than_a_frame_may_be(
    here: Replica, memory: MemoryEventStore
) -> None:
    longest = "\U0001f600" * 4000
    appends = [here.log.append(ROOM, draft(f"m-{n}", text=longest)) for n in range(64)]
    await asyncio.gather(*appends)
    assert max(len(msgspec.json.encode(batch)) for batch in here.store.batches) <= writer.MAX_BATCH_BYTES * 1.1
    assert [event.id for event in await contents(memory)] == [f"m-{n}" for n in range(64)]


async def test_who_sends_more_than_can_wait_is_told_to_try_again(
    here: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MAX_PENDING_EVENTS", 3)
    here.store.gate.clear()
    waiting = await started(here, "m-1", "m-2", "m-3")
    with pytest.raises(Unavailable):
        await here.append("m-4")
    here.store.gate.set()
    assert seqs(await asyncio.gather(*waiting)) == [1, 2, 3]


async def test_a_programming_error_in_the_store_does_not_wedge_the_room(
    here: Replica, memory: MemoryEventStore
) -> None:
    here.store.faults.append(Fault.BUG)
    with pytest.raises(Unavailable):
        await here.append("m-1")
    again = await here.append("m-1")
    assert await contents(memory) == [again]
