"""The last events of each open room, in memory: what most people ask for is what was said last.

A window is contiguous and ends with the last event delivered here, so all that happened to a message in it is in it
too. What was deleted is forgotten at once.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from itertools import islice

from chat_service.archive import MAX_COUNTED
from chat_service.directory import DELETED_NAME
from chat_service.events import (
    AnyEvent,
    Delete,
    Edit,
    Leave,
    Message,
    MessageChange,
    Person,
    Pin,
    Unpin,
    people_in,
    without_text,
)
from chat_service.page_bounds import EVENT_BYTES, reactions_size, size
from chat_service.store import EventStore
from chat_service.timeline import Entry, FoldedMessage, fold_run, forgotten

OPENING_EVENTS = 50  # read when a room opens: as cheap as reading its head
MAX_WINDOW_EVENTS = 250
MAX_BYTES = 64 * 1024 * 1024  # of all rooms; past it, the room that has been quiet the longest is forgotten

Settle = Callable[[str, list[MessageChange]], None]


class _Window:
    def __init__(self, head: int) -> None:
        self.head = head
        self.events: deque[AnyEvent] = deque()
        self.bytes = 0
        self._entries: list[Entry] | None = None
        self._entries_bytes = 0  # of `bytes`

    @property
    def first(self) -> int:
        return self.head - len(self.events) + 1

    def entries(self) -> list[Entry]:
        """Folded once for all who ask until something happens: after a restart, thousands do."""
        if self._entries is None:
            self._entries = fold_run(self.events)
            folded = [entry for entry in self._entries if isinstance(entry, FoldedMessage)]  # others are the events
            self._entries_bytes = sum(EVENT_BYTES + reactions_size(entry) for entry in folded)  # texts are shared
            self.bytes += self._entries_bytes
        return self._entries

    def above(self, seq: int) -> list[AnyEvent]:
        return list(islice(self.events, max(0, seq + 1 - self.first), None))

    def add(self, event: AnyEvent) -> None:
        self._outdate()
        if event.seq != self.head + 1:
            self.forget()
        self.events.append(event)
        self.head = event.seq
        self.bytes += size(event)
        if len(self.events) > MAX_WINDOW_EVENTS:
            self.bytes -= size(self.events.popleft())

    def forget(self) -> None:
        self._outdate()
        self.events.clear()
        self.bytes = 0

    def is_too_late(self, edit: Edit) -> bool:
        """Whether the message was deleted before, and the edit not erased with it."""
        deletions = (event for event in self.events if isinstance(event, Delete))
        return not edit.erased and any(deletion.target == edit.target for deletion in deletions)

    def become(self, now: Callable[[AnyEvent], AnyEvent]) -> None:
        """Keep every event as it is now; `now` gives back the same one where nothing is different."""
        for number, before in enumerate(self.events):
            event = now(before)
            if event is not before:
                self._outdate()
                self.events[number] = event
                self.bytes -= size(before) - size(event)

    def _outdate(self) -> None:
        self._entries = None
        self.bytes -= self._entries_bytes
        self._entries_bytes = 0

    def erase_message(self, seq: int) -> None:
        def now(event: AnyEvent) -> AnyEvent:
            if isinstance(event, Message | Edit) and (event.target if isinstance(event, Edit) else event.seq) == seq:
                return without_text(event)
            return event

        self.become(now)


class Recent:
    """`settle` is told of every change that something kept beside the log has to follow: see Archive.settle."""

    def __init__(self, store: EventStore, settle: Settle) -> None:
        self._store = store
        self._settle = settle
        self._windows: OrderedDict[str, _Window] = OrderedDict()
        self._bytes = 0
        self._deleted: dict[str, bool] = {}  # and whether their texts go too

    async def open(self, room: str) -> int:
        """Begin with a room's last events; returns its head.

        Raises:
            StoreUnavailable
        """
        events = await self._store.before(room, None, OPENING_EVENTS)
        head = events[-1].seq if events else 0
        self.close(room)
        self._windows[room] = _Window(events[0].seq - 1 if events else 0)
        self._add(room, events)  # who left of them with their account, the store has forgotten before it was told
        return head

    def add(self, room: str, events: Sequence[AnyEvent]) -> None:
        """What an open room's feed delivers."""
        for event in events:
            if isinstance(event, Leave) and event.deleted and event.author.id not in self._deleted:
                self.forget(event.author.id, erase=event.erased)
        self._add(room, events)

    def _add(self, room: str, events: Sequence[AnyEvent]) -> None:
        window = self._windows.get(room)
        if window is None:
            return
        self._windows.move_to_end(room)
        before = window.bytes
        unsettled: list[MessageChange] = []
        for event in events:
            if self._deleted:
                event = self._without_deleted(event)  # noqa: PLW2901 - it may have been read before the store forgot
            window.add(event)
            if isinstance(event, Message):  # nearly all are
                continue
            if isinstance(event, Delete) or (isinstance(event, Edit) and window.is_too_late(event)):
                window.erase_message(event.target)
                unsettled.append(event)
            elif isinstance(event, Pin | Unpin):
                unsettled.append(event)
        self._bytes += window.bytes - before
        self._forget_what_is_too_much()
        if unsettled:
            self._settle(room, unsettled)

    def close(self, room: str) -> None:
        """The room is not open here any more."""
        if window := self._windows.pop(room, None):
            self._bytes -= window.bytes

    def forget(self, person: str, *, erase: bool) -> None:
        """Forget a deleted person's name and, with `erase`, every text they wrote, as Archive does with what is stored.

        What is read while that is still under way is forgotten as it comes: who is deleted says nothing new.
        """
        self._deleted[person] = erase
        for window in self._windows.values():
            before = window.bytes
            window.become(self._without_deleted)
            self._bytes += window.bytes - before

    def head(self, room: str) -> int | None:
        """The last event that was delivered here, if the room is open."""
        window = self._windows.get(room)
        return window.head if window else None

    def between(self, room: str, seq: int, head: int) -> list[AnyEvent] | None:
        """The events above `seq` up to `head`, or None if not all of them are here."""
        window = self._windows.get(room)
        if window is None or not window.first <= seq + 1 or head > window.head:
            return None
        return [event for event in window.above(seq) if event.seq <= head]

    def newest(self, room: str, limit: int) -> tuple[list[Entry], int, bool] | None:
        """The last `limit` entries as they are now, up to which event, and whether there is anything before them.

        None if there are not so many here.
        """
        window = self._windows.get(room)
        if window is None:
            return None
        before, first = window.bytes, window.first
        entries = window.entries()
        self._bytes += window.bytes - before
        self._forget_what_is_too_much()
        if len(entries) <= limit and first > 1:
            return None
        return entries[-limit:], window.head, len(entries) > limit

    def message(self, room: str, seq: int) -> FoldedMessage | None:
        """A message as it is now, or None if it is not here."""
        window = self._windows.get(room)
        if window is None or not window.first <= seq <= window.head:
            return None
        entry = next(iter(fold_run(event for event in window.above(seq - 1) if concerns(event, seq))), None)
        return entry if isinstance(entry, FoldedMessage) else None

    def unread(self, room: str, person: str, marker: int, up_to: int | None = None) -> tuple[int, int] | None:
        """As Archive.unread, or None if not all of that is here."""
        window = self._windows.get(room)
        if window is None or window.first > marker + 1 or (up_to is not None and window.head < up_to):
            return None
        up_to = window.head if up_to is None else up_to
        unread = {
            event.seq: event.mentions
            for event in window.above(marker)
            if isinstance(event, Message) and event.seq <= up_to and not event.erased and event.author.id != person
        }
        for event in window.above(marker) if unread else ():
            if isinstance(event, Edit) and event.target in unread:
                unread[event.target] = event.mentions
        return min(len(unread), MAX_COUNTED), sum(person in mentions for mentions in unread.values())

    def _without_deleted(self, event: AnyEvent) -> AnyEvent:
        for person in people_in(event):
            if person.id in self._deleted:
                event = forgotten(event, Person(person.id, DELETED_NAME), erase=self._deleted[person.id])
        return event

    def _forget_what_is_too_much(self) -> None:
        for window in self._windows.values():  # the quietest first
            if self._bytes <= MAX_BYTES:
                return
            self._bytes -= window.bytes
            window.forget()


def concerns(event: AnyEvent, seq: int) -> bool:
    """Whether this is the message `seq`, or something that happened to it."""
    if isinstance(event, MessageChange):
        return event.target == seq
    return event.seq == seq or (isinstance(event, Message) and event.thread == seq)
