"""A store that fails, waits and counts on command, around a real one."""

import asyncio
import contextvars
from collections import deque
from collections.abc import Collection, Sequence
from enum import Enum, auto

from chat_service.archive import MAX_SEQ
from chat_service.archive_memory import Logs, MemoryArchive
from chat_service.commands import Level
from chat_service.directory import MemberStore, Moment
from chat_service.events import AnyEvent, EventKey, MessageChange, Person, RoomChange
from chat_service.membership import Change, Member
from chat_service.signals import Mark
from chat_service.store import EventStore, StoreUnavailable

LATE_SECONDS = 0.5


class Fault(Enum):
    """What becomes of one append."""

    NONE = auto()
    BEFORE = auto()
    """The server was not reached."""
    AFTER = auto()
    """Stored, but the answer was lost."""
    LATE = auto()
    """Stored when nobody waits for it any more."""
    HALFWAY = auto()
    """The first half stored, then the server died."""
    BUG = auto()
    """A programming error."""


class FaultyEventStore:
    """`faults` are used up one for each append; while `down`, nothing is reached; while `gate` is closed, all wait."""

    def __init__(self, store: EventStore, latency_seconds: float = 0.0) -> None:
        self._latency_seconds = latency_seconds
        self.faults: deque[Fault] = deque()
        self.down = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.batches: list[list[AnyEvent]] = []
        self.reads = 0
        self.slices: list[int] = []
        self.refused = 0
        self._store = store
        self._under_way: list[asyncio.Task[None]] = []

    async def append(self, room: str, events: Sequence[AnyEvent]) -> int:
        self.batches.append(list(events))
        await self._reach()
        match self.faults.popleft() if self.faults else Fault.NONE:
            case Fault.BEFORE:
                raise StoreUnavailable("before")
            case Fault.AFTER:
                await self._store.append(room, events)
                raise StoreUnavailable("after")
            case Fault.LATE:
                # On behalf of nobody: the server goes on though a drill may kill the process that asked it.
                late = self._append_late(room, list(events))
                self._under_way.append(contextvars.Context().run(asyncio.create_task, late))
                raise StoreUnavailable("late")
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

    async def changes(self, room: str, seq: int, limit: int) -> list[RoomChange]:
        await self._reach()
        return await self._store.changes(room, seq, limit)

    async def before(self, room: str, seq: int | None, limit: int) -> list[AnyEvent]:
        await self._reach()
        return await self._store.before(room, seq, limit)

    async def _append_late(self, room: str, events: Sequence[AnyEvent]) -> None:
        await asyncio.sleep(LATE_SECONDS)
        await self._store.append(room, events)

    async def _reach(self) -> None:
        await asyncio.sleep(self._latency_seconds)  # as on a network, others get their turn
        await self.gate.wait()
        if self.down:
            self.refused += 1
            raise StoreUnavailable("down")


class FaultyMemberStore:
    """`dies_before_applying` fails one `apply` after another; while `down`, nothing is reached."""

    def __init__(self, store: MemberStore) -> None:
        self.down = False
        self.dies_before_applying = 0
        self.applied = 0
        self.reads = 0
        self._store = store

    async def apply(self, room: str, changes: Sequence[Change]) -> None:
        self._reach()
        if self.dies_before_applying:
            self.dies_before_applying -= 1
            raise StoreUnavailable("died")
        self.applied += 1
        await self._store.apply(room, changes)

    async def get(self, room: str, people: Collection[str]) -> list[Member]:
        self._read()
        return await self._store.get(room, people)

    async def of(self, person: str) -> list[Member]:
        self._read()
        return await self._store.of(person)

    async def last_change(self) -> int:
        self._read()
        return await self._store.last_change()

    async def changed(self, after: Moment, limit: int) -> list[tuple[Moment, Member]]:
        self._read()
        return await self._store.changed(after, limit)

    async def find(self, room: str, query: str, after: str | None, limit: int, *, banned: bool) -> list[Member]:
        self._read()
        return await self._store.find(room, query, after, limit, banned=banned)

    async def named(self, room: str, keys: Collection[str]) -> list[Person]:
        self._read()
        await asyncio.sleep(0)  # as on a network, others get their turn
        return await self._store.named(room, keys)

    async def count(self, rooms: Collection[str]) -> dict[str, int]:
        self._read()
        return await self._store.count(rooms)

    async def owners(self, room: str) -> list[str]:
        self._read()
        return await self._store.owners(room)

    async def eldest(self, room: str) -> Member | None:
        self._read()
        return await self._store.eldest(room)

    async def ids(self, room: str) -> list[str]:
        self._read()
        return await self._store.ids(room)

    async def mark_read(self, marks: Sequence[tuple[str, Mark]]) -> None:
        self._reach()
        await self._store.mark_read(marks)

    async def set_level(self, room: str, person: str, level: Level) -> None:
        self._reach()
        await self._store.set_level(room, person, level)

    async def take_turn(self, room: str, person: str, seconds: int) -> float:
        self._reach()
        return await self._store.take_turn(room, person, seconds)

    def _read(self) -> None:
        self.reads += 1
        self._reach()

    def _reach(self) -> None:
        if self.down:
            raise StoreUnavailable("down")


class FaultyArchive(MemoryArchive):
    """An archive in memory: while `down`, nothing is settled; while `gate` is closed, what is asked for waits."""

    def __init__(self, logs: Logs) -> None:
        super().__init__(logs)
        self.down = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.reads = 0

    async def settle(self, room: str, changes: Sequence[MessageChange]) -> None:
        await self.gate.wait()
        if self.down:
            raise StoreUnavailable("down")
        await super().settle(room, changes)

    async def count_changes(self, room: str, target: int, limit: int) -> int:
        await self.gate.wait()
        return await super().count_changes(room, target, limit)

    async def unread(self, room: str, person: str, marker: int, up_to: int = MAX_SEQ) -> tuple[int, int]:
        self.reads += 1
        return await super().unread(room, person, marker, up_to)
