"""One room's events on their way into its log: batch after batch, by this replica or by another.

Whatever happens in between, an event is answered only once it is known to be stored. After any failure whose effect is
unknown, the store is asked what it has before anything is numbered again.
"""

import asyncio
import contextvars
import itertools
import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import msgspec
import structlog

from chassis import tracing
from chat_service import metrics
from chat_service.errors import Unavailable
from chat_service.events import AnyEvent, EventKey
from chat_service.handover import PATIENCE_SECONDS, Handover
from chat_service.store import StoreUnavailable

log = structlog.get_logger(__name__)

MAX_BATCH_EVENTS = 500
MAX_BATCH_BYTES = 256 * 1024  # a batch goes to its members as one frame
MAX_PENDING_EVENTS = 10_000  # per room and replica; past it the store is too slow to promise anything
DEADLINE_SECONDS = 5.0  # then the sender is told to try again
CONFLICT_PAUSE_SECONDS = 0.005
LONGEST_PAUSE_SECONDS = 0.5


class _Pending(NamedTuple):
    draft: AnyEvent
    future: asyncio.Future[AnyEvent]
    deadline: float
    size: int
    origin: str


class Commits(Protocol):
    """What a writer works with: the log that it belongs to."""

    @property
    def handover(self) -> Handover | None: ...

    async def number(self, room: str, drafts: list[AnyEvent]) -> list[AnyEvent]:
        """Give drafts the numbers that come next, as far as this replica knows."""
        ...

    async def commit(self, room: str, events: list[AnyEvent]) -> list[AnyEvent]:
        """Store numbered events, up to the first conflict; returns those stored."""
        ...

    async def beaten(self, room: str, seq: int) -> bool:
        """After a conflict: whether another replica took this number; if not, we have stored the event before."""
        ...

    async def recall(self, room: str, keys: list[EventKey]) -> list[AnyEvent]:
        """Those stored by an earlier attempt; the head is looked up anew for the next one."""
        ...

    def forget(self, room: str) -> None:
        """The room's writer has nothing left to do."""
        ...


class RoomWriter:
    """Writes one room's events while there are any, one batch after the other."""

    def __init__(self, owner: Commits, room: str) -> None:
        self._log = owner
        self._room = room
        self._pending: dict[EventKey, _Pending] = {}
        self._given: set[EventKey] = set()
        self._answered = asyncio.Event()
        self._pause = 0.0
        self._in_doubt = False  # whether an earlier attempt may have stored some of what is pending
        # In a context of its own: it works for many, not for the request that happened to be the first.
        self.task = asyncio.create_task(self._run(), name=f"log {room}", context=contextvars.Context())

    def add(self, draft: AnyEvent) -> asyncio.Future[AnyEvent]:
        if draft.key in self._pending:  # the same event sent twice before the first was stored
            return self._pending[draft.key].future
        if len(self._pending) >= MAX_PENDING_EVENTS:
            raise Unavailable
        future: asyncio.Future[AnyEvent] = asyncio.get_running_loop().create_future()
        deadline = asyncio.get_running_loop().time() + DEADLINE_SECONDS
        self._pending[draft.key] = _Pending(draft, future, deadline, len(msgspec.json.encode(draft)), tracing.here())
        return future

    def answer(self, stored: Sequence[AnyEvent]) -> None:
        """Those of these that are waited for are stored."""
        for event in stored:
            pending = self._pending.pop(event.key, None)
            if pending is not None and not pending.future.done():
                pending.future.set_result(event)
            self._given.discard(event.key)
        if not self._given:
            self._answered.set()

    async def _run(self) -> None:
        try:
            while self._pending:
                try:
                    await self._commit_some()
                except StoreUnavailable as reason:
                    log.warning("store unavailable", room=self._room, pending=len(self._pending), reason=str(reason))
                    self._in_doubt = True
                    self._pause = min(max(self._pause, CONFLICT_PAUSE_SECONDS) * 2, LONGEST_PAUSE_SECONDS)
                    self._give_up_late()
                if self._pause > CONFLICT_PAUSE_SECONDS / 8:
                    # Who lost waits a random while; so does who won after a conflict, or the losers would starve.
                    await asyncio.sleep(random.uniform(0, self._pause))  # noqa: S311 - jitter
        except Exception:  # a programming error: the senders are answered, and the next event gets a new writer
            log.exception("log writer failed", room=self._room)
        finally:
            for pending in self._pending.values():
                _refuse(pending.future)
            self._log.forget(self._room)

    async def _commit_some(self) -> None:
        drafts = self._next_batch()
        others = self._log.handover
        if self._in_doubt:
            self.answer(await self._log.recall(self._room, [draft.key for draft in drafts]))
            self._in_doubt = False
            self._give_up_late()
        elif others and (writer := others.writer_elsewhere(self._room)):
            others.give(writer, self._room, drafts)
            self._pause = 0.0
            if not await self._answered_by_another(drafts):
                others.unanswered(self._room, writer)
                self._in_doubt = True
        else:
            with tracing.batch("commit", self._origins(drafts), room=self._room, events=len(drafts)):
                events = await self._log.number(self._room, drafts)
                stored = await self._log.commit(self._room, events)
            self.answer(stored)
            self._pause /= 2
            if len(stored) < len(events):
                metrics.COMMIT_CONFLICTS.inc()
                self._pause = CONFLICT_PAUSE_SECONDS
                self._in_doubt = not await self._log.beaten(self._room, events[len(stored)].seq)
                if others and not self._in_doubt:
                    others.conflict(self._room)

    def _next_batch(self) -> list[AnyEvent]:
        drafts: list[AnyEvent] = []
        size = 0
        for pending in itertools.islice(self._pending.values(), MAX_BATCH_EVENTS):
            size += pending.size
            if drafts and size > MAX_BATCH_BYTES:
                break
            drafts.append(pending.draft)
        return drafts

    def _origins(self, drafts: list[AnyEvent]) -> Iterator[str]:
        return (self._pending[draft.key].origin for draft in drafts)

    async def _answered_by_another(self, drafts: list[AnyEvent]) -> bool:
        """Wait for another replica to commit these; returns whether it has, all of them."""
        self._given = {draft.key for draft in drafts}
        self._answered.clear()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._answered.wait()
        except TimeoutError:  # it died, or its answer got lost
            return False
        return True

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
