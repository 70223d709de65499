"""Telling the chat of a new name, though whoever gave it may die before that.

Beside a name in `people` stand {untold, renamed_at}: how many changes of it are not in the feed of changes for certain.
The same update that changes the name counts one up. Who died in between leaves that to `finish`.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from auth_service import finishing
from auth_service.changes import Changes
from chassis.mongo import Database, Document


def _now() -> datetime:
    return datetime.now(UTC)


class Renaming:
    def __init__(self, database: Database, changes: Changes, now: Callable[[], datetime] = _now) -> None:
        self._people = database["people"]
        self._changes = changes
        self._now = now

    async def prepare(self) -> None:
        await self._people.create_index("untold", sparse=True)

    def begun(self, name: str, key: str) -> Document:
        """The update that gives somebody a name."""
        return {"$set": {"name": name, "name_key": key, "renamed_at": self._now()}, "$inc": {"untold": 1}}

    async def tell(self, person_id: str, name: str) -> None:
        """What `begun` has changed. Where the name is another by now the last word in the feed is that one."""
        while True:
            await self._changes.record("person_renamed", person_id, name=name)
            # Never below none, where two replicas found the same one left: a later one would not count then.
            left = {"_id": person_id, "name": name, "untold": {"$gt": 0}}
            if (await self._people.update_one(left, {"$inc": {"untold": -1}})).matched_count:
                return
            found = await self._people.find_one({"_id": person_id}, {"name": True})
            if found is None or found["name"] == name:  # the account is gone, and with it the name; or all is told
                return
            name = found["name"]

    async def finish(self) -> None:
        """Tell of the names that somebody gave and didn't live to tell of."""
        began_before = finishing.left_before(self._now())
        async for person in self._people.find({"untold": {"$gt": 0}, "renamed_at": {"$lt": began_before}}):
            # As often as it was left untold: each time it is told, one is done with.
            for _ in range(person["untold"]):
                await self.tell(person["_id"], person["name"])
