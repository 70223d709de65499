"""What the chat service keeps: ports, with their promises. tests/contracts/ holds every implementation to them."""

from collections.abc import Collection, Sequence
from typing import Protocol

from chat_service.commands import Level
from chat_service.events import AnyEvent, EventKey, Person, Room
from chat_service.signals import Mark


class StoreUnavailable(Exception):
    """The store can't be reached. Of a write, nobody knows whether it happened."""


class EventStore(Protocol):
    """The rooms' logs. Every method may raise StoreUnavailable."""

    async def append(self, room: str, events: Sequence[AnyEvent]) -> int:
        """Insert numbered events in order, up to the first that conflicts; returns how many are stored, durably.

        An event conflicts when its seq is taken in the room, or its (author, id) has been stored there before.
        The events after it are not stored. Whoever sees an event also sees all that the room stored before it.
        """
        ...

    async def find(self, room: str, keys: Collection[EventKey]) -> list[AnyEvent]:
        """Those of the events with these (author, id) that are stored, ascending."""
        ...

    async def head(self, room: str) -> int:
        """The highest seq stored, 0 for a room where nothing happened."""
        ...

    async def heads(self, rooms: Collection[str]) -> dict[str, int]:
        """The highest seq of each room where something happened."""
        ...

    async def after(self, room: str, seq: int, limit: int) -> list[AnyEvent]:
        """The first `limit` events above `seq`, ascending."""
        ...

    async def before(self, room: str, seq: int | None, limit: int) -> list[AnyEvent]:
        """The last `limit` events below `seq` (of all for None), ascending."""
        ...


class RoomStore(Protocol):
    """Rooms and who is in them. Every method may raise StoreUnavailable."""

    async def epoch(self) -> str:
        """A random word that lasts as long as the data; a restored backup gets another."""
        ...

    async def create(self, room: Room) -> None:
        """Add a room; one that exists stays as it is."""
        ...

    async def admit(self, room: str, person: Person) -> None:
        """Make a person a member; a member stays one."""
        ...

    async def room_for(self, person: str, room: str) -> Room | None:
        """The room, if this person may see it."""
        ...

    async def rooms_of(self, person: str) -> list[Room]:
        """The rooms this person is in, by name."""
        ...

    async def member_ids(self, room: str) -> list[str]:
        """The ids of all members of a room."""
        ...

    async def mark_read(self, marks: Sequence[tuple[str, Mark]]) -> None:
        """Move members' markers in these rooms, forward only save those marked `back`; of others nothing is kept."""
        ...

    async def set_level(self, room: str, person: str, level: Level) -> None:
        """What a member wants to be notified of."""
        ...
