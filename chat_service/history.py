"""Reading what was said: pages of a room, single messages, threads and pins, each as it is now."""

import asyncio
from collections.abc import Sequence
from typing import Protocol, TypeVar

from chat_service import commands, notices, page_bounds
from chat_service.access import Access
from chat_service.archive import Archive, Said
from chat_service.errors import Invalid, LimitReached, UnknownMessage
from chat_service.events import AnyEvent, Message
from chat_service.gathered_reads import GatheredReads
from chat_service.limits import MAX_MESSAGE_CHANGES, MAX_PINS
from chat_service.recent import Recent
from chat_service.store import EventStore
from chat_service.timeline import Entry, FoldedMessage, as_sent, fold, with_replies
from chat_service.visitor import Visitor

_Replay = tuple[str, int, int]  # room, seq, head: those who left at the same moment miss the same
Shown = TypeVar("Shown", bound=AnyEvent)


class Pages(Protocol[Shown]):
    """Where a page comes from: the archive, or the log itself."""

    async def before(self, room: str, seq: int | None, limit: int) -> list[Shown]: ...

    async def after(self, room: str, seq: int, limit: int) -> list[Shown]: ...


class History:
    """Every use case may raise UnknownRoom, and StoreUnavailable.

    Whatever a page is made of, its events and what happened to them, is looked up after the room's head: so nothing
    that it shows can be newer than `as_of`, and nothing up to there be left out.
    """

    def __init__(self, access: Access, events: EventStore, archive: Archive, recent: Recent) -> None:
        self._access = access
        self._events = events
        self._archive = archive
        self._recent = recent
        self._replays: GatheredReads[_Replay, list[AnyEvent]] = GatheredReads(self._read_replays, [])

    async def history(self, visitor: Visitor, command: commands.History) -> notices.Page:
        """A page before, after or around a seq, or the newest.

        Raises:
            Invalid: more than one of them was asked for.
        """
        room = await self._readable(visitor, command.room)
        asked = [field for field in ("before", "after", "around") if getattr(command, field) is not None]
        if len(asked) > 1:
            raise Invalid(f"Ask for one of {' and '.join(asked)}, not for both.", field=asked[1])
        if not asked and not command.raw and (newest := self._recent.newest(room, command.limit)):
            entries, as_of, more = newest
            light, heavier, _ = page_bounds.cut(entries, len(entries) - 1)
            return notices.Page(id=command.id, room=room, events=light, as_of=as_of, more=more or heavier)
        as_of = await self._events.head(room)
        shown: Sequence[Entry | AnyEvent]
        if command.raw:
            shown, more, more_after = await _page(self._events, command, as_of)
        else:
            said, more, more_after = await _page(self._archive, command, as_of)
            shown = await self.as_they_are(room, said, as_of)
        fitting: list[Entry | AnyEvent]
        fitting, heavier, heavier_after = page_bounds.cut(shown, _anchor(command, shown))
        return notices.Page(
            id=command.id,
            room=room,
            events=fitting,
            as_of=as_of,
            more=more or heavier,
            more_after=more_after or heavier_after,
        )

    async def fetch(self, visitor: Visitor, command: commands.Fetch) -> notices.Page:
        """Single messages; those that are not there are left out."""
        room = await self._readable(visitor, command.room)
        as_of = await self._events.head(room)
        found = await self._archive.at(room, [seq for seq in command.seqs if seq <= as_of])
        messages = [event for event in found if isinstance(event, Message)]
        entries, _, more_after = page_bounds.cut(await self.as_they_are(room, messages, as_of), 0)
        return notices.Page(id=command.id, room=room, events=entries, as_of=as_of, more_after=more_after)

    async def thread(self, visitor: Visitor, command: commands.Thread) -> notices.Page:
        """A message and the replies in its thread.

        Raises:
            UnknownMessage
        """
        room = await self._readable(visitor, command.room)
        as_of = await self._events.head(room)
        root = await self._archive.at(room, [command.root])
        if not root or not isinstance(root[0], Message) or root[0].seq > as_of:
            raise UnknownMessage("root")
        found = await self._archive.thread(room, command.root, command.after, command.limit + 1)
        replies = [reply for reply in found if reply.seq <= as_of]
        entries = await self.as_they_are(room, [root[0], *replies[: command.limit]], as_of)
        entries, _, heavier = page_bounds.cut(entries, 0)
        more_after = len(replies) > command.limit or heavier
        return notices.Page(id=command.id, room=room, events=entries, as_of=as_of, more_after=more_after)

    async def pins(self, visitor: Visitor, command: commands.Pins) -> notices.Page:
        """The pinned messages, in the order in which they were said."""
        room = await self._readable(visitor, command.room)
        as_of = await self._events.head(room)
        pinned = [message for message in await self.pinned(room, as_of) if message.seq > command.after]
        shown, _, heavier = page_bounds.cut(pinned[: command.limit], 0)
        more_after = len(pinned) > command.limit or heavier
        return notices.Page(id=command.id, room=room, events=shown, as_of=as_of, more_after=more_after)

    async def since(self, room: str, seq: int, head: int) -> list[AnyEvent]:
        """All events above `seq` up to `head`, ascending."""
        recent = self._recent.between(room, seq, head)
        if recent is not None:
            return recent
        return await self._replays.get((room, seq, head))

    async def pinned(self, room: str, as_of: int) -> list[FoldedMessage]:
        """The messages that were pinned when everything up to `as_of` had happened."""
        found = await self._archive.at(room, await self._archive.pinned(room, MAX_PINS))
        entries = await self.as_they_are(room, [event for event in found if isinstance(event, Message)], as_of)
        return [entry for entry in entries if isinstance(entry, FoldedMessage) and entry.pinned]

    async def message(self, room: str, seq: int, field: str = "target") -> FoldedMessage:
        """A message as it is now.

        Raises:
            UnknownMessage: there is none of this seq, or it was deleted; `field` says what asked for it.
        """
        message = self._recent.message(room, seq)
        if message is None:
            as_of = await self._events.head(room)
            found = await self._archive.at(room, [seq]) if seq <= as_of else []
            entries = await self.as_they_are(room, [event for event in found if isinstance(event, Message)], as_of)
            message = next((entry for entry in entries if isinstance(entry, FoldedMessage)), None)
        if message is None or message.erased:
            raise UnknownMessage(field)
        return message

    async def check_changes(self, room: str, target: int) -> None:
        """Whether anything more may happen to a message.

        Raises:
            LimitReached
        """
        count = await self._archive.count_changes(room, target, MAX_MESSAGE_CHANGES)
        if count >= MAX_MESSAGE_CHANGES:
            raise LimitReached(f"At most {MAX_MESSAGE_CHANGES} things may happen to a message.", field="target")

    async def as_they_are(self, room: str, said: Sequence[Said], as_of: int) -> list[Entry]:
        """Once everything up to `as_of` had happened to them."""
        messages = {event.seq: as_sent(event) for event in said if isinstance(event, Message)}
        if not messages:
            return [event for event in said if not isinstance(event, Message)]
        changes, replies = await asyncio.gather(
            self._archive.changes(room, messages.keys(), as_of), self._archive.replies(room, messages.keys(), as_of)
        )
        for change in changes:
            messages[change.target] = fold(messages[change.target], change)
        for root, count in replies.items():
            messages[root] = with_replies(messages[root], count)
        return [messages[event.seq] if isinstance(event, Message) else event for event in said]

    async def _read_replays(self, asked: Sequence[_Replay]) -> dict[_Replay, list[AnyEvent]]:
        found = await asyncio.gather(*(self._events.after(room, seq, head - seq) for room, seq, head in asked))
        return dict(zip(asked, found, strict=True))

    async def _readable(self, visitor: Visitor, room: str) -> str:
        await self._access.member(visitor, room)
        return room


async def _page(source: Pages[Shown], command: commands.History, as_of: int) -> tuple[list[Shown], bool, bool]:
    """What is on a page, and whether there is anything before and after it; one more is read to know."""
    room, limit = command.room, command.limit
    if command.around is not None:
        half = limit // 2
        older = await source.before(room, min(command.around, as_of) + 1, limit - half + 1)
        newer = _up_to(as_of, await source.after(room, command.around, half + 1))
        older, more = _last(older, limit - half)
        return older + newer[:half], more, len(newer) > half
    if command.after is not None:
        newer = _up_to(as_of, await source.after(room, command.after, limit + 1))
        return newer[:limit], bool(await source.before(room, command.after + 1, 1)), len(newer) > limit
    before = as_of + 1 if command.before is None else min(command.before, as_of + 1)
    older, more = _last(await source.before(room, before, limit + 1), limit)
    more_after = before <= as_of and bool(_up_to(as_of, await source.after(room, before - 1, 1)))
    return older, more, more_after


def _anchor(command: commands.History, shown: Sequence[Entry | AnyEvent]) -> int:
    """The index of what is to be on the page in any case: what lies next to where it was asked for."""
    if command.after is not None:
        return 0
    if command.around is not None:
        return max(0, sum(event.seq <= command.around for event in shown) - 1)
    return len(shown) - 1


def _up_to(as_of: int, events: list[Shown]) -> list[Shown]:
    return [event for event in events if event.seq <= as_of]


def _last(events: list[Shown], limit: int) -> tuple[list[Shown], bool]:
    return events[max(0, len(events) - limit) :], len(events) > limit
