"""The room log: every event gets the next number of its room, once, and is acknowledged when it is on disk.

Each room that is being written to has one writer on this replica. What arrives while one insert is under way goes
into the next (group commit). The insert itself is the commit: a unique index on (room, seq) lets one replica win a
number and tells the others to try the next. Where that happens often, one replica commits for the others (handover).
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence

import msgspec

from chassis import tracing
from chat_service import handover, metrics, writer
from chat_service.errors import Unavailable
from chat_service.events import AnyEvent, EventKey
from chat_service.handover import Contended, Drafts, Handover
from chat_service.store import EventStore
from chat_service.writer import RoomWriter

MAX_KNOWN_HEADS = 10_000

Committed = Callable[[str, list[AnyEvent]], None]


class Log:
    """All rooms' logs, as this replica writes them; `committed` is told of every event it stored, in order.

    `handover` is for a replica that has others beside it.
    """

    def __init__(self, store: EventStore, committed: Committed, handover: Handover | None = None) -> None:
        self.handover = handover
        self._store = store
        self._committed = committed
        self._writers: dict[str, RoomWriter] = {}
        self._heads: dict[str, int] = {}

    async def append(self, room: str, draft: AnyEvent) -> AnyEvent:
        """Commit an event and return it as stored; for an (author, id) stored before, that first one.

        Drafts appended by one task keep their order, as do those appended without waiting in between.

        Raises:
            Unavailable: not known to be stored within the deadline; appending the same draft again is safe.
        """
        future = self._writer(room).add(draft)
        try:
            async with asyncio.timeout(writer.DEADLINE_SECONDS):
                return await asyncio.shield(future)  # a sender who hangs up doesn't undo a commit
        except TimeoutError:
            raise Unavailable from None

    def learn(self, room: str, seq: int) -> None:
        """`seq` is stored, by whichever replica: the next number is above it, which spares a conflict."""
        if seq > self._heads.get(room, -1):
            self._heads[room] = seq
            if len(self._heads) > MAX_KNOWN_HEADS:
                del self._heads[next(iter(self._heads))]  # the room that was new the longest ago

    def stored_elsewhere(self, room: str, events: Sequence[AnyEvent]) -> None:
        """Another replica stored these, some of them perhaps for us."""
        self.learn(room, max(event.seq for event in events))
        if room in self._writers:
            self._writers[room].answer(events)

    def receive(self, payload: bytes) -> None:
        """What another replica says of who shall write."""
        if self.handover is None:
            return
        match handover.decode(payload):
            case Contended(room, replica):
                self.handover.contended(room, replica)
            case Drafts(room, drafts):
                if room in self._writers:
                    self.handover.given(room)
                with contextlib.suppress(Unavailable):  # too much is waiting here: the giver goes on by itself
                    for draft in drafts:
                        self._writer(room).add(draft)

    async def drain(self) -> None:
        """Wait until everything accepted so far is answered."""
        await asyncio.gather(*(writer.task for writer in self._writers.values()), return_exceptions=True)

    async def number(self, room: str, drafts: list[AnyEvent]) -> list[AnyEvent]:
        """Give drafts the numbers that come next, as far as this replica knows."""
        if room not in self._heads:
            self._heads[room] = await self._store.head(room)
        now = int(time.time() * 1000)
        first = self._heads[room] + 1
        return [msgspec.structs.replace(draft, seq=seq, at=now) for seq, draft in enumerate(drafts, first)]

    async def commit(self, room: str, events: list[AnyEvent]) -> list[AnyEvent]:
        """Store numbered events, up to the first conflict; returns those stored."""
        began = time.perf_counter()
        with tracing.batch("insert", [tracing.here()], **{"db.system.name": "mongodb"}):
            stored = events[: await self._store.append(room, events)]
        metrics.COMMIT_SECONDS.observe(time.perf_counter() - began)
        metrics.EVENTS_COMMITTED.inc(len(stored))
        if stored:
            self.learn(room, stored[-1].seq)
            self._committed(room, stored)
        return stored

    async def beaten(self, room: str, seq: int) -> bool:
        """After a conflict: whether another replica took this number; if not, we have stored the event before."""
        if self._heads.get(room, 0) < seq:  # else the winner has told us by now
            self.learn(room, await self._store.head(room))
        return self._heads[room] >= seq

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

    def _writer(self, room: str) -> RoomWriter:
        if room not in self._writers:
            self._writers[room] = RoomWriter(self, room)
        return self._writers[room]
