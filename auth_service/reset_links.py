"""Links to set a new password: made by an administrator for somebody who forgot theirs, good once and for a day.

A link's code lives in `reset_links`: {_id (hashed code), person, ends_at}. It proves no second factor, and opens no
session: who has set the password signs in with it like everybody.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from auth_service import codes
from chassis.mongo import Database, Document
from chassis.problems import Problem

LIFETIME = timedelta(hours=24)


def _now() -> datetime:
    return datetime.now(UTC)


class ResetLinks:
    def __init__(self, database: Database, now: Callable[[], datetime] = _now) -> None:
        self._links = database["reset_links"]
        self._now = now

    async def prepare(self) -> None:
        await self._links.create_index("ends_at", expireAfterSeconds=0)
        await self._links.create_index("person")

    async def make(self, person_id: str) -> str:
        """The code of a new link; an earlier one of the same person ends."""
        await self.revoke(person_id)
        code = codes.new()
        await self._links.insert_one(
            {"_id": codes.hashed(code), "person": person_id, "ends_at": self._now() + LIFETIME}
        )
        return code

    async def person(self, code: str) -> str:
        """Whose password this link resets.

        Raises:
            Problem: 404 `link_over`, the same for one that never was.
        """
        return await self._found(code, use=False)

    async def use(self, code: str) -> str:
        """As `person`, and the link is over.

        Raises:
            Problem: as `person`.
        """
        return await self._found(code, use=True)

    async def revoke(self, person_id: str, made_by: datetime | None = None) -> None:
        """Those that were made by this time, if one is named."""
        older: Document = {"ends_at": {"$lte": made_by + LIFETIME}} if made_by else {}
        await self._links.delete_many({"person": person_id, **older})

    async def _found(self, code: str, *, use: bool) -> str:
        link = {"_id": codes.hashed(code), "ends_at": {"$gt": self._now()}}
        found = await (self._links.find_one_and_delete(link) if use else self._links.find_one(link))
        if found is None:
            raise link_over()
        return str(found["person"])


def link_over() -> Problem:
    """One answer for every link that leads nowhere."""
    return Problem(404, "link_over", "This link isn't valid any more. Ask an administrator for a new one.")
