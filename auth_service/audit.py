"""The audit log: who did what to whom, when and from where, for administrators to read.

An entry lives in `audit`: {_id, at, who, what, whom, address, details}; ids of people and no names, so that what is
left of somebody who deleted their account is a number.
"""

import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec
import structlog
from aiohttp import web

from chassis import client_address
from chassis.mongo import Database, Document

log = structlog.get_logger(__name__)

KEPT = timedelta(days=365)  # addresses are personal data: not for ever
PAGE_ENTRIES = 50
COMMAND_LINE = "command line"  # who has no account but the machine


class Act(StrEnum):
    """What can be done."""

    REGISTERED = "registered"
    PERSON_DISABLED = "disabled a person"
    PERSON_ENABLED = "enabled a person"
    SESSIONS_ENDED = "ended all sessions"
    TOKENS_REVOKED = "revoked all tokens"
    RESET_LINK_MADE = "made a link to reset a password"
    PASSWORD_RESET = "reset the password by a link"  # noqa: S105 - the name of an act, no secret
    ADMINISTRATOR_MADE = "made an administrator"
    ADMINISTRATOR_UNMADE = "took administration away"
    SIGN_UP_CHANGED = "changed who may sign up"
    INVITATION_MADE = "made an invitation"
    INVITATION_REVOKED = "revoked an invitation"
    INVITATION_ACCEPTED = "accepted an invitation"
    TOKEN_MADE = "made a token"  # noqa: S105 - the name of an act, no secret
    TOKEN_REVOKED = "revoked a token"  # noqa: S105 - the name of an act, no secret
    RENAMED = "changed their name"
    PASSWORD_CHANGED = "changed their password"  # noqa: S105 - the name of an act, no secret
    SECOND_FACTOR_ON = "turned their second factor on"
    SECOND_FACTOR_REMOVED = "turned off somebody's second factor"
    SECOND_FACTOR_OFF = "turned their second factor off"
    SESSION_ENDED = "ended a session of theirs"
    OTHER_SESSIONS_ENDED = "ended their other sessions"
    DATA_DOWNLOADED = "downloaded their data"
    ACCOUNT_DELETED = "deleted their account"
    KEY_ROTATED = "made the next signing key"
    KEY_RETIRED = "retired a signing key"


class Actor(msgspec.Struct, frozen=True):
    """Who acts: a person's id or `COMMAND_LINE`, and the address that their request came from."""

    who: str
    address: str | None = None


def by(request: web.Request, person_id: str) -> Actor:
    """Who acts by a request."""
    return Actor(person_id, client_address.of(request))


class Entry(msgspec.Struct, frozen=True):
    """One act; `who` and `whom` are ids of people."""

    id: str
    at: datetime
    who: str
    what: str
    whom: str | None
    address: str | None
    details: Mapping[str, str]


class Audit:
    def __init__(self, database: Database) -> None:
        self._entries = database["audit"]

    async def prepare(self) -> None:
        await self._entries.create_index("at", expireAfterSeconds=int(KEPT.total_seconds()))
        await self._entries.create_index([("who", 1), ("_id", -1)])
        await self._entries.create_index([("whom", 1), ("_id", -1)])

    async def record(self, actor: Actor, what: Act, whom: str | None = None, **details: str) -> None:
        """Write down what was done; `details` hold no secret."""
        document: Document = {
            "_id": f"{time.time_ns() // 1000:014x}{secrets.token_hex(3)}",  # sorts by time, to the microsecond
            "at": datetime.now(UTC),
            "who": actor.who,
            "what": what.value,
            "whom": whom,
            "address": actor.address,
            "details": details,
        }
        await self._entries.insert_one(document)
        log.info("audit", who=actor.who, what=what.value, whom=whom)

    async def page(self, before: str = "", limit: int = PAGE_ENTRIES) -> Sequence[Entry]:
        """The newest entries, or those before the entry `before`; newest first."""
        return await self._read({"_id": {"$lt": before}} if before else {}, limit)

    async def about(self, person_id: str, limit: int) -> Sequence[Entry]:
        """The newest entries that a person did or that were done to them."""
        return await self._read({"$or": [{"who": person_id}, {"whom": person_id}]}, limit)

    async def _read(self, which: dict[str, Any], limit: int) -> Sequence[Entry]:
        found = await self._entries.find(which).sort("_id", -1).limit(limit).to_list(limit)
        return [msgspec.convert({**entry, "id": entry["_id"]}, Entry) for entry in found]
