"""How much somebody has not read: from memory where that has it, else by one bounded read a room."""

import asyncio
from collections.abc import Mapping

from chat_service import commands, notices
from chat_service.access import Access
from chat_service.archive import MAX_SEQ, Archive
from chat_service.errors import UnknownRoom
from chat_service.recent import Recent
from chat_service.visitor import Visitor

COUNTED_AT_ONCE = 8  # of all who connect: after a weekend everybody comes at the same moment, with every room unread


class Unread:
    def __init__(self, access: Access, archive: Archive, recent: Recent) -> None:
        self._access = access
        self._archive = archive
        self._recent = recent
        self._turns = asyncio.Semaphore(COUNTED_AT_ONCE)

    async def count(self, person: str, spans: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
        """Of each room: how many messages of others are between marker and head, and in how many of them a mention.

        Raises:
            StoreUnavailable
        """
        counted = await asyncio.gather(*(self._of(room, person, *span) for room, span in spans.items()))
        return dict(zip(spans, counted, strict=True))

    async def counts(self, visitor: Visitor, command: commands.Counts) -> notices.Counted:
        """The same of rooms one is in, counted anew; others are left out.

        Raises:
            StoreUnavailable
        """
        markers: dict[str, int] = {}
        for room in command.rooms:
            try:
                markers[room] = (await self._access.member(visitor, room)).member.read
            except UnknownRoom:  # left a moment ago, perhaps
                continue
        spans = {room: (marker, self._head(room)) for room, marker in markers.items()}
        counted = await self.count(visitor.person.id, spans)
        rooms = [
            notices.Count(room=room, read=markers[room], unread=unread, mentions=mentions)
            for room, (unread, mentions) in counted.items()
        ]
        return notices.Counted(id=command.id, rooms=rooms)

    def _head(self, room: str) -> int:
        """Up to the events that this person's connections were told of: they count what follows by themselves."""
        head = self._recent.head(room)
        return MAX_SEQ if head is None else head

    async def _of(self, room: str, person: str, marker: int, up_to: int) -> tuple[int, int]:
        recent = self._recent.unread(room, person, marker, up_to)
        if recent is not None:
            return recent
        async with self._turns:
            return await self._archive.unread(room, person, marker, up_to)
