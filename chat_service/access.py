"""Which room somebody may do something in: every request is checked against how they stand there now."""

import msgspec

from chat_service.errors import UnknownRoom
from chat_service.events import Room
from chat_service.store import RoomStore
from chat_service.visitor import Visitor


class Standing(msgspec.Struct, frozen=True):
    """A room, as somebody in it may see it."""

    room: Room


class Access:
    def __init__(self, rooms: RoomStore) -> None:
        self._rooms = rooms
        self._here: dict[str, dict[str, Room]] = {}

    def arrived(self, person: str, rooms: dict[str, Room]) -> None:
        """Somebody is connected to this replica, so that their rooms need no look-up."""
        self._here[person] = rooms

    async def member(self, visitor: Visitor, room: str) -> Standing:
        """How the visitor stands in a room they are in.

        Raises:
            UnknownRoom: there is none, or they are not in it.
            StoreUnavailable
        """
        here = self._here.get(visitor.person.id)  # without a pause: what is sent in a row stays in order
        found = here.get(room) if here is not None else await self._rooms.room_for(visitor.person.id, room)
        if found is None:
            raise UnknownRoom
        return Standing(found)

    async def seen(self, visitor: Visitor, room: str) -> Room:
        """A room that the visitor may see.

        Raises:
            UnknownRoom
            StoreUnavailable
        """
        return (await self.member(visitor, room)).room
