"""Rooms, who is in them, and people: ports, with their promises. tests/contracts/ holds each implementation to them.

Rooms and memberships are the fold of the rooms' logs (membership.py). Every method may raise StoreUnavailable.
"""

from collections.abc import Collection, Sequence
from typing import Protocol

from chat_service.commands import Level
from chat_service.events import Person
from chat_service.membership import Change, Member, RoomRecord
from chat_service.signals import Mark

Moment = tuple[int, str | None]
"""Milliseconds by the store's clock, and which of the changes in that millisecond; None stands for the last of them."""


class RoomStore(Protocol):
    async def epoch(self) -> str:
        """A random word that lasts as long as the data; a restored backup gets another."""
        ...

    async def apply(self, room: str, changes: Sequence[Change]) -> None:
        """Set fields of the room, each unless a later event has set it; a room that is not there comes to be."""
        ...

    async def settle(self, room: str, seq: int) -> None:
        """Every change up to `seq` is applied; a lower one than before changes nothing, nor does an unknown room."""
        ...

    async def get(self, rooms: Collection[str]) -> list[RoomRecord]:
        """Those of the rooms that there are, in no order."""
        ...

    async def claim(self, name: str, room: str) -> bool:
        """Reserve a public name; False if another public room has it. Of several at once, one gets it.

        A claim that its room makes no use of lapses after CLAIM_SECONDS.
        """
        ...

    async def find(self, query: str, after: str | None, limit: int) -> list[RoomRecord]:
        """Public rooms with `query` in their name, by name, beginning behind the room of the id `after`."""
        ...

    async def rename_person(self, person: Person) -> None:
        """Have somebody stand by this name among the people of their direct conversations."""
        ...


class MemberStore(Protocol):
    async def apply(self, room: str, changes: Sequence[Change]) -> None:
        """Set fields of members, each unless a later event has set it."""
        ...

    async def get(self, room: str, people: Collection[str]) -> list[Member]:
        """How these people stand in the room; nothing of whom it has never known."""
        ...

    async def of(self, person: str) -> list[Member]:
        """Every room this person is in, was in, or may not come back into."""
        ...

    async def last_change(self) -> int:
        """When the latest change was, by the store's clock; 0 if there was none."""
        ...

    async def changed(self, after: Moment, limit: int) -> list[tuple[Moment, Member]]:
        """The first changes after a moment, ascending, each with its own.

        One that begins before another may become visible after it.
        """
        ...

    async def ids(self, room: str) -> list[str]:
        """The ids of everybody who is in the room."""
        ...

    async def find(self, room: str, query: str, after: str | None, limit: int, *, banned: bool) -> list[Member]:
        """Members whose name begins with `query`, by name, behind the person `after`; or those who are banned."""
        ...

    async def named(self, room: str, keys: Collection[str]) -> list[Person]:
        """The members whose names have these keys (naming.key), in no order."""
        ...

    async def count(self, rooms: Collection[str]) -> dict[str, int]:
        """How many are in each of the rooms."""
        ...

    async def owners(self, room: str) -> list[str]:
        """The ids of a room's owners, at most two of them."""
        ...

    async def eldest(self, room: str) -> Member | None:
        """Of a room's moderators, or else of its members, the one who has been in it the longest."""
        ...

    async def mark_read(self, marks: Sequence[tuple[str, Mark]]) -> None:
        """Move members' markers in these rooms, forward only save those marked `back`; of others nothing is kept."""
        ...

    async def set_level(self, room: str, person: str, level: Level) -> None:
        """What a member wants to be notified of."""
        ...

    async def take_turn(self, room: str, person: str, seconds: int) -> float:
        """Note that a member says something now, unless they last did less than `seconds` ago.

        Returns 0, or how many seconds they have to wait. Of several at once, one gets the turn.
        """
        ...


class PeopleStore(Protocol):
    async def know(self, person: Person) -> None:
        """Remember somebody, under the name they have now, also where they are a member."""
        ...

    async def get(self, people: Collection[str]) -> list[Person]:
        """Those of them who are known, in no order."""
        ...

    async def find(self, query: str, after: str | None, limit: int) -> list[Person]:
        """People whose name begins with `query`, by name, behind the person `after`."""
        ...

    async def forget(self, person: str) -> None:
        """Nobody finds them any more, and DELETED_NAME stands for them where they are a member."""
        ...


CLAIM_SECONDS = 30.0  # much longer than it takes from the claim to the room that bears the name
DELETED_NAME = "deleted person"
END_OF_NAMES = "\U0010ffff"
"""Sorts behind whatever follows a prefix."""
