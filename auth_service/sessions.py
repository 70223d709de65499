"""Sessions: from signing in to signing out, on one device.

A session lives in `sessions`: {_id, person, password, counter, device, address, created_at, rotated_at, idle_until,
ends_at}; `password` is `Proof.password` of whoever began it. One that is ended has `ended_at` until the feed of changes
has it, since that is what closes its sockets; then it is deleted. Whoever dies in between leaves that to `finish`.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import structlog
from pymongo import DESCENDING, ReturnDocument

from auth_service import finishing, metrics
from auth_service.changes import Changes
from auth_service.devices import NOWHERE, Device
from auth_service.refresh_tokens import RefreshToken, RefreshTokens
from chassis.mongo import Database, Document
from chassis.problems import Problem

log = structlog.get_logger(__name__)

IDLE_LIFETIME = timedelta(days=30)
LONGEST_LIFETIME = timedelta(days=365)
PREDECESSOR_GRACE = timedelta(seconds=10)  # two tabs that refresh at once, or an answer that got lost
MAX_LISTED = 200  # more than anybody looks through; ending all others has no limit


class Session(msgspec.Struct, frozen=True):
    """An open session, with the token that continues it; `password` as above, None where it was not noted yet."""

    id: str
    person: str
    password: int | None
    refresh_token: str


class OpenSession(msgspec.Struct, frozen=True):
    """A session as its person sees it; `device` and `address` are those of its last use."""

    id: str
    device: str
    address: str
    created_at: datetime
    used_at: datetime


def _now() -> datetime:
    return datetime.now(UTC)


class Sessions:
    def __init__(
        self, database: Database, tokens: RefreshTokens, changes: Changes, now: Callable[[], datetime] = _now
    ) -> None:
        self._sessions = database["sessions"]
        self._tokens = tokens
        self._changes = changes
        self._now = now

    async def prepare(self) -> None:
        await self._sessions.create_index("idle_until", expireAfterSeconds=0)
        await self._sessions.create_index("ends_at", expireAfterSeconds=0)
        await self._sessions.create_index("person")
        await self._sessions.create_index("ended_at", sparse=True)

    async def begin(self, person_id: str, device: Device = NOWHERE, password: int = 0) -> Session:
        now = self._now()
        document: Document = {
            "_id": secrets.token_urlsafe(16),
            "person": person_id,
            "password": password,
            "counter": 0,
            "device": device.name,
            "address": device.address,
            "created_at": now,
            "rotated_at": now,
            "idle_until": now + IDLE_LIFETIME,
            "ends_at": now + LONGEST_LIFETIME,
        }
        await self._sessions.insert_one(document)
        log.info("signed in", person=person_id, session=document["_id"], address=device.address)
        return self._session(document)

    async def renew(self, sealed: str | None, device: Device = NOWHERE) -> Session:
        """Exchange a refresh token for its successor.

        The direct predecessor of an unused token gets that same token again for 10 s. Any other token that was once
        good has been used by two: the whole session ends.

        Raises:
            Problem: 401 `signed_out`.
        """
        token = self._tokens.open(sealed) if sealed else None
        if token is None:
            raise _signed_out()
        came = self._now()
        # A database that stood still may do this long after it was asked: the 10 s count from when it has.
        used: Document = {"rotated_at": {"$max": [came, "$$NOW"]}, "idle_until": came + IDLE_LIFETIME}
        if device is not NOWHERE:
            used |= {"device": {"$literal": device.name}, "address": {"$literal": device.address}}
        rotated = await self._sessions.find_one_and_update(
            {"_id": token.session, "counter": token.counter, **self._is_open()},
            [{"$set": {"counter": {"$add": ["$counter", 1]}, **used}}],
            return_document=ReturnDocument.AFTER,
        )
        if rotated:
            return self._session(rotated)
        current = await self._sessions.find_one({"_id": token.session, **self._is_open()})
        if current is None:
            raise _signed_out()
        if self._continues(current, token, came):
            return self._session(current)
        metrics.REFRESH_REUSED.inc()
        log.warning("refresh token reused", person=current["person"], session=token.session, address=device.address)
        await self.end(token.session)
        raise _signed_out()

    async def current(self, sealed: str | None) -> Session | None:
        """The open session that `renew` would continue by this token; nothing changes by asking."""
        token = self._tokens.open(sealed) if sealed else None
        found = await self._sessions.find_one({"_id": token.session, **self._is_open()}) if token else None
        if token is None or found is None or not self._continues(found, token, self._now()):
            return None
        return self._session(found)

    async def is_open(self, session_id: str, person_id: str, password: int | None = None) -> bool:
        """Whether it goes on, and began by this password, if one is named; as `Proof.password` counts them."""
        scope: Document = {"_id": session_id, "person": person_id, **self._is_open()}
        if password is not None:
            scope["password"] = {"$in": [password, None]}
        return await self._sessions.find_one(scope, {"_id": True}) is not None

    async def of(self, person_id: str) -> list[OpenSession]:
        """A person's open sessions, the last used first."""
        found = self._sessions.find({"person": person_id, **self._is_open()}).sort("rotated_at", DESCENDING)
        return [_open_session(document) async for document in found.limit(MAX_LISTED)]

    async def end(self, session_id: str, person_id: str | None = None) -> bool:
        """End a session, of this person if one is named; whether there was one. Its sockets close."""
        return bool(await self._end({"_id": session_id} | ({"person": person_id} if person_id else {})))

    async def end_all(self, person_id: str, but: str | None = None) -> int:
        """End all sessions of a person, save perhaps one; how many."""
        return await self._end({"person": person_id, "_id": {"$ne": but}})

    async def end_older(self, person_id: str, password: int) -> None:
        """End all sessions of a person that began by a password before this one, as `Proof.password` counts them."""
        # By none, too: they are from before it was noted. A newer one's go on, for whoever comes late with this one.
        await self._end({"person": person_id, "password": {"$not": {"$gte": password}}})

    async def end_by_token(self, sealed: str | None) -> bool:
        """End the session that a refresh token, current or not, belongs to; whether it is one of ours."""
        token = self._tokens.open(sealed) if sealed else None
        if token:
            await self.end(token.session)
        return token is not None

    async def finish(self) -> None:
        """Tell of the sessions whose end somebody began to tell and didn't live to."""
        async for ended in self._sessions.find({"ended_at": {"$lt": finishing.left_before(self._now())}}):
            await self._finish(ended)

    async def _end(self, scope: Document) -> int:
        """How many there were. All of them are over before the first is told of: that may fail."""
        scope = {**scope, "ended_at": None}
        ids = [document["_id"] async for document in self._sessions.find(scope, {"_id": True})]
        over: Document = {"$set": {"ended_at": self._now()}}
        # One by one: of several who end the same session one gets it, and tells.
        ended = [one for id_ in ids if (one := await self._sessions.find_one_and_update({**scope, "_id": id_}, over))]
        for one in ended:
            log.info("signed out", person=one["person"], session=one["_id"])
            await self._finish(one)
        return len(ended)

    async def _finish(self, ended: Mapping[str, Any]) -> None:
        await self._changes.record("session_ended", ended["person"], session=ended["_id"])
        await self._sessions.delete_one({"_id": ended["_id"]})

    def _continues(self, current: Mapping[str, Any], token: RefreshToken, came: datetime) -> bool:
        """Whether it is the current token, or its direct predecessor that came a moment after it was rotated.

        When it came, not when it is looked at: it may have waited for the database, like the one before it.
        """
        rotations_ago: int = current["counter"] - token.counter
        just_rotated: bool = came - current["rotated_at"] < PREDECESSOR_GRACE
        return rotations_ago == 0 or (rotations_ago == 1 and just_rotated)

    def _is_open(self) -> Document:
        now = self._now()
        return {"idle_until": {"$gt": now}, "ends_at": {"$gt": now}, "ended_at": None}

    def _session(self, document: Mapping[str, Any]) -> Session:
        token = self._tokens.seal(RefreshToken(document["_id"], document["counter"]))
        return Session(document["_id"], document["person"], document.get("password"), token)


def _open_session(document: Mapping[str, Any]) -> OpenSession:
    """Sessions from before devices were noted have none."""
    return OpenSession(
        document["_id"],
        document.get("device", NOWHERE.name),
        document.get("address", NOWHERE.address),
        document["created_at"],
        document["rotated_at"],
    )


def _signed_out() -> Problem:
    return Problem(401, "signed_out", "Please sign in.")
