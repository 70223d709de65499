"""Changing a room: the event is committed to its log, then applied to the directory, then told where it matters.

Whoever dies in between leaves an event that is not applied. It is applied by whoever repeats the request, by every
replica to which the room's feed delivers it, and by one that opens the room: it comes to the same, however often.
"""

from chat_service.events import AnyEvent, Create, Invite, Join, RoomChange, Unban
from chat_service.keeping_up import KeepingUp
from chat_service.log import Log
from chat_service.membership import of_room
from chat_service.store import EventStore
from chat_service.succession import Succession


class Changing:
    def __init__(self, log: Log, events: EventStore, succession: Succession, keeping_up: KeepingUp) -> None:
        self._log = log
        self._events = events
        self._succession = succession
        self._keeping_up = keeping_up

    async def commit(self, room: str, draft: RoomChange) -> AnyEvent:
        """The event as stored, once the directory has it too; committed before, the first one again.

        Raises:
            Unavailable, StoreUnavailable: repeating it is safe.
        """
        event = await self._log.append(room, draft)
        await self._apply(room, event)
        return event

    async def committed_before(self, room: str, person: str, request: str) -> AnyEvent | None:
        """The event that an earlier attempt of this request made, applied again.

        Raises:
            StoreUnavailable
        """
        found = await self._events.find(room, [(person, request)])
        if not found:
            return None
        await self._apply(room, found[0])
        return found[0]

    async def _apply(self, room: str, event: AnyEvent) -> None:
        await self._succession.apply(room, of_room([event]))
        match event:
            case Create(people=people, author=author):
                self._keeping_up.wake(room, [person.id for person in people or [author]])
            case Join(author=person) | Invite(person=person) | Unban(person=person):
                self._keeping_up.wake(room, [person.id])
