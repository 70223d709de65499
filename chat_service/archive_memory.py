"""The archive in this process's memory, over the store there: for tests, as true to the port's promises."""

from collections import Counter
from collections.abc import Collection, Sequence

import msgspec

from chat_service.archive import MAX_COUNTED, MAX_LOOKED_THROUGH, MAX_SEQ, Said
from chat_service.events import (
    AnyEvent,
    Delete,
    Edit,
    Message,
    MessageChange,
    Person,
    Pin,
    Unpin,
    with_name,
    without_text,
)

Logs = dict[str, list[AnyEvent]]


class MemoryArchive:
    """`logs` are those of the store: each room's events, the one with seq 1 first."""

    def __init__(self, logs: Logs) -> None:
        self._logs = logs

    async def before(self, room: str, seq: int | None, limit: int) -> list[Said]:
        return [entry for entry in self._said(room) if seq is None or entry.seq < seq][-limit:]

    async def after(self, room: str, seq: int, limit: int) -> list[Said]:
        return [entry for entry in self._said(room) if entry.seq > seq][:limit]

    async def at(self, room: str, seqs: Collection[int]) -> list[AnyEvent]:
        return [event for event in self._log(room) if event.seq in seqs]

    async def changes(self, room: str, targets: Collection[int], up_to: int) -> list[MessageChange]:
        found = [change for change in self._changes(room) if change.target in targets and change.seq <= up_to]
        last = {change.target: change.seq for change in found if isinstance(change, Edit)}
        return [
            msgspec.structs.replace(change, text="", html="", mentions=())
            if isinstance(change, Edit) and change.seq != last[change.target]
            else change
            for change in found
        ]

    async def count_changes(self, room: str, target: int, limit: int) -> int:
        return min(limit, sum(change.target == target for change in self._changes(room)))

    async def replies(self, room: str, roots: Collection[int], up_to: int) -> dict[int, int]:
        threads = (message.thread for message in self._messages(room) if message.seq <= up_to)
        counted = Counter(thread for thread in threads if thread in roots)
        return {root: min(count, MAX_COUNTED) for root, count in counted.items() if root is not None}

    async def thread(self, room: str, root: int, after: int, limit: int) -> list[Message]:
        return [reply for reply in self._messages(room) if reply.thread == root and reply.seq > after][:limit]

    async def pinned(self, room: str, limit: int) -> list[int]:
        pins = {
            change.target: isinstance(change, Pin) for change in self._changes(room) if isinstance(change, Pin | Unpin)
        }
        return sorted(target for target, pinned in pins.items() if pinned)[: 2 * limit]

    async def unread(self, room: str, person: str, marker: int, up_to: int = MAX_SEQ) -> tuple[int, int]:
        entries = [entry for entry in self._said(room) if marker < entry.seq <= up_to][-MAX_LOOKED_THROUGH:]
        unread = {
            entry.seq: entry.mentions
            for entry in entries
            if isinstance(entry, Message) and entry.author.id != person and not entry.erased
        }
        for change in self._changes(room):
            if change.target in unread and isinstance(change, Edit):
                unread[change.target] = change.mentions
        mentions = sum(person in mentioned for mentioned in unread.values())
        return min(len(unread), MAX_COUNTED), min(mentions, MAX_COUNTED)

    async def settle(self, room: str, changes: Sequence[MessageChange]) -> None:
        touched = {change.target for change in changes}
        deleted = {
            change.target for change in self._changes(room) if isinstance(change, Delete) and change.target in touched
        }
        self._logs[room][:] = [
            without_text(event)
            if (isinstance(event, Message) and event.seq in deleted)
            or (isinstance(event, Edit) and event.target in deleted)
            else event
            for event in self._log(room)
        ]

    async def by_author(self, room: str, person: str, after: str, limit: int) -> list[AnyEvent]:
        theirs = [event for event in self._log(room) if event.author.id == person and event.id > after]
        return sorted(theirs, key=lambda event: event.id)[:limit]

    async def erase_author(self, person: str) -> int:
        erased = 0
        for log in self._logs.values():
            for number, event in enumerate(log):
                if isinstance(event, Message | Edit) and event.author.id == person and not event.erased:
                    log[number] = without_text(event)
                    erased += 1
        return erased

    async def rename_author(self, person: str, name: str) -> None:
        for log in self._logs.values():
            log[:] = [with_name(event, Person(person, name)) for event in log]

    def _log(self, room: str) -> list[AnyEvent]:
        return self._logs.setdefault(room, [])

    def _said(self, room: str) -> list[Said]:
        return [event for event in self._log(room) if not isinstance(event, MessageChange)]

    def _messages(self, room: str) -> list[Message]:
        return [event for event in self._log(room) if isinstance(event, Message)]

    def _changes(self, room: str) -> list[MessageChange]:
        return [event for event in self._log(room) if isinstance(event, MessageChange)]
