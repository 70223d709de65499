"""A replica reduced to its hub, with the log that feeds it and those who are in its rooms."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest

from chat_service import feed as feeds
from chat_service import hub as hubs
from chat_service import signals
from chat_service.events import RoomChange
from chat_service.hub import Hub
from chat_service.log import Log
from chat_service.notices import Events
from chat_service.outbox import Outbox
from chat_service.recent import Recent
from chat_service.relay_memory import MemoryBus, MemoryRelay
from chat_service.store import StoreUnavailable
from chat_service.store_memory import MemoryEventStore
from tests.chat_service.examples import draft
from tests.chat_service.faulty_store import FaultyEventStore

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


@asynccontextmanager
async def running(memory: MemoryEventStore, bus: MemoryBus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Replica]:
    """One that misses nothing for long, and compares heads only when it is told to."""
    monkeypatch.setattr(feeds, "GAP_PATIENCE_SECONDS", 0.001)
    monkeypatch.setattr(hubs, "HEAD_CHECK_SECONDS", 60.0)
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
