"""Personal access tokens: what a program signs in with, in its person's name and with less than their powers.

A token lives in `personal_tokens`: {_id, code (hashed), person, name, scopes, created_at, last_used_at, expires_at}.
It is exchanged for short-lived access tokens, all of one session that has the token's id, so that the chat service
needs nothing but keys, and ending that session is to revoke the token. One that is revoked has `revoked_at` until the
feed of changes has the end of its session, as with the sessions of people: see sessions.py.
"""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec

from auth_service import codes, finishing
from auth_service.changes import Changes
from chassis.mongo import Database, Document
from chassis.problems import Problem

PREFIX = "parley_pat_"  # lets secret scanners, and people, recognise one
SESSION_PREFIX = "token-"
MAX_NAME_CHARS = 64
MAX_TOKENS = 20  # per person
DAY_SECONDS = 86_400
MAX_SECONDS = 365 * DAY_SECONDS
DEFAULT_SECONDS = 90 * DAY_SECONDS

Scope = Literal["read", "write", "admin"]
TokenName = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME_CHARS)]


class Asked(msgspec.Struct, frozen=True):
    """What a token is asked to be; `expires_in` in seconds."""

    name: TokenName
    scopes: Annotated[Collection[Scope], msgspec.Meta(min_length=1)] = ("read", "write")
    expires_in: Annotated[int, msgspec.Meta(ge=60, le=MAX_SECONDS)] = DEFAULT_SECONDS


class PersonalToken(msgspec.Struct, frozen=True):
    """A token as its person may see it again and again: without what signs in."""

    id: str
    name: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime


class Used(msgspec.Struct, frozen=True):
    """A token that was shown: whose it is, and what for."""

    token: PersonalToken
    person: str


def session_of(token_id: str) -> str:
    """The session of the access tokens that this token is exchanged for."""
    return SESSION_PREFIX + token_id


def _now() -> datetime:
    return datetime.now(UTC)


class PersonalTokens:
    def __init__(self, database: Database, changes: Changes, now: Callable[[], datetime] = _now) -> None:
        self._tokens = database["personal_tokens"]
        self._changes = changes
        self._now = now

    async def prepare(self) -> None:
        await self._tokens.create_index("expires_at", expireAfterSeconds=0)
        await self._tokens.create_index("code", unique=True)
        await self._tokens.create_index("person")
        await self._tokens.create_index("revoked_at", sparse=True)

    async def make(self, person_id: str, asked: Asked) -> tuple[PersonalToken, str]:
        """A new token, and what signs in, which nobody can be told again.

        Raises:
            Problem: 422 `invalid` for a name that nobody can read, 409 `too_many_tokens`.
        """
        name = asked.name.strip()
        if not name or not name.isprintable():
            detail = f"Name it in 1 to {MAX_NAME_CHARS} characters that can be seen."
            raise Problem(422, "invalid", detail, errors={"name": detail})
        if await self._tokens.count_documents({"person": person_id, **self._good()}) >= MAX_TOKENS:
            detail = f"You have {MAX_TOKENS} tokens, which is the most: revoke one that you don't use."
            raise Problem(409, "too_many_tokens", detail)
        code = codes.new(PREFIX)
        now = self._now()
        document: Document = {
            "_id": secrets.token_hex(8),
            "code": codes.hashed(code),
            "person": person_id,
            "name": name,
            "scopes": sorted(set(asked.scopes)),
            "created_at": now,
            "last_used_at": None,
            "expires_at": now + timedelta(seconds=asked.expires_in),
        }
        await self._tokens.insert_one(document)
        return _token(document), code

    async def use(self, code: str) -> Used:
        """Whose token this is; notes the time.

        Raises:
            Problem: 401 `bad_token`, the same for one that is over, was revoked or never was.
        """
        found = await self._tokens.find_one_and_update(
            {"code": codes.hashed(code), **self._good()}, {"$set": {"last_used_at": self._now()}}
        )
        if found is None:
            raise bad_token()
        return Used(_token(found), found["person"])

    async def is_good(self, session: str) -> bool:
        """Whether the token of this session is neither over nor revoked."""
        token = {"_id": session.removeprefix(SESSION_PREFIX), **self._good()}
        return session.startswith(SESSION_PREFIX) and await self._tokens.find_one(token, {"_id": True}) is not None

    async def listed(self, person_id: str) -> Sequence[PersonalToken]:
        """Newest first."""
        found = await self._tokens.find({"person": person_id, **self._good()}).sort("created_at", -1).to_list(None)
        return [_token(one) for one in found]

    async def revoke(self, token_id: str, person_id: str) -> None:
        """End a token of this person, with its sockets.

        Raises:
            Problem: 404 `unknown_token`, also for one of somebody else's.
        """
        if not await self._revoke({"_id": token_id, "person": person_id}):
            raise Problem(404, "unknown_token", "You have no such token.")

    async def revoke_all(self, person_id: str, scope: str | None = None) -> None:
        """End all tokens of this person, or those with this scope, with their sockets."""
        await self._revoke({"person": person_id, **({"scopes": scope} if scope else {})})

    async def finish(self) -> None:
        """Tell of the tokens whose end somebody began to tell and didn't live to."""
        async for revoked in self._tokens.find({"revoked_at": {"$lt": finishing.left_before(self._now())}}):
            await self._finish(revoked)

    async def _revoke(self, which: Document) -> bool:
        """Whether there was one. All of them are over before the first is told of: that may fail."""
        found = await self._tokens.find({**which, "revoked_at": None}).to_list(None)
        now = self._now()
        await self._tokens.update_many({"_id": {"$in": [one["_id"] for one in found]}}, {"$set": {"revoked_at": now}})
        for revoked in found:
            await self._finish(revoked)
        return bool(found)

    async def _finish(self, revoked: Mapping[str, Any]) -> None:
        await self._changes.record("session_ended", revoked["person"], session=session_of(revoked["_id"]))
        await self._tokens.delete_one({"_id": revoked["_id"]})

    def _good(self) -> dict[str, Any]:
        return {"expires_at": {"$gt": self._now()}, "revoked_at": None}


def bad_token() -> Problem:
    """One answer for every token that signs nobody in."""
    return Problem(401, "bad_token", "This token is not valid.")


def _token(found: Mapping[str, Any]) -> PersonalToken:
    return PersonalToken(
        found["_id"],
        found["name"],
        list(found["scopes"]),
        found["created_at"],
        found["last_used_at"],
        found["expires_at"],
    )
