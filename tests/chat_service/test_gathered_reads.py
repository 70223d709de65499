"""Look-ups that share a query."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from chat_service import gathered_reads
from chat_service.gathered_reads import GatheredReads
from chat_service.store import StoreUnavailable

pytestmark = pytest.mark.virtual_time


class Store:
    """Knows what each key's value is when it is asked; answers while its gate is open."""

    def __init__(self) -> None:
        self.values: dict[str, int] = {}
        self.asked: list[list[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.down = False

    async def read(self, keys: Sequence[str]) -> Mapping[str, int]:
        self.asked.append(list(keys))
        if self.down:
            raise StoreUnavailable("down")
        found = {key: self.values[key] for key in keys if key in self.values}
        await self.gate.wait()
        return found


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def reads(store: Store) -> GatheredReads[str, int]:
    return GatheredReads(store.read, 0)


async def test_those_who_ask_at_once_are_answered_by_few_reads(store: Store, reads: GatheredReads[str, int]) -> None:
    store.values = {str(number): number for number in range(1000)}
    answers = await asyncio.gather(*(reads.get(str(number)) for number in range(1000)))
    assert answers == list(range(1000))
    assert len(store.asked) <= 1000 / gathered_reads.MAX_KEYS + gathered_reads.READS_AT_ONCE
    assert max(len(keys) for keys in store.asked) <= gathered_reads.MAX_KEYS


async def test_who_asks_alone_is_asked_for_alone(store: Store, reads: GatheredReads[str, int]) -> None:
    store.values = {"a": 1}
    assert (await reads.get("a"), await reads.get("b")) == (1, 0)
    assert store.asked == [["a"], ["b"]]


async def test_many_who_ask_for_the_same_get_one_answer(store: Store, reads: GatheredReads[str, int]) -> None:
    store.values = {"a": 1}
    assert await asyncio.gather(*(reads.get("a") for _ in range(10))) == [1] * 10
    assert store.asked == [["a"]]


async def test_who_asks_during_a_read_is_not_answered_by_it(store: Store, reads: GatheredReads[str, int]) -> None:
    store.values = {"a": 1}
    store.gate.clear()
    earlier = asyncio.create_task(reads.get("a"))
    await asyncio.sleep(0.01)
    store.values = {"a": 2}
    later = asyncio.create_task(reads.get("a"))
    await asyncio.sleep(0.01)
    store.gate.set()
    assert (await earlier, await later) == (1, 2)


async def test_a_failure_is_told_to_all_who_wait_and_to_nobody_after(
    store: Store, reads: GatheredReads[str, int]
) -> None:
    store.down = True
    answers = await asyncio.gather(reads.get("a"), reads.get("b"), return_exceptions=True)
    assert all(isinstance(answer, StoreUnavailable) for answer in answers)
    store.down = False
    store.values = {"a": 1}
    assert await reads.get("a") == 1


async def test_who_hangs_up_takes_nothing_from_another(store: Store, reads: GatheredReads[str, int]) -> None:
    store.values = {"a": 1}
    store.gate.clear()
    gone, stays = (asyncio.create_task(reads.get("a")) for _ in range(2))
    await asyncio.sleep(0.01)
    gone.cancel()
    store.gate.set()
    assert await stays == 1
