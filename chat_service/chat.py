"""What is said: the use cases. No sockets here, and no database calls of its own."""

import asyncio
import re
import unicodedata
from collections.abc import Sequence

from chat_service import commands, notices
from chat_service.access import Access
from chat_service.errors import ChatError, Invalid
from chat_service.events import AnyEvent, Message
from chat_service.gathered_reads import GatheredReads
from chat_service.limits import MAX_TEXT_CHARS
from chat_service.log import Log
from chat_service.store import EventStore
from chat_service.visitor import Visitor

CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all but line feeds and tabs

_Replay = tuple[str, int, int]  # room, seq, head: those who left at the same moment miss the same


class Chat:
    """Every use case may raise StoreUnavailable beside what it says."""

    def __init__(self, access: Access, events: EventStore, log: Log) -> None:
        self._access = access
        self._events = events
        self._log = log
        self._replays: GatheredReads[_Replay, list[AnyEvent]] = GatheredReads(self._read_replays, [])

    async def send(self, visitor: Visitor, command: commands.Send) -> notices.Ok:
        """Say something in a room one is in; the same id again gives the first message again.

        Messages sent without waiting in between are stored in that order.

        Raises:
            Invalid: the text is empty, too long, or has control characters.
            UnknownRoom, Unavailable, Archived, Muted, SlowMode
        """
        _check_text(command.text)
        standing = await self._access.member(visitor, command.room)
        try:
            await self._access.may_say(standing)
        except ChatError:  # perhaps it was said before, and only the answer got lost
            found = await self._events.find(command.room, [(visitor.person.id, command.id)])
            if not found:
                raise
            return notices.Ok(id=command.id, seq=found[0].seq, at=found[0].at)
        draft = Message(id=command.id, author=visitor.person, text=command.text)
        event = await self._log.append(command.room, draft)
        return notices.Ok(id=command.id, seq=event.seq, at=event.at)

    async def history(self, visitor: Visitor, command: commands.History) -> notices.Page:
        """Up to `limit` events before the seq `before` (None: the newest), ascending, and whether there are earlier.

        Raises:
            UnknownRoom
        """
        await self._access.member(visitor, command.room)
        events = await self._events.before(command.room, command.before, command.limit)
        more = bool(events) and events[0].seq > 1
        return notices.Page(id=command.id, room=command.room, events=events, as_of=0, more=more)

    async def since(self, room: str, seq: int, head: int) -> list[AnyEvent]:
        """All events above `seq` up to `head`, ascending, for somebody who is known to be in the room."""
        return await self._replays.get((room, seq, head))

    async def _read_replays(self, asked: Sequence[_Replay]) -> dict[_Replay, list[AnyEvent]]:
        found = await asyncio.gather(*(self._events.after(room, seq, head - seq) for room, seq, head in asked))
        return dict(zip(asked, found, strict=True))


def _check_text(text: str) -> None:
    if len(text) > MAX_TEXT_CHARS:
        raise Invalid(f"text is limited to {MAX_TEXT_CHARS} characters, this one has {len(text)}.", field="text")
    if CONTROLS.search(text):
        raise Invalid("text may not contain control characters other than line breaks and tabs.", field="text")
    if all(unicodedata.category(char)[0] in "ZC" for char in text):  # spaces, marks of direction, joiners
        raise Invalid("text is empty.", field="text")
