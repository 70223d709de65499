"""Ending what somebody got in by with an old password: sessions, and links to set another one.

Beside a new password stands {password_changed_at} in `people`, from the update that sets it until all of that is over.
Who dies in between, or meets an error, leaves the rest to `finish`; what began by an old password isn't refreshed in
any case: docs/decisions/0110-a-new-password-is-a-new-beginning.md.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from auth_service import finishing
from auth_service.reset_links import ResetLinks
from auth_service.sessions import Sessions
from chassis.mongo import Database


def _now() -> datetime:
    return datetime.now(UTC)


class OldPasswords:
    def __init__(
        self, database: Database, sessions: Sessions, reset_links: ResetLinks, now: Callable[[], datetime] = _now
    ) -> None:
        self._people = database["people"]
        self._sessions = sessions
        self._reset_links = reset_links
        self._now = now

    async def prepare(self) -> None:
        await self._people.create_index("password_changed_at", sparse=True)

    async def end(self, person_id: str, password: int, changed_at: datetime | None = None) -> None:
        """All that began by a password before this one, as `Proof.password` counts them; of links, if it wasn't set
        just now, only those from before that: one made since may be what its owner waits for."""
        await self._reset_links.revoke(person_id, changed_at)
        await self._sessions.end_older(person_id, password)
        # Unless there is a newer one, whose mark this is.
        done = {"_id": person_id, "passwords": password}
        await self._people.update_one(done, {"$unset": {"password_changed_at": True}})

    async def finish(self) -> None:
        """Do so for those who changed their password and weren't served to the end."""
        left = {"password_changed_at": {"$lt": finishing.left_before(self._now())}}
        async for person in self._people.find(left, {"passwords": True, "password_changed_at": True}):
            await self.end(person["_id"], person["passwords"], person["password_changed_at"])
