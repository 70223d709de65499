"""The room log: one number for each event, once, and no promise that isn't kept."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat_service.events import AnyEvent, Person
from chat_service.store_memory import MemoryEventStore
from tests.chat_service.eventually import eventually
from tests.chat_service.examples import ADA, BOB, draft, seqs
from tests.chat_service.faulty_store import Fault
from tests.chat_service.logs import ROOM, Replica, contents, started, writing

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def here(memory: MemoryEventStore, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Replica]:
    async with writing(memory, monkeypatch) as replica:
        yield replica


@pytest.fixture
async def there(memory: MemoryEventStore, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Replica]:
    async with writing(memory, monkeypatch) as replica:
        yield replica


async def test_events_are_numbered_from_one_without_a_hole(here: Replica) -> None:
    assert seqs([await here.append(f"m-{n}") for n in range(5)]) == [1, 2, 3, 4, 5]


async def test_rooms_are_numbered_each_for_itself(here: Replica) -> None:
    await here.append("m-1")
    other = await here.log.append("attic", draft("m-1"))
    assert other.seq == 1


async def test_numbering_goes_on_after_what_is_stored(here: Replica, there: Replica) -> None:
    await there.append("m-1")
    assert (await here.append("m-2")).seq == 2


async def test_an_event_is_returned_as_it_is_stored(here: Replica, memory: MemoryEventStore) -> None:
    event = await here.append("m-1")
    assert await contents(memory) == [event]
    assert event.at > 1_700_000_000_000


async def test_nothing_is_acknowledged_before_it_is_stored(here: Replica) -> None:
    await here.append("m-0")
    here.store.gate.clear()
    (append,) = await started(here, "m-1")
    await eventually(lambda: len(here.store.batches) == 2)
    assert not append.done()
    assert here.told[-1].id == "m-0"
    here.store.gate.set()
    assert (await append).seq == 2


async def test_a_retry_gets_the_first_answer(here: Replica, memory: MemoryEventStore) -> None:
    first = await here.append("m-1")
    await here.append("m-2")
    again = await here.log.append(ROOM, draft("m-1", text="Something else"))
    assert again == first
    assert seqs(await contents(memory)) == [1, 2]


async def test_a_retry_at_another_replica_gets_the_first_answer(
    here: Replica, there: Replica, memory: MemoryEventStore
) -> None:
    first = await here.append("m-1")
    assert await there.append("m-1") == first
    assert await contents(memory) == [first]


async def test_the_same_event_at_two_replicas_at_once_is_one(
    here: Replica, there: Replica, memory: MemoryEventStore
) -> None:
    one, two = await asyncio.gather(here.append("m-1"), there.append("m-1"))
    assert one == two
    assert await contents(memory) == [one]


async def test_two_authors_with_one_id_have_an_event_each(here: Replica, memory: MemoryEventStore) -> None:
    await asyncio.gather(here.append("m-1", ADA), here.append("m-1", BOB))
    assert seqs(await contents(memory)) == [1, 2]


async def test_a_retry_among_new_events_holds_none_of_them_up(here: Replica, memory: MemoryEventStore) -> None:
    first = await here.append("m-1")
    answers = await asyncio.gather(*(here.append(client_id) for client_id in ("m-0", "m-1", "m-2")))
    assert answers[1] == first
    assert [event.id for event in await contents(memory)] == ["m-1", "m-0", "m-2"]


@pytest.mark.parametrize("replicas", [2, 3])
async def test_replicas_that_write_at_once_leave_no_hole_and_every_answer_is_true(
    memory: MemoryEventStore, replicas: int
) -> None:
    logs = [Replica(memory) for _ in range(replicas)]
    appends = [log.append(f"m-{n}", Person(f"p-{i}", "Somebody")) for i, log in enumerate(logs) for n in range(100)]
    answers = await asyncio.gather(*appends)
    assert seqs(await contents(memory)) == list(range(1, 100 * replicas + 1))
    assert sorted(answers, key=lambda event: event.seq) == await contents(memory)


@pytest.mark.parametrize("fault", [Fault.BEFORE, Fault.AFTER, Fault.HALFWAY])
async def test_all_that_is_stored_is_told_whatever_failed(
    here: Replica, memory: MemoryEventStore, fault: Fault
) -> None:
    here.store.faults.append(fault)
    await asyncio.gather(*(here.append(f"m-{n}") for n in range(4)))
    assert here.told == await contents(memory)


async def test_commits_are_told_once_each_and_in_order(here: Replica, memory: MemoryEventStore) -> None:
    await asyncio.gather(*(here.append(f"m-{n}") for n in range(50)))
    assert here.told == await contents(memory)


async def test_what_is_known_of_another_replica_spares_a_conflict(here: Replica, there: Replica) -> None:
    await here.append("m-1")
    here.log.learn(ROOM, (await there.append("m-2")).seq)
    await here.append("m-3")
    assert [seqs(batch) for batch in here.store.batches] == [[1], [3]]


async def test_old_news_of_another_replica_changes_nothing(here: Replica) -> None:
    await here.append("m-1")
    await here.append("m-2")
    here.log.learn(ROOM, 1)
    assert (await here.append("m-3")).seq == 3
    assert len(here.store.batches) == 3


async def test_draining_waits_for_all_that_was_accepted(here: Replica, memory: MemoryEventStore) -> None:
    here.store.faults.append(Fault.BEFORE)
    appends = await started(here, *(f"m-{n}" for n in range(20)))
    await here.log.drain()
    assert len(await contents(memory)) == 20
    await asyncio.gather(*appends)


async def test_a_room_that_fell_silent_leaves_nothing_behind(here: Replica) -> None:
    await here.append("m-1")
    await here.log.drain()
    assert not here.log._writers


attempts = st.lists(st.tuples(st.integers(0, 1), st.sampled_from("abcdef")), max_size=12)
faults = st.lists(st.sampled_from([Fault.NONE, Fault.BEFORE, Fault.AFTER, Fault.HALFWAY]), max_size=8)


@settings(deadline=None)
@given(rounds=st.lists(attempts, max_size=3), faults=st.tuples(faults, faults))
def test_whatever_fails_and_whoever_retries_each_event_is_there_once_and_every_answer_true(
    rounds: list[list[tuple[int, str]]], faults: tuple[list[Fault], list[Fault]]
) -> None:
    async def scenario() -> None:
        memory = MemoryEventStore()
        with pytest.MonkeyPatch.context() as patch:
            async with writing(memory, patch) as here, writing(memory, patch) as there:
                replicas = here, there
                for replica, planned in zip(replicas, faults, strict=True):
                    replica.store.faults.extend(planned)
                answers: list[AnyEvent] = []
                for attempted in rounds:
                    appends = (replicas[which].append(client_id) for which, client_id in attempted)
                    answers += await asyncio.gather(*appends)
        kept = await contents(memory)
        assert seqs(kept) == list(range(1, len(kept) + 1))
        assert {event.id for event in kept} == {client_id for attempted in rounds for _, client_id in attempted}
        assert len({event.key for event in kept}) == len(kept)
        assert all(answer == kept[answer.seq - 1] for answer in answers)

    asyncio.run(scenario())
