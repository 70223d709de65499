"""The end of an account in `people`: marked first, then removed, and its name kept from others for a while."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from chassis.mongo import Database, Document


class Closing:
    def __init__(self, database: Database) -> None:
        self._people = database["people"]
        self._reserved = database["reserved_names"]

    async def begin(self, person_id: str, *, erase: bool) -> None:
        """Nobody signs in to the account from now on; `erase` is kept for who finishes."""
        marks: Document = {"disabled_at": datetime.now(UTC), "password": None, "deleting": {"erase": erase}}
        await self._people.update_one({"_id": person_id}, {"$set": marks})

    async def begun(self) -> Sequence[tuple[str, bool]]:
        """The accounts that are to go and are still there, each with whether its texts go too."""
        found = await self._people.find({"deleting": {"$exists": True}}).to_list(None)
        return [(person["_id"], person["deleting"]["erase"]) for person in found]

    async def finish(self, person_id: str, reserved: timedelta) -> None:
        """Remove the account; for that long nobody else can have its name."""
        found = await self._people.find_one({"_id": person_id}, {"name_key": True})
        if found:  # else another replica was here before
            free_at: Document = {"free_at": datetime.now(UTC) + reserved}
            await self._reserved.update_one({"_id": found["name_key"]}, {"$set": free_at}, upsert=True)
            await self._people.delete_one({"_id": person_id})
