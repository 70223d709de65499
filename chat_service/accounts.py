"""What it means here that somebody's account changed: they were renamed, or are no more.

The auth service's feed tells it (account_changes.py). Each of these may be called again, and by several replicas at
once: it comes to the same.
"""

import msgspec

from chat_service.account_changes import AccountChange
from chat_service.archive import Archive
from chat_service.changing import Changing
from chat_service.directory import DELETED_NAME, MemberStore, PeopleStore, RoomStore
from chat_service.events import Leave, Person


class Accounts:
    """Every method may raise StoreUnavailable and Unavailable: then it is to be called again."""

    def __init__(
        self, changing: Changing, rooms: RoomStore, members: MemberStore, people: PeopleStore, archive: Archive
    ) -> None:
        self._changing = changing
        self._rooms = rooms
        self._members = members
        self._people = people
        self._archive = archive

    async def renamed(self, change: AccountChange) -> None:
        """They are found and listed by the new name; what they said before keeps the name it was said under."""
        if change.name and await self._people.get([change.person]):
            person = Person(change.person, change.name)
            await self._people.know(person)
            await self._rooms.rename_person(person)

    async def deleted(self, change: AccountChange) -> None:
        """They leave every room, and no name of theirs stays anywhere; with `erase`, nor does any text.

        Each room's log tells it, also where they had left before: whoever reads it later may have what they said. By
        then it is gone from there, so that nobody gets it anew; and what was still being stored is gone afterwards.
        """
        person = Person(change.person, DELETED_NAME)
        await self._forget(person, erase=change.erase)
        for member in await self._members.of(person.id):
            if member.since:
                leave = Leave(id=f"deleted-{change.seq}", author=person, deleted=True, erased=change.erase)
                await self._leave(member.room, leave)
        await self._forget(person, erase=change.erase)
        await self._rooms.rename_person(person)
        await self._people.forget(person.id)

    async def _leave(self, room: str, leave: Leave) -> None:
        """Commit it: under another id where they did something themselves under this one."""
        stored = await self._changing.commit(room, leave)
        while not (isinstance(stored, Leave) and stored.deleted):
            another = msgspec.structs.replace(leave, id=f"{leave.id}-{stored.seq}")
            stored = await self._changing.commit(room, another)

    async def _forget(self, person: Person, *, erase: bool) -> None:
        if erase:
            await self._archive.erase_author(person.id)
        await self._archive.rename_author(person.id, person.name)
