"""A replica reduced to its log, on a store that may fail."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from chat_service import writer
from chat_service.events import AnyEvent, Person
from chat_service.log import Log
from chat_service.store_memory import MemoryEventStore
from tests.chat_service.examples import ADA, draft
from tests.chat_service.faulty_store import FaultyEventStore

ROOM = "lobby"


class Replica:
    """A log on a store that may fail, and what it told of its commits."""

    def __init__(self, memory: MemoryEventStore) -> None:
        self.store = FaultyEventStore(memory)
        self.told: list[AnyEvent] = []
        self.log = Log(self.store, lambda _room, events: self.told.extend(events))

    async def append(self, client_id: str, author: Person = ADA) -> AnyEvent:
        return await self.log.append(ROOM, draft(client_id, author))


@asynccontextmanager
async def writing(memory: MemoryEventStore, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Replica]:
    """One that tries again at once where the store fails, and in the end has nothing left to do."""
    monkeypatch.setattr(writer, "LONGEST_PAUSE_SECONDS", 0.01)
    replica = Replica(memory)
    yield replica
    replica.store.gate.set()
    await replica.log.drain()


async def contents(memory: MemoryEventStore) -> list[AnyEvent]:
    return await memory.after(ROOM, 0, 100_000)


async def started(replica: Replica, *client_ids: str) -> list[asyncio.Task[AnyEvent]]:
    """Appends under way, which all have reached the log."""
    tasks = [asyncio.create_task(replica.append(client_id)) for client_id in client_ids]
    await asyncio.sleep(0)
    return tasks
