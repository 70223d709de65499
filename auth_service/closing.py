"""The end of an account in `people`: marked first, then removed, and its name kept from others for a while."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from auth_service import finishing
from chassis.mongo import Database, Document


def _now() -> datetime:
    return datetime.now(UTC)


class Closing:
    """In `people`: {deleting?: {erase, at}}."""

    def __init__(self, database: Database, now: Callable[[], datetime] = _now) -> None:
        self._people = database["people"]
        self._reserved = database["reserved_names"]
        self._now = now

    async def prepare(self) -> None:
        await self._people.create_index("deleting", sparse=True)

    async def begin(self, person_id: str, *, erase: bool) -> None:
        """Nobody signs in to the account from now on; `erase` is kept for who finishes."""
        now = self._now()
        marks: Document = {"disabled_at": now, "password": None, "deleting": {"erase": erase, "at": now}}
        await self._people.update_one({"_id": person_id}, {"$set": marks})

    async def left(self) -> Sequence[tuple[str, bool]]:
        """The accounts that are to go and that nobody is at any more, each with whether its texts go too."""
        young: Document = {"$gte": finishing.left_before(self._now())}
        # An earlier version noted no time.
        left: Document = {"deleting": {"$exists": True}, "deleting.at": {"$not": young}}
        return [(person["_id"], person["deleting"]["erase"]) async for person in self._people.find(left)]

    async def finish(self, person_id: str, reserved: timedelta) -> None:
        """Remove the account; for that long nobody else can have its name."""
        found = await self._people.find_one({"_id": person_id}, {"name_key": True})
        if found:  # else another replica was here before
            free_at: Document = {"free_at": self._now() + reserved}
            await self._reserved.update_one({"_id": found["name_key"]}, {"$set": free_at}, upsert=True)
            await self._people.delete_one({"_id": person_id})
