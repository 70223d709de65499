"""How far this installation has come in what it applies to its own database: {_id: "cursor NAME", seq} in `meta`."""

from chassis.mongo import Database, Document


class Cursors:
    def __init__(self, database: Database) -> None:
        self._meta = database["meta"]

    async def read(self, name: str) -> int:
        """The seq of the last that was applied, 0 before the first."""
        found = await self._meta.find_one({"_id": f"cursor {name}"})
        return int(found["seq"]) if found else 0

    async def advance(self, name: str, seq: int) -> None:
        """Replicas that do the same work never put it back."""
        forward: Document = {"$max": {"seq": seq}}
        await self._meta.update_one({"_id": f"cursor {name}"}, forward, upsert=True)

    async def restart(self, name: str, seq: int) -> None:
        """From the beginning again, if nobody has moved it from `seq` meanwhile."""
        await self._meta.update_one({"_id": f"cursor {name}", "seq": seq}, {"$set": {"seq": 0}})
