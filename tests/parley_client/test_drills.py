"""Nothing lost, nothing twice, one order: two and three real replicas, while things break around them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from chat_service.events import Person
from parley_client import Client, Event
from tests.chat_service.eventually import eventually
from tests.chat_service.tcp_proxy import TcpProxy
from tests.drill_lengths import BROKER_AWAY_SECONDS
from tests.parley_client.processes import Processes, ReplicaProcess, Roaming

IN_TIME_SECONDS = 60.0
ANSWERED_SECONDS = 5.0  # the bound of docs/reliability.md
SEEN_SECONDS = 3.0  # without a broker: several times the bound, for a machine on which much else runs
BACK_SECONDS = 10.0  # twice what it takes where nothing else runs
AT_ONCE = 10  # requests under way for each writer


def people(count: int) -> list[Person]:
    return [Person(f"p-{number}", f"Person {number}") for number in range(count)]


class Reader:
    """What one client sees, for as long as it is asked to."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.events: list[Event] = []
        self._reading = asyncio.create_task(self._read())

    @property
    def texts(self) -> list[str]:
        return [event.text for event in self.events if event.text]

    async def until(self, texts: set[str]) -> None:
        """Until it has seen all of these."""
        async with asyncio.timeout(IN_TIME_SECONDS):
            while not texts <= set(self.texts):
                if self._reading.done():
                    self._reading.result()
                await asyncio.sleep(0.02)

    def stop(self) -> None:
        self._reading.cancel()

    async def _read(self) -> None:
        async for event in self.client.events():
            self.events.append(event)


@contextlib.asynccontextmanager
async def clients(processes: Processes, replicas: list[ReplicaProcess], count: int) -> AsyncIterator[list[Reader]]:
    """Connected, each to another replica first, and all in the lobby by now."""
    async with contextlib.AsyncExitStack() as stack:
        readers = []
        for number, person in enumerate(people(count)):
            client = await stack.enter_async_context(Roaming(replicas, processes.account(person), first=number))
            readers.append(Reader(client))
        yield readers
        for reader in readers:
            reader.stop()


async def write(client: Client, count: int) -> set[str]:
    """Say so many things, several at once; all of them are acknowledged at the end."""
    pace = asyncio.Semaphore(AT_ONCE)
    texts = [f"{client.name} {number}" for number in range(count)]

    async def say(text: str) -> None:
        async with pace:
            await client.send("lobby", text)

    await asyncio.gather(*(say(text) for text in texts))
    return set(texts)


async def nothing_lost_nothing_twice_one_order(readers: list[Reader], acknowledged: set[str]) -> None:
    for reader in readers:
        await reader.until(acknowledged)
    first_seq = max(reader.events[0].seq for reader in readers)
    logs = [[(one.seq, one.author.id, one.id) for one in reader.events if one.seq >= first_seq] for reader in readers]
    shortest = min(map(len, logs))
    assert all(log[:shortest] == logs[0][:shortest] for log in logs)
    for reader in readers:
        seqs = [event.seq for event in reader.events]
        assert seqs == list(range(seqs[0], seqs[-1] + 1))
        assert sorted(reader.texts) == sorted(acknowledged)


async def under_traffic(
    readers: list[Reader], count: int, break_things: Callable[[], Awaitable[Any]] | None = None
) -> set[str]:
    """All clients write at once while things break; returns what was acknowledged."""
    *said, _ = await asyncio.gather(
        *(write(reader.client, count) for reader in readers), break_things() if break_things else asyncio.sleep(0)
    )
    return set().union(*said)


@pytest.mark.parametrize("replicas", [2, 3])
async def test_concurrent_writers_at_several_replicas_are_read_in_one_order(
    processes: Processes, replicas: int
) -> None:
    started = await processes.start(replicas)
    async with clients(processes, started, replicas) as readers:
        acknowledged = await under_traffic(readers, 200)
        await nothing_lost_nothing_twice_one_order(readers, acknowledged)


async def test_a_replica_killed_under_traffic_costs_its_clients_a_reconnect_and_no_message(
    processes: Processes,
) -> None:
    started = await processes.start(3)
    async with clients(processes, started, 3) as readers:

        async def kill_one() -> None:
            await eventually(lambda: len(readers[0].events) >= 50, IN_TIME_SECONDS)  # its own 300 are not all said yet
            await started[0].kill()

        acknowledged = await under_traffic(readers, 300, kill_one)
        await nothing_lost_nothing_twice_one_order(readers, acknowledged)
        assert readers[0].client.reconnects >= 1


async def test_replicas_replaced_one_after_the_other_cost_a_reconnect_each_and_no_message(processes: Processes) -> None:
    started = await processes.start(5)
    running, fresh = started[:2], started[2:]
    async with clients(processes, running, 2) as readers:

        async def replace() -> None:
            for new in fresh:
                await asyncio.sleep(0.1)
                old = running.pop(0)
                running.append(new)
                await old.stop()

        acknowledged = await under_traffic(readers, 600, replace)
        await nothing_lost_nothing_twice_one_order(readers, acknowledged)
        await eventually(lambda: all(reader.client.reconnects >= 1 for reader in readers))
        assert all(reader.client.reconnects <= len(fresh) for reader in readers)


async def test_a_broker_that_goes_and_comes_back_under_traffic_costs_nothing(
    broker: TcpProxy, processes: Processes
) -> None:
    started = await processes.start(2, amqp_url=broker.url)
    async with clients(processes, started, 2) as readers:

        async def restart() -> None:
            for _ in range(3):
                await asyncio.sleep(0.2)
                broker.shut()
                await asyncio.sleep(0.3)
                broker.open()

        acknowledged = await under_traffic(readers, 300, restart)
        await nothing_lost_nothing_twice_one_order(readers, acknowledged)
        assert [reader.client.reconnects for reader in readers] == [0, 0]


@pytest.mark.timeout(BROKER_AWAY_SECONDS + 2 * IN_TIME_SECONDS)
async def test_a_broker_away_for_long_holds_nobody_up_and_is_caught_up_with_when_it_is_back(
    broker: TcpProxy, processes: Processes
) -> None:
    started = await processes.start(2, amqp_url=broker.url)
    now = asyncio.get_running_loop().time
    async with clients(processes, started, 2) as readers:
        acknowledged: set[str] = set()
        broker.shut()
        end = now() + BROKER_AWAY_SECONDS
        while now() < end:
            for reader in readers:
                text = f"{reader.client.name} {len(acknowledged)}"
                async with asyncio.timeout(ANSWERED_SECONDS):
                    await reader.client.send("lobby", text)
                acknowledged.add(text)
                async with asyncio.timeout(SEEN_SECONDS):  # by comparing heads
                    await asyncio.gather(*(other.until({text}) for other in readers))
        broker.open()
        async with asyncio.timeout(BACK_SECONDS):
            while {await replica.status() for replica in started} != {"ready"}:
                await asyncio.sleep(0.05)
        await nothing_lost_nothing_twice_one_order(readers, acknowledged)
        assert [reader.client.reconnects for reader in readers] == [0, 0]


async def test_a_black_hole_between_a_replica_and_the_broker_delays_and_loses_nothing(
    broker: TcpProxy, processes: Processes
) -> None:
    started = [*await processes.start(1, amqp_url=broker.url), *await processes.start(1)]
    async with clients(processes, started, 2) as readers:

        async def swallow() -> None:
            await asyncio.sleep(0.1)
            broker.swallow()

        acknowledged = await under_traffic(readers, 200, swallow)
        await nothing_lost_nothing_twice_one_order(readers, acknowledged)
        broker.flow()
        acknowledged |= await under_traffic(readers[1:], 1)
        assert [reader.client.reconnects for reader in readers] == [0, 0]


async def test_who_was_away_for_ten_thousand_events_gets_all_of_them(processes: Processes) -> None:
    started = await processes.start(2)
    ada, bob = people(2)
    async with Roaming(started, processes.account(ada)) as away:
        position = away.position
    async with Roaming(started[::-1], processes.account(bob)) as writer:
        pace = asyncio.Semaphore(200)

        async def say(number: int) -> None:
            async with pace:
                await writer.send("lobby", f"Message {number}")

        await asyncio.gather(*(say(number) for number in range(10_000)))
    async with Roaming(started, processes.account(ada), position) as back:
        reader = Reader(back)
        await reader.until({f"Message {number}" for number in range(10_000)})
        reader.stop()
    assert [event.seq for event in reader.events] == list(range(position.rooms["lobby"] + 1, reader.events[-1].seq + 1))
    assert len(reader.texts) == 10_000
