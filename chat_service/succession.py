"""No room stays without an owner while anybody is in it: docs/decisions/0100-succession.md.

Two owners may leave at the same moment at two replicas, each seeing the other still there; and a deleted account asks
nobody. So whoever applies such a change looks at the room afterwards, and appoints an heir by an event of its own. As
often as that is done, and wherever: the event's id follows from the change, and an heir who has gone is followed too.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol
from weakref import WeakValueDictionary

from chat_service.attendance import Attendance
from chat_service.directory import MemberStore, RoomStore
from chat_service.events import AnyEvent, ChangeRole, Person, RoomChange
from chat_service.membership import DEPARTURES, MOVES, of_room


class Log(Protocol):
    async def append(self, room: str, draft: AnyEvent) -> AnyEvent:
        """Raises: Unavailable."""
        ...


class Succession:
    """`nobodys` is the room that has no owner by design: the lobby."""

    def __init__(self, log: Log, attendance: Attendance, rooms: RoomStore, members: MemberStore, nobodys: str) -> None:
        self._log = log
        self._attendance = attendance
        self._rooms = rooms
        self._members = members
        self._nobodys = nobodys
        self._owed: dict[str, RoomChange] = {}
        self._settling: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def apply(self, room: str, events: Sequence[RoomChange]) -> None:
        """Bring the stores up to events that are in the log; afterwards somebody in the room owns it.

        Nobody is gone from the stores before what came earlier is there, as far as it was delivered here: the last who
        is known to be in a room is the last whose return opens it, and finds what was left undone.

        Raises:
            StoreUnavailable, Unavailable: `catch_up` goes on with it, or whoever applies them again.
        """
        if any(isinstance(event, DEPARTURES) for event in events):
            earlier = [event for event in self._attendance.delivered(room) if event.seq < events[0].seq]
            events = [*earlier, *events]
        moves = [event for event in events if isinstance(event, MOVES)]
        try:
            await self._attendance.apply(room, events)
            if moves:
                await self._see_to(room, moves[-1])
        except BaseException:  # whoever asked may have hung up, too
            if moves:
                self._owed[room] = moves[-1]
            raise

    async def settle(self, room: str) -> None:
        """Bring the stores up to what was delivered here of a room: who was told of it may ask for it next.

        Raises:
            StoreUnavailable, Unavailable
        """
        if self._attendance.is_settled(room):
            return
        async with self._settling.setdefault(room, asyncio.Lock()):  # many may ask at once, and it is done once
            await self.apply(room, self._attendance.delivered(room))

    async def catch_up(self) -> None:
        """Finish what could not be finished before, here or by whoever died over it before the room was opened.

        Raises:
            StoreUnavailable, Unavailable
        """
        self._owed = self._attendance.found_ahead() | self._owed
        for room in list(self._owed):
            await self.apply(room, [self._owed.pop(room)])

    async def _see_to(self, room: str, event: RoomChange) -> None:
        last: AnyEvent = event
        while room != self._nobodys and not await self._members.owners(room) and (heir := await self._heir(room)):
            # Nobody gave it to them, so it is by themselves.
            draft = ChangeRole(id=f"heir-{last.seq}-{last.at}", author=heir, person=heir, role="owner")
            last = await self._log.append(room, draft)
            await self._attendance.apply(room, of_room([last]))

    async def _heir(self, room: str) -> Person | None:
        found = await self._rooms.get([room])
        if not found or found[0].kind == "direct":
            return None
        heir = await self._members.eldest(room)
        return Person(heir.person, heir.name) if heir else None
