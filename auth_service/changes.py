"""What changed about people and sessions, in one order, for whoever has to know: the account-change feed.

The collection `changes`: {seq, at, kind, person, session?, name?, erase?}. As in a room's log the insert is the commit:
`seq` is the last one and one more, under a unique index, so no reader that goes by numbers ever misses one. RabbitMQ
only wakes the readers; a lost call costs them time.

Kept: deletions and renames for ever, so that a chat service that was away for however long, or whose database comes
from an old backup, still applies them; all else for 30 days, and what it says matters for as long as a token lasts.
"""

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec
import structlog
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from chassis.mongo import Database, Document

log = structlog.get_logger(__name__)

KEPT = timedelta(days=30)
KEPT_FOR_EVER = ["person_renamed", "person_deleted"]
CONFLICT_PAUSE_SECONDS = 0.02
MAX_PAGE = 500

Kind = Literal["session_ended", "person_disabled", "person_enabled", "person_renamed", "person_deleted"]


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """`at` in milliseconds since the epoch; `erase`: whether a deleted person's texts go too."""

    seq: int
    at: int
    kind: Kind
    person: str
    session: str | None = None
    name: str | None = None
    erase: bool | None = None


def _now() -> datetime:
    return datetime.now(UTC)


class Changes:
    """`recorded` is called after each change, to wake the readers; it must neither wait nor fail."""

    def __init__(self, database: Database, recorded: Callable[[], None], now: Callable[[], datetime] = _now) -> None:
        self._changes = database["changes"]
        self._recorded = recorded
        self._now = now

    async def prepare(self) -> None:
        await self._changes.create_index("seq", unique=True)
        await self._changes.create_index([("kind", ASCENDING), ("seq", ASCENDING)])
        await self._changes.create_index("at")

    async def record(
        self,
        kind: Kind,
        person: str,
        *,
        session: str | None = None,
        name: str | None = None,
        erase: bool | None = None,
    ) -> None:
        """Store a change, durably, and wake whoever reads them."""
        told = {"session": session, "name": name, "erase": erase}
        document: Document = {"kind": kind, "person": person} | {
            field: value for field, value in told.items() if value is not None
        }
        while True:
            seq = await self.head() + 1
            try:
                await self._changes.insert_one({"seq": seq, "at": self._now(), **document})
            except DuplicateKeyError:  # another replica had this number a moment before
                await asyncio.sleep(random.uniform(0, CONFLICT_PAUSE_SECONDS))  # noqa: S311 - jitter, which nobody gains by guessing
            else:
                break
        log.info("account changed", kind=kind, person=person, session=session, seq=seq)
        self._recorded()
        await self._forget(seq)

    async def head(self) -> int:
        """The highest seq, 0 while nothing ever changed."""
        last = await self._changes.find_one({}, {"seq": True}, sort=[("seq", DESCENDING)])
        return int(last["seq"]) if last else 0

    async def after(self, seq: int, kind: Kind | None = None) -> list[Change]:
        """The first changes above `seq`, ascending, of one kind or of all; at most a page of them."""
        scope: Document = {"seq": {"$gt": seq}} | ({"kind": kind} if kind else {})
        found = self._changes.find(scope).sort("seq", ASCENDING).limit(MAX_PAGE)
        return [_change(dict(document)) async for document in found]

    async def before(self, age: timedelta) -> int:
        """The seq after which the changes of this last time come."""
        since: Document = {"at": {"$gte": self._now() - age}}
        first = await self._changes.find_one(since, {"seq": True}, sort=[("seq", ASCENDING)])
        return int(first["seq"]) - 1 if first else await self.head()

    async def _forget(self, seq: int) -> None:
        """By each new change and not by the database's clock: the last one has to stay, since it is the head."""
        old: Document = {"at": {"$lt": self._now() - KEPT}, "kind": {"$nin": KEPT_FOR_EVER}, "seq": {"$lt": seq}}
        await self._changes.delete_many(old)


def _change(document: Document) -> Change:
    return msgspec.convert({**document, "at": int(document["at"].timestamp() * 1000)}, Change)
