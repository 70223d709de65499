"""Who administers: those named in the settings, or else the first account; and whomever they make one.

It is a flag `administrator` on the account in `people`. The first account also has the flag `first`, whose unique index
decides between two who register at once into an empty Parley.
"""

from collections.abc import Collection

from chassis.mongo import Database, Document
from chassis.problems import Problem

ADMINISTERING = {"administrator": True, "disabled_at": None}


class Administrators:
    """`named` are those of the setting ADMINISTRATORS, as keys of `people`."""

    def __init__(self, database: Database, named: Collection[str] = ()) -> None:
        self._people = database["people"]
        self._named = frozenset(named)

    async def prepare(self) -> None:
        """See that there is an administrator wherever there is an account."""
        await self._people.create_index("first", unique=True, sparse=True)
        await self._people.create_index("administrator", sparse=True)
        if self._named:
            await self._people.update_many({"name_key": {"$in": list(self._named)}}, {"$set": {"administrator": True}})
        elif not await self._people.find_one({"administrator": True}):  # accounts from before there were any
            await self._people.find_one_and_update({}, {"$set": {"administrator": True}}, sort=[("created_at", 1)])

    def flags(self, name_key: str, *, first: bool) -> Document:
        """What the document of a new account gets; two that have `first` can't both be inserted."""
        flags: Document = {"first": True} if first else {}
        if name_key in self._named or (first and not self._named):
            flags["administrator"] = True
        return flags

    def check_rename(self, old: str, new: str) -> None:
        """That nobody comes to administer by taking a name, nor leaves one behind that makes the next an administrator.

        Raises:
            Problem: 409 `named_in_settings`.
        """
        if old in self._named or new in self._named:
            detail = "The setting ADMINISTRATORS has this name, so nobody takes or leaves it."
            raise Problem(409, "named_in_settings", detail, errors={"name": detail})

    async def make(self, person_id: str) -> None:
        await self._people.update_one({"_id": person_id}, {"$set": {"administrator": True}})

    async def unmake(self, person_id: str) -> None:
        """Take administration away; from somebody who hasn't it, nothing is taken.

        Raises:
            Problem: 409 `last_administrator`, or `named_in_settings` for whom the next start would make one again.
        """
        found = await self._people.find_one({"_id": person_id, "administrator": True})
        if found and found["name_key"] in self._named:
            detail = "The setting ADMINISTRATORS names this person: take the name out of it first."
            raise Problem(409, "named_in_settings", detail)
        await self.unless_last(person_id, {"$unset": {"administrator": True}}, {"$set": {"administrator": True}})

    async def unless_last(self, person_id: str, change: Document, undo: Document) -> None:
        """Change an account in a way that may end its administration, or leave it where nobody else administers.

        Two administrators who do this to each other both look after both have changed: neither goes then.

        Raises:
            Problem: 409 `last_administrator`.
        """
        before = await self._people.find_one_and_update({"_id": person_id}, change)
        administered = before and before.get("administrator") and not before.get("disabled_at")
        if administered and not await self._people.find_one(ADMINISTERING):
            await self._people.update_one({"_id": person_id}, undo)
            raise Problem(409, "last_administrator", "Nobody else administers Parley: make somebody else one first.")
