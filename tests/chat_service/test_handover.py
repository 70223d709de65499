"""Replicas that write to one room at once: one of them comes to write for all, and nothing depends on it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chat_service import handover as handovers
from chat_service import signals
from chat_service.attendance import Attendance
from chat_service.directory_memory import MemoryMemberStore, MemoryRoomStore
from chat_service.events import ROOM_TOPIC_PREFIX, AnyEvent, Person
from chat_service.handover import Handover
from chat_service.hub import Hub
from chat_service.log import Log
from chat_service.outbox import Outbox
from chat_service.recent import Recent
from chat_service.relay_memory import MemoryBus, MemoryRelay
from chat_service.store_memory import MemoryEventStore
from tests.chat_service.examples import draft, seqs
from tests.chat_service.faulty_store import FaultyEventStore

pytestmark = pytest.mark.virtual_time

ROOM = "lobby"
NAMES = ("one", "two", "three")
ROUND_TRIP_SECONDS = 0.001


class SlowStore(FaultyEventStore):
    """Takes a moment for each insert, in which others try the same number."""

    async def _reach(self) -> None:
        await asyncio.sleep(ROUND_TRIP_SECONDS)
        await super()._reach()


class Replica:
    """A log whose replica has a member in the room, and others beside it."""

    def __init__(self, name: str, memory: MemoryEventStore, bus: MemoryBus) -> None:
        self.name = name
        self.store = SlowStore(memory)
        self.relay = MemoryRelay(bus)
        attendance = Attendance(MemoryRoomStore(), MemoryMemberStore(), self.store)
        self.hub = Hub(self.store, self.relay, attendance, Recent(self.store, lambda *_: None))
        self.handover = Handover(name, self.relay, self.hub.hears)
        self.log = Log(self.store, self.hub.committed, self.handover)
        self._sent = 0

    async def start(self) -> None:
        await self.handover.listen()
        self._running = asyncio.create_task(self.relay.run(self))
        await self.hub.join(ROOM, Outbox(lambda: None))

    def receive(self, topic: str, payload: bytes) -> None:
        if not topic.startswith(ROOM_TOPIC_PREFIX):
            self.log.receive(payload)
            return
        events = signals.decode(payload)
        assert isinstance(events, list)
        self.hub.receive(ROOM, events)
        self.log.stored_elsewhere(ROOM, events)

    def recovered(self) -> None:
        self.hub.compare_heads_now()

    async def stop(self) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    async def say(self, count: int) -> list[AnyEvent]:
        """So many messages, one after the other."""
        answers = []
        for _ in range(count):
            self._sent += 1
            answers.append(await self.log.append(ROOM, draft(f"m-{self._sent}", Person(self.name, self.name))))
        return answers


@pytest.fixture
async def replicas(memory: MemoryEventStore) -> AsyncIterator[list[Replica]]:
    """The first to rank in this room comes first."""
    bus = MemoryBus()
    replicas = sorted((Replica(name, memory, bus) for name in NAMES), key=lambda one: handovers._rank(ROOM, one.name))
    for replica in replicas:
        await replica.start()
    yield replicas
    for replica in replicas:
        await replica.stop()


async def all_say(replicas: list[Replica], count: int) -> list[AnyEvent]:
    answers = await asyncio.gather(*(replica.say(count) for replica in replicas))
    return [event for some in answers for event in some]


def inserts(replica: Replica) -> int:
    return len(replica.store.batches)


async def test_after_a_moment_one_replica_writes_for_all(replicas: list[Replica], memory: MemoryEventStore) -> None:
    await all_say(replicas, 20)
    first, *others = replicas
    before = [inserts(other) for other in others]
    answers = await all_say(replicas, 20)
    assert [inserts(other) for other in others] == before
    assert inserts(first) < 2 * len(answers)
    assert sorted(answers, key=lambda event: event.seq) == (await memory.after(ROOM, 60, 1000))


async def test_every_answer_is_true_from_the_first_conflict_on(
    replicas: list[Replica], memory: MemoryEventStore
) -> None:
    answers = await all_say(replicas, 50)
    assert sorted(answers, key=lambda event: event.seq) == await memory.after(ROOM, 0, 1000)
    assert sorted(seqs(answers)) == list(range(1, 151))


async def test_who_writes_alone_asks_nobody(replicas: list[Replica]) -> None:
    last = replicas[-1]
    await last.say(5)
    assert inserts(last) == 5


async def test_a_writer_that_is_gone_is_soon_done_without(replicas: list[Replica], memory: MemoryEventStore) -> None:
    first, second, _ = replicas
    await all_say(replicas, 20)
    await first.stop()
    before, stored = inserts(second), len(await memory.after(ROOM, 0, 1000))
    async with asyncio.timeout(3 * handovers.PATIENCE_SECONDS):
        await second.say(5)
    assert inserts(second) == before + 5
    assert len(await memory.after(ROOM, 0, 1000)) == stored + 5


async def test_a_writer_whose_store_is_away_keeps_nobody_waiting(replicas: list[Replica]) -> None:
    first, second, _ = replicas
    await all_say(replicas, 20)
    first.store.down = True
    async with asyncio.timeout(3 * handovers.PATIENCE_SECONDS):
        await second.say(1)


async def test_an_event_that_two_replicas_come_to_write_is_stored_once(
    replicas: list[Replica], memory: MemoryEventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, _ = replicas
    await all_say(replicas, 20)
    monkeypatch.setattr("chat_service.writer.PATIENCE_SECONDS", 0.001)
    first.store.gate.clear()
    answers = await second.say(1)
    first.store.gate.set()
    await first.log.drain()
    stored = await memory.after(ROOM, 60, 1000)
    assert stored == answers


async def test_when_the_others_fall_silent_each_writes_for_itself_again(
    replicas: list[Replica], monkeypatch: pytest.MonkeyPatch
) -> None:
    await all_say(replicas, 20)
    last = replicas[-1]
    assert last.handover.writer_elsewhere(ROOM)
    for contention in last.handover._rooms.values():
        contention.until = 0.0
    before = inserts(last)
    await last.say(3)
    assert inserts(last) == before + 3


async def test_contention_that_goes_on_meets_no_conflict_when_the_lease_would_end(
    replicas: list[Replica], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handovers, "LEASE_SECONDS", 0.5)
    _, *others = replicas
    await all_say(replicas, 20)
    before = [inserts(other) for other in others]
    ends = asyncio.get_running_loop().time() + 1.2

    async def go_on(replica: Replica) -> None:
        while asyncio.get_running_loop().time() < ends:
            await replica.say(1)

    await asyncio.gather(*(go_on(replica) for replica in replicas for _ in range(3)))
    assert [inserts(other) for other in others] == before


async def test_a_room_whose_events_do_not_reach_a_replica_is_written_by_itself(replicas: list[Replica]) -> None:
    last = replicas[-1]
    await all_say(replicas, 20)
    assert last.handover.writer_elsewhere(ROOM)
    last.handover.contended("attic", "one")
    last.handover.contended("attic", "two")
    assert last.handover.writer_elsewhere("attic") is None


async def test_while_the_relay_is_in_doubt_each_writes_for_itself(
    replicas: list[Replica], monkeypatch: pytest.MonkeyPatch
) -> None:
    last = replicas[-1]
    await all_say(replicas, 20)
    monkeypatch.setattr(MemoryRelay, "in_doubt", property(lambda _relay: True))
    assert last.handover.writer_elsewhere(ROOM) is None
