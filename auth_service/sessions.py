"""Sessions: from signing in to signing out, on one device.

A session lives in `sessions`: {_id, person, counter, created_at, rotated_at, idle_until, ends_at}.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import structlog
from pymongo import ReturnDocument

from auth_service.refresh_tokens import RefreshToken, RefreshTokens
from chassis.mongo import Database, Document
from chassis.problems import Problem

log = structlog.get_logger(__name__)

IDLE_LIFETIME = timedelta(days=30)
LONGEST_LIFETIME = timedelta(days=365)
PREDECESSOR_GRACE = timedelta(seconds=10)  # two tabs that refresh at once, or an answer that got lost


class Session(msgspec.Struct, frozen=True):
    """An open session, with the token that continues it."""

    id: str
    person: str
    refresh_token: str


def _now() -> datetime:
    return datetime.now(UTC)


class Sessions:
    def __init__(self, database: Database, tokens: RefreshTokens, now: Callable[[], datetime] = _now) -> None:
        self._sessions = database["sessions"]
        self._tokens = tokens
        self._now = now

    async def prepare(self) -> None:
        await self._sessions.create_index("idle_until", expireAfterSeconds=0)
        await self._sessions.create_index("ends_at", expireAfterSeconds=0)
        await self._sessions.create_index("person")

    async def begin(self, person_id: str) -> Session:
        now = self._now()
        document: Document = {
            "_id": secrets.token_urlsafe(16),
            "person": person_id,
            "counter": 0,
            "created_at": now,
            "rotated_at": now,
            "idle_until": now + IDLE_LIFETIME,
            "ends_at": now + LONGEST_LIFETIME,
        }
        await self._sessions.insert_one(document)
        log.info("signed in", person=person_id, session=document["_id"])
        return self._session(document)

    async def renew(self, sealed: str | None) -> Session:
        """Exchange a refresh token for its successor.

        The direct predecessor of an unused token gets that same token again for 10 s. Any other token that was once
        good has been used by two: the whole session ends.

        Raises:
            Problem: 401 `signed_out`.
        """
        token = self._tokens.open(sealed) if sealed else None
        if token is None:
            raise _signed_out()
        now = self._now()
        open_session = {"_id": token.session, "idle_until": {"$gt": now}, "ends_at": {"$gt": now}}
        rotated = await self._sessions.find_one_and_update(
            {**open_session, "counter": token.counter},
            {"$inc": {"counter": 1}, "$set": {"rotated_at": now, "idle_until": now + IDLE_LIFETIME}},
            return_document=ReturnDocument.AFTER,
        )
        if rotated:
            return self._session(rotated)
        current = await self._sessions.find_one(open_session)
        if current is None:
            raise _signed_out()
        if token.counter == current["counter"] - 1 and now - current["rotated_at"] < PREDECESSOR_GRACE:
            return self._session(current)
        log.warning("refresh token reused", person=current["person"], session=token.session)
        await self.end(token.session)
        raise _signed_out()

    async def end(self, session_id: str) -> None:
        """End a session; ending one that is over is no mistake."""
        ended = await self._sessions.find_one_and_delete({"_id": session_id})
        if ended:
            log.info("signed out", person=ended["person"], session=session_id)

    async def end_by_token(self, sealed: str) -> None:
        """End the session that a refresh token, current or not, belongs to."""
        if token := self._tokens.open(sealed):
            await self.end(token.session)

    def _session(self, document: Mapping[str, Any]) -> Session:
        token = self._tokens.seal(RefreshToken(document["_id"], document["counter"]))
        return Session(document["_id"], document["person"], token)


def _signed_out() -> Problem:
    return Problem(401, "signed_out", "Please sign in.")
