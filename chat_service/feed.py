"""One room's events on this replica, strictly in order, whichever way and in whichever order they arrive.

Events come from this replica's own commits, from the relay and from the store. The next in order goes out; one that
went out before is dropped; one from the future waits while the gap before it is read from the store.
"""

import asyncio
from collections.abc import Callable, Iterable

import structlog

from chat_service import metrics
from chat_service.events import AnyEvent
from chat_service.store import EventStore, StoreUnavailable

log = structlog.get_logger(__name__)

GAP_PATIENCE_SECONDS = 0.05  # what is missing is mostly on its way already
READ_EVENTS = 100  # delivered as one: no more than an outbox takes, were they all of the greatest length
RETRY_SECONDS = 0.5
MAX_WAITING_EVENTS = 5000  # past it the store is read anyway, so none need wait in memory

Deliver = Callable[[list[AnyEvent]], None]


class Feed:
    """`position` is the seq of the last event delivered; `deliver` gets contiguous, ascending events."""

    def __init__(self, room: str, store: EventStore, deliver: Deliver) -> None:
        self.room = room
        self.position = 0
        self._store = store
        self._deliver = deliver
        self._started = False
        self._head = 0  # the highest seq known to exist
        self._waiting: dict[int, AnyEvent] = {}
        self._repair: asyncio.Task[None] | None = None
        self._advanced = asyncio.Event()

    def start(self, head: int) -> None:
        """Begin after `head`; what was offered before and lies above it follows."""
        self.position = head
        self._started = True
        self._advance()

    def offer(self, events: Iterable[AnyEvent]) -> None:
        """Take events in any order, any number of times."""
        self._take(events, MAX_WAITING_EVENTS)

    def notice_head(self, head: int) -> None:
        """The store has events up to `head`: get those that never arrived."""
        self._head = max(self._head, head)
        if self._started:
            self._advance()

    async def reach(self, seq: int) -> None:
        """Wait until everything up to `seq`, which the store must have, is delivered."""
        self.notice_head(seq)
        while self.position < seq:
            await self._advanced.wait()

    def close(self) -> None:
        if self._repair:
            self._repair.cancel()

    def _take(self, events: Iterable[AnyEvent], most: int) -> None:
        for event in events:
            if event.seq > self.position and len(self._waiting) < most:
                self._waiting[event.seq] = event
            self._head = max(self._head, event.seq)
        if self._started:
            self._advance()

    def _advance(self) -> None:
        ready: list[AnyEvent] = []
        while event := self._waiting.pop(self.position + 1, None):
            self.position = event.seq
            ready.append(event)
        if ready:
            self._deliver(ready)
            self._advanced.set()  # wakes who waits, and is set for no later one
            self._advanced.clear()
        if self._waiting and min(self._waiting) <= self.position:  # offered before the start, and older than it
            self._waiting = {seq: event for seq, event in self._waiting.items() if seq > self.position}
        if self._head > self.position and self._repair is None:
            self._repair = asyncio.create_task(self._fill_gap(), name=f"gap in {self.room}")

    async def _fill_gap(self) -> None:
        try:
            await asyncio.sleep(GAP_PATIENCE_SECONDS)
            if self._head > self.position:
                metrics.GAPS_REPAIRED.inc()
            while self._head > self.position:
                before = self.position
                try:
                    found = await self._store.after(self.room, before, READ_EVENTS)
                except StoreUnavailable as reason:  # nobody can know better now: try until it is back
                    log.warning("gap not filled yet", room=self.room, after=before, reason=str(reason))
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
                self._take(found, MAX_WAITING_EVENTS + READ_EVENTS)  # what waits leaves room for what it waits for
                if not found:  # a head that the store does not confirm: believe the store
                    self._head = self.position
                elif self.position == before:  # somebody deleted from the log: waiting for it must not cost a core
                    log.error("hole in the log", room=self.room, after=before)
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            self._repair = None
