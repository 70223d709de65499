"""A store that fails, waits and counts on command, around a real one."""

import asyncio
from collections import deque
from collections.abc import Collection, Sequence
from enum import Enum, auto

from chat_service.events import AnyEvent, EventKey
from chat_service.store import EventStore, StoreUnavailable


class Fault(Enum):
    """What becomes of one append."""

    NONE = auto()
    BEFORE = auto()
    """The server was not reached."""
    AFTER = auto()
    """Stored, but the answer was lost."""
    HALFWAY = auto()
    """The first half stored, then the server died."""
    BUG = auto()
    """A programming error."""


class FaultyEventStore:
    """`faults` are used up one for each append; while `down`, nothing is reached; while `gate` is closed, all wait."""

    def __init__(self, store: EventStore) -> None:
        self.faults: deque[Fault] = deque()
        self.down = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.batches: list[list[AnyEvent]] = []
        self.reads = 0
        self.slices: list[int] = []
        self.refused = 0
        self._store = store

    async def append(self, room: str, events: Sequence[AnyEvent]) -> int:
        self.batches.append(list(events))
        await self._reach()
        match self.faults.popleft() if self.faults else Fault.NONE:
            case Fault.BEFORE:
                raise StoreUnavailable("before")
            case Fault.AFTER:
                await self._store.append(room, events)
                raise StoreUnavailable("after")
            case Fault.HALFWAY:
                await self._store.append(room, events[: len(events) // 2])
                raise StoreUnavailable("halfway")
            case Fault.BUG:
                raise ZeroDivisionError
            case Fault.NONE:
                return await self._store.append(room, events)

    async def find(self, room: str, keys: Collection[EventKey]) -> list[AnyEvent]:
        await self._reach()
        return await self._store.find(room, keys)

    async def head(self, room: str) -> int:
        await self._reach()
        return await self._store.head(room)

    async def heads(self, rooms: Collection[str]) -> dict[str, int]:
        self.slices.append(len(rooms))
        await self._reach()
        return await self._store.heads(rooms)

    async def after(self, room: str, seq: int, limit: int) -> list[AnyEvent]:
        self.reads += 1
        await self._reach()
        return await self._store.after(room, seq, limit)

    async def before(self, room: str, seq: int | None, limit: int) -> list[AnyEvent]:
        await self._reach()
        return await self._store.before(room, seq, limit)

    async def _reach(self) -> None:
        await asyncio.sleep(0)  # as on a network, others get their turn
        await self.gate.wait()
        if self.down:
            self.refused += 1
            raise StoreUnavailable("down")
