"""A request that is repeated gets its first answer: for ever, and also where it could not be done any more."""

from collections.abc import Awaitable

from chat_service import commands, notices
from chat_service.archive import Archive
from chat_service.errors import ChatError, Unavailable
from chat_service.events import AnyEvent, Delete, Edit, Pin, Unpin
from chat_service.store import EventStore
from chat_service.visitor import Visitor


class Retries:
    def __init__(self, events: EventStore, archive: Archive) -> None:
        self._events = events
        self._archive = archive

    async def answer(self, visitor: Visitor, command: commands.RoomRequest, attempt: Awaitable[AnyEvent]) -> notices.Ok:
        """What `attempt` stores, or an earlier one has stored; whatever follows from it is done, too.

        Raises:
            ChatError: the attempt's, if there was none before it.
            StoreUnavailable
        """
        try:
            event = await attempt
        except Unavailable:  # the store that could tell of an earlier one has just not answered
            raise
        except ChatError:
            found = await self._events.find(command.room, [(visitor.person.id, command.id)])
            if not found:
                raise
            event = found[0]
        # Also of an event stored before: whoever stored it may have died over this.
        if isinstance(event, Delete | Edit | Pin | Unpin):
            await self._archive.settle(command.room, [event])
        return notices.Ok(id=command.id, seq=event.seq, at=event.at)
