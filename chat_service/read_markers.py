"""How far each member has read: gathered, written together, and told when it is stored.

A marker that is lost with its replica, within the second before it is written, is moved again by the next reading.
"""

import asyncio
import itertools
from collections.abc import Callable, Sequence

import structlog

from chat_service import signals
from chat_service.directory import MemberStore
from chat_service.events import ROOM_TOPIC_PREFIX
from chat_service.relay import Relay
from chat_service.signals import Mark
from chat_service.store import StoreUnavailable

log = structlog.get_logger(__name__)

WRITE_SECONDS = 1.0  # between two writes of this replica
MAX_WRITTEN = 1000  # at once
MAX_PENDING = 100_000  # while the store is away; past it, the oldest are forgotten
FLUSH_SECONDS = 5.0  # for the last ones, at the end

Moved = Callable[[str, Sequence[Mark]], None]


class ReadMarkers:
    """`moved(room, marks)` is called for what is stored, whichever replica stored it."""

    def __init__(self, store: MemberStore, relay: Relay, moved: Moved) -> None:
        self._store = store
        self._relay = relay
        self._moved = moved
        self._pending: dict[tuple[str, str], Mark] = {}
        self._something = asyncio.Event()
        self._hurry = asyncio.Event()
        self._writing = asyncio.Lock()

    def move(self, room: str, mark: Mark) -> None:
        """A member has read up to there."""
        before = self._pending.pop((room, mark.person), None)
        if before and not mark.back:  # what goes back first and then forward again went back, all the same
            mark = Mark(mark.person, max(before.seq, mark.seq) if not before.back else mark.seq, before.back)
        self._pending[room, mark.person] = mark
        if len(self._pending) > MAX_PENDING:
            del self._pending[next(iter(self._pending))]
        self._something.set()

    def hurry(self) -> None:
        """Somebody leaves, and reads on elsewhere: write now."""
        if self._pending:
            self._hurry.set()

    async def keep_writing(self) -> None:
        """Run for ever."""
        while True:
            await self._something.wait()
            await self._write()
            if len(self._pending) < MAX_WRITTEN:
                try:
                    async with asyncio.timeout(WRITE_SECONDS):
                        await self._hurry.wait()
                except TimeoutError:  # nobody is in a hurry
                    pass
            self._hurry.clear()

    async def flush(self) -> None:
        """Write what is left, if that takes no longer than a moment."""
        try:
            async with asyncio.timeout(FLUSH_SECONDS):
                while (self._pending or self._writing.locked()) and await self._write():
                    pass
        except TimeoutError:  # nothing acknowledged is lost by it
            log.warning("markers not written", pending=len(self._pending))

    async def _write(self) -> bool:
        async with self._writing:
            return await self._write_next()

    async def _write_next(self) -> bool:
        batch = dict(itertools.islice(self._pending.items(), MAX_WRITTEN))
        for key in batch:
            del self._pending[key]
        if not batch:
            return True
        try:
            await self._store.mark_read([(room, mark) for (room, _), mark in batch.items()])
        except StoreUnavailable as reason:
            log.warning("markers not written yet", pending=len(batch), reason=str(reason))
            later, self._pending = self._pending, batch
            for (room, _), mark in later.items():
                self.move(room, mark)
            return False
        if not self._pending:
            self._something.clear()
        rooms: dict[str, list[Mark]] = {}
        for (room, person), mark in batch.items():
            if (room, person) not in self._pending:  # else it was moved on meanwhile, and where to is told in a moment
                rooms.setdefault(room, []).append(mark)
        for room, marks in rooms.items():
            self._relay.publish(ROOM_TOPIC_PREFIX + room, signals.encode(signals.Marked(marks)))
            self._moved(room, marks)
        return True
