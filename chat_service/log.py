"""The room log: every event gets the next number of its room, once, and is acknowledged when it is on disk.

Each room that is being written to has one writer on this replica. What arrives while one insert is under way goes
into the next (group commit). The insert itself is the commit: a unique index on (room, seq) lets one replica win a
number and tells the others to try the next.
"""

import asyncio
import itertools
import random
import time
from collections.abc import Callable
from typing import NamedTuple

import msgspec
import structlog

from chat_service import metrics
from chat_service.errors import Unavailable
from chat_service.events import AnyEvent, EventKey
from chat_service.store import EventStore, StoreUnavailable

log = structlog.get_logger(__name__)

MAX_BATCH_EVENTS = 500
MAX_BATCH_BYTES = 256 * 1024  # a batch goes to its members as one frame
MAX_PENDING_EVENTS = 10_000  # per room and replica; past it the store is too slow to promise anything
MAX_KNOWN_HEADS = 10_000
DEADLINE_SECONDS = 5.0  # then the sender is told to try again
CONFLICT_PAUSE_SECONDS = 0.005
LONGEST_PAUSE_SECONDS = 0.5

Committed = Callable[[str, list[AnyEvent]], None]


class Log:
    """All rooms' logs, as this replica writes them; `committed` is told of every event it stored, in order."""

    def __init__(self, store: EventStore, committed: Committed) -> None:
        self._store = store
        self._committed = committed
        self._writers: dict[str, _Writer] = {}
        self._heads: dict[str, int] = {}

    async def append(self, room: str, draft: AnyEvent) -> AnyEvent:
        """Commit an event and return it as stored; for an (author, id) stored before, that first one.

        Drafts appended by one task keep their order, as do those appended without waiting in between.

        Raises:
            Unavailable: not known to be stored within the deadline; appending the same draft again is safe.
        """
        writer = self._writers.get(room)
        if writer is None:
            writer = self._writers[room] = _Writer(self, room)
        future = writer.add(draft)
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                return await asyncio.shield(future)  # a sender who hangs up doesn't undo a commit
        except TimeoutError:
            raise Unavailable from None

    def learn(self, room: str, seq: int) -> None:
        """`seq` is stored, by whichever replica: the next number is above it, which spares a conflict."""
        if seq > self._heads.get(room, -1):
            self._heads[room] = seq
            if len(self._heads) > MAX_KNOWN_HEADS:
                del self._heads[next(iter(self._heads))]  # the room that was new the longest ago

    async def drain(self) -> None:
        """Wait until everything accepted so far is answered."""
        await asyncio.gather(*(writer.task for writer in self._writers.values()), return_exceptions=True)

    async def commit(self, room: str, drafts: list[AnyEvent]) -> list[AnyEvent]:
        """Number drafts and store them, up to the first conflict; returns those stored."""
        if room not in self._heads:
            self._heads[room] = await self._store.head(room)
        now = int(time.time() * 1000)
        first = self._heads[room] + 1
        events = [msgspec.structs.replace(draft, seq=seq, at=now) for seq, draft in enumerate(drafts, first)]
        began = time.perf_counter()
        stored = events[: await self._store.append(room, events)]
        metrics.COMMIT_SECONDS.observe(time.perf_counter() - began)
        metrics.EVENTS_COMMITTED.inc(len(stored))
        if stored:
            self.learn(room, stored[-1].seq)
            self._committed(room, stored)
        return stored

    async def beaten(self, room: str) -> bool:
        """After a conflict: whether another replica took the number; if not, we have stored the event before."""
        tried = self._heads.pop(room, 0) + 1
        head = await self._store.head(room)
        self.learn(room, head)
        return head >= tried

    async def recall(self, room: str, keys: list[EventKey]) -> list[AnyEvent]:
        """Those stored by an earlier attempt; the head is looked up anew for the next one."""
        self._heads.pop(room, None)
        found = await self._store.find(room, keys)
        if found:
            self._committed(room, found)  # whoever stored them may not have lived to tell
        return found

    def forget(self, room: str) -> None:
        """The room's writer has nothing left to do."""
        del self._writers[room]


class _Pending(NamedTuple):
    draft: AnyEvent
    future: asyncio.Future[AnyEvent]
    deadline: float
    size: int


class _Writer:
    """Writes one room's events while there are any, one batch after the other."""

    def __init__(self, owner: Log, room: str) -> None:
        self._log = owner
        self._room = room
        self._pending: dict[EventKey, _Pending] = {}
        self.task = asyncio.create_task(self._run(), name=f"log {room}")

    def add(self, draft: AnyEvent) -> asyncio.Future[AnyEvent]:
        if draft.key in self._pending:  # the same event sent twice before the first was stored
            return self._pending[draft.key].future
        if len(self._pending) >= MAX_PENDING_EVENTS:
            raise Unavailable
        future: asyncio.Future[AnyEvent] = asyncio.get_running_loop().create_future()
        deadline = asyncio.get_running_loop().time() + DEADLINE_SECONDS
        self._pending[draft.key] = _Pending(draft, future, deadline, len(msgspec.json.encode(draft)))
        return future

    async def _run(self) -> None:
        in_doubt = False  # whether an earlier attempt may have stored some of what is pending
        pause = 0.0
        try:
            while self._pending:
                try:
                    if in_doubt:
                        attempted = [draft.key for draft in self._next_batch()]
                        self._answer(await self._log.recall(self._room, attempted))
                        in_doubt = False
                        self._give_up_late()
                        continue
                    drafts = self._next_batch()
                    stored = await self._log.commit(self._room, drafts)
                    self._answer(stored)
                    pause /= 2
                    if len(stored) < len(drafts):
                        metrics.COMMIT_CONFLICTS.inc()
                        pause = CONFLICT_PAUSE_SECONDS
                        in_doubt = not await self._log.beaten(self._room)
                except StoreUnavailable as reason:
                    log.warning("store unavailable", room=self._room, pending=len(self._pending), reason=str(reason))
                    in_doubt = True
                    pause = min(max(pause, CONFLICT_PAUSE_SECONDS) * 2, LONGEST_PAUSE_SECONDS)
                    self._give_up_late()
                if pause > CONFLICT_PAUSE_SECONDS / 8:
                    # Who lost waits a random while; so does who won after a conflict, or the losers would starve.
                    await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 - jitter
        except Exception:  # a programming error: the senders are answered, and the next event gets a new writer
            log.exception("log writer failed", room=self._room)
        finally:
            for pending in self._pending.values():
                _refuse(pending.future)
            self._log.forget(self._room)

    def _next_batch(self) -> list[AnyEvent]:
        drafts: list[AnyEvent] = []
        size = 0
        for pending in itertools.islice(self._pending.values(), MAX_BATCH_EVENTS):
            size += pending.size
            if drafts and size > MAX_BATCH_BYTES:
                break
            drafts.append(pending.draft)
        return drafts

    def _answer(self, stored: list[AnyEvent]) -> None:
        for event in stored:
            future = self._pending.pop(event.key).future
            if not future.done():
                future.set_result(event)

    def _give_up_late(self) -> None:
        now = asyncio.get_running_loop().time()
        for key, pending in list(self._pending.items()):
            if pending.deadline <= now:
                del self._pending[key]
                _refuse(pending.future)


def _refuse(future: asyncio.Future[AnyEvent]) -> None:
    if not future.done():
        future.set_exception(Unavailable())
        future.exception()  # its sender may have left: nobody need retrieve it
