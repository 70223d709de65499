"""Arriving: somebody connects, and finds the rooms they are in; the first time, that is the lobby."""

from chat_service.errors import Unavailable
from chat_service.events import Join, Person, Room
from chat_service.log import Log
from chat_service.store import RoomStore, StoreUnavailable

LOBBY = Room(id="lobby", name="lobby", kind="public")


class Lobby:
    def __init__(self, rooms: RoomStore, log: Log) -> None:
        self._rooms = rooms
        self._log = log

    async def prepare(self) -> str:
        """Make sure of the room that everybody is in; returns the store's epoch.

        Raises:
            StoreUnavailable
        """
        await self._rooms.create(LOBBY)
        return await self._rooms.epoch()

    async def arrive(self, person: Person) -> list[Room]:
        """The rooms of somebody who just connected; the first time, they join the lobby.

        Raises:
            Unavailable
        """
        try:
            if await self._rooms.room_for(person.id, LOBBY.id) is None:
                # The event first, and under an id of its own: whoever dies in between still joins once.
                await self._log.append(LOBBY.id, Join(id=f"join-{person.id}", author=person))
                await self._rooms.admit(LOBBY.id, person)
            return await self.rooms_of(person)
        except StoreUnavailable:
            raise Unavailable from None

    async def rooms_of(self, person: Person) -> list[Room]:
        """The rooms somebody is in.

        Raises:
            Unavailable
        """
        try:
            return await self._rooms.rooms_of(person.id)
        except StoreUnavailable:
            raise Unavailable from None
