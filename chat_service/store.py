"""The rooms' logs: a port, with its promises. tests/contracts/ holds every implementation to them."""

from collections.abc import Collection, Sequence
from typing import Protocol

from chat_service.events import AnyEvent, EventKey, RoomChange


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

    async def changes(self, room: str, seq: int, limit: int) -> list[RoomChange]:
        """The first `limit` events above `seq` that change the room or who is in it, ascending; quick in any room."""
        ...

    async def before(self, room: str, seq: int | None, limit: int) -> list[AnyEvent]:
        """The last `limit` events below `seq` (of all for None), ascending."""
        ...
