"""People as administrators and tokens see them: who there is, who may come in, who is invited where."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from auth_service import finishing
from auth_service.accounts import key_of
from auth_service.administrators import Administrators
from chassis.access_tokens import MAX_INVITATIONS, RoomInvitation
from chassis.mongo import Database, Document
from chassis.problems import Problem

PAGE_PEOPLE = 50
INVITATIONS_LAST = timedelta(days=1)
DELETED_PERSON = "deleted person"
_UNDONE = {"$unset": {"disabled_at": True, "unannounced": True}}


class Listed(msgspec.Struct, frozen=True):
    """Somebody in the list of people; `name_key` is where their page of the list goes on."""

    id: str
    name: str
    name_key: str
    created_at: datetime
    administrator: bool
    disabled_at: datetime | None


class Standing(msgspec.Struct, frozen=True):
    """What tells one access token from another, besides whose it is; `passwords`: how many they had before this one."""

    name: str
    administrator: bool
    disabled: bool
    passwords: int
    invitations: tuple[RoomInvitation, ...]


def _now() -> datetime:
    return datetime.now(UTC)


class People:
    """The collection `people`, beside names and passwords: {administrator?, disabled_at?, unannounced?, invitations?},
    where `unannounced` is since when it may not be known everywhere whether somebody is disabled."""

    def __init__(self, database: Database, administrators: Administrators, now: Callable[[], datetime] = _now) -> None:
        self._people = database["people"]
        self._administrators = administrators
        self._now = now

    async def prepare(self) -> None:
        await self._people.create_index("unannounced", sparse=True)

    async def standing(self, person_id: str) -> Standing | None:
        """None for an account that is gone."""
        found = await self._people.find_one({"_id": person_id})
        if found is None:
            return None
        since = datetime.now(UTC) - INVITATIONS_LAST
        accepted = [one for one in found.get("invitations", []) if one["at"] > since]
        return Standing(
            found["name"],
            bool(found.get("administrator")),
            found.get("disabled_at") is not None,
            found.get("passwords", 0),
            tuple(RoomInvitation(one["id"], one["room"], one["by"]) for one in accepted[-MAX_INVITATIONS:]),
        )

    async def page(self, search: str = "", after: str = "", limit: int = PAGE_PEOPLE) -> Sequence[Listed]:
        """Up to `limit` people whose name has `search` in it, by name, from behind the name key `after`."""
        if not search.isprintable():  # no name has what can't be seen, and the database takes no NUL in a pattern
            return []
        which = {"name_key": {"$gt": after, "$regex": re.escape(key_of(search))}}
        found = await self._people.find(which).sort("name_key", 1).limit(limit).to_list(limit)
        return [_listed(person) for person in found]

    async def find(self, person_id: str) -> Listed | None:
        found = await self._people.find_one({"_id": person_id})
        return _listed(found) if found else None

    async def named(self, name: str) -> Listed:
        """Somebody by name or id.

        Raises:
            Problem: 404 `unknown_person`.
        """
        known_as = [{"name_key": key_of(name)}, {"_id": name}]
        found = await self._people.find_one({"$or": known_as}) if name.isprintable() else None
        if found is None:
            raise Problem(404, "unknown_person", "Nobody has this name.")
        return _listed(found)

    async def names(self, person_ids: Iterable[str | None]) -> Mapping[str, str]:
        """The names of those among these who still have an account."""
        wanted = list({one for one in person_ids if one})
        found = await self._people.find({"_id": {"$in": wanted}}, {"name": True}).to_list(None)
        return {person["_id"]: person["name"] for person in found}

    async def disable(self, person_id: str) -> None:
        """Keep somebody out; who is out already stays so. What they have open is the caller's to end: see `announced`.

        Raises:
            Problem: 409 `last_administrator`.
        """
        now = self._now()
        await self._administrators.unless_last(person_id, {"$set": {"disabled_at": now, "unannounced": now}}, _UNDONE)

    async def enable(self, person_id: str) -> None:
        """Let somebody in again; that it is known everywhere is the caller's to see to: see `announced`."""
        change: Document = {"$unset": {"disabled_at": True}, "$set": {"unannounced": self._now()}}
        await self._people.update_one({"_id": person_id, "disabled_at": {"$ne": None}}, change)

    async def announced(self, person_id: str, *, disabled: bool) -> None:
        """It is known everywhere that somebody is disabled, and nothing of theirs is open; or that they are not."""
        so = {"_id": person_id, "disabled_at": {"$exists": disabled}}  # what was decided since is still to be told
        await self._people.update_one(so, {"$unset": {"unannounced": True}})

    async def unannounced(self) -> Sequence[str]:
        """Whose being disabled or enabled may not be known everywhere, with nobody at it any more."""
        left = {"unannounced": {"$lt": finishing.left_before(self._now())}}
        return [person["_id"] async for person in self._people.find(left, {"_id": True})]


def _listed(found: Mapping[str, Any]) -> Listed:
    return Listed(
        found["_id"],
        found["name"],
        found["name_key"],
        found["created_at"],
        bool(found.get("administrator")),
        found.get("disabled_at"),
    )
