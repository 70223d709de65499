"""How often somebody may try: counters in MongoDB, so that every replica counts the same attempts.

A counter is {_id: "limit:key", tried, next_at, expires_at}. An attempt is counted before anything is examined, each
counter in one atomic step, so many at once are many attempts; one that turns out right is taken back. Source: OWASP
Authentication Cheat Sheet, "Login Throttling".
"""

import hashlib
import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import structlog
from pymongo import DESCENDING, DeleteOne, UpdateOne
from pymongo.errors import BulkWriteError
from pymongo.write_concern import WriteConcern

from auth_service import metrics
from chassis.mongo import Database, Document
from chassis.problems import Problem

log = structlog.get_logger(__name__)

DUPLICATE_KEY = 11000
LONGEST_PAUSE_SECONDS = 900
TOLD_IN_SECONDS = 90  # a pause of up to so many; a longer one in minutes, as people say it
FORGOTTEN_AFTER = timedelta(hours=1)  # without another attempt, beyond the pause
AT_ONCE = datetime.fromtimestamp(0, UTC)  # and not now: clocks differ, and so do those who come at the same moment
KEY_CHARS = 32  # of the hash: no counter says whose it is, nor how long a name was tried


class Limit(msgspec.Struct, frozen=True):
    """The first `free` attempts cost nothing; each one more doubles the pause before the next, up to 15 minutes."""

    name: str
    free: int


class Quota(msgspec.Struct, frozen=True):
    """So many attempts in each period of `seconds`, whoever makes them."""

    name: str
    attempts: int
    seconds: int


Attempt = tuple[Limit | Quota, str]


class Throttled(Problem):
    """429 with `Retry-After`."""

    def __init__(self, limit: str, seconds: float) -> None:
        wait = max(1, math.ceil(seconds))
        unit, count = ("minute", math.ceil(wait / 60)) if wait > TOLD_IN_SECONDS else ("second", wait)
        again = f"{count} {unit}{'' if count == 1 else 's'}"
        super().__init__(
            429, "throttled", f"Too many attempts. Try again in {again}.", headers={"Retry-After": str(wait)}
        )
        self.limit = limit


def _now() -> datetime:
    return datetime.now(UTC)


class Throttle:
    def __init__(self, database: Database, now: Callable[[], datetime] = _now) -> None:
        # Not known to be journalled: a counter that a crash forgets is none that anybody relies on.
        self._counters = database["attempts"].with_options(write_concern=WriteConcern(w=1))
        self._now = now

    async def prepare(self) -> None:
        await self._counters.create_index("expires_at", expireAfterSeconds=0)

    async def charge(self, *attempts: Attempt) -> None:
        """Count an attempt against all of these, or against none.

        Raises:
            Throttled: it comes too early for one of them.
        """
        now = self._now()
        charged: list[Attempt] = []
        left = list(attempts)
        while left:
            conflicts = await self._count(left, now)
            charged += [attempt for attempt in left if attempt not in conflicts]
            if refused := await self._too_early(conflicts, now):
                await self.settle(taken_back=charged)
                limit, seconds = refused
                metrics.THROTTLED.labels(limit.name).inc()
                log.warning("throttled", limit=limit.name, seconds=math.ceil(seconds))
                raise Throttled(limit.name, seconds)
            left = conflicts

    async def settle(self, *, taken_back: Sequence[Attempt] = (), forgotten: Sequence[Attempt] = ()) -> None:
        """Attempts that were right, or not their maker's fault, don't count; of some nothing before counts any more."""
        # Never below zero, and never with a pause: what pause there was is over, or it had not been counted.
        undone = [{"$set": {"tried": {"$max": [0, {"$subtract": ["$tried", 1]}]}, "next_at": AT_ONCE}}]
        changes: list[UpdateOne | DeleteOne] = [UpdateOne({"_id": _id(*attempt)}, undone) for attempt in taken_back]
        changes += [DeleteOne({"_id": _id(*attempt)}) for attempt in forgotten]
        if changes:
            await self._counters.bulk_write(changes, ordered=False)

    async def _count(self, attempts: list[Attempt], now: datetime) -> list[Attempt]:
        """Count where the time has come; the others."""
        free_again = [{"next_at": {"$lte": now}}, {"expires_at": {"$lte": now}}]
        changes = [
            UpdateOne({"_id": _id(limit, key), "$or": free_again}, _counted(limit, now), upsert=True)
            for limit, key in attempts
        ]
        try:
            await self._counters.bulk_write(changes, ordered=False)
        except BulkWriteError as failed:
            errors = (failed.details or {}).get("writeErrors", [])
            if any(error["code"] != DUPLICATE_KEY for error in errors):
                raise
            return [attempts[error["index"]] for error in errors]
        return []

    async def _too_early(self, conflicts: list[Attempt], now: datetime) -> tuple[Limit | Quota, float] | None:
        """Which of them has a counter whose time has not come, the longest; the rest came into being just now."""
        limits = {_id(limit, key): limit for limit, key in conflicts}
        waiting: Document = {"_id": {"$in": list(limits)}, "next_at": {"$gt": now}, "expires_at": {"$gt": now}}
        if not limits or not (found := await self._counters.find_one(waiting, sort=[("next_at", DESCENDING)])):
            return None
        return limits[found["_id"]], (found["next_at"] - now).total_seconds()


def _id(limit: Limit | Quota, key: str) -> str:
    return f"{limit.name}:{hashlib.sha256(key.encode(errors='replace')).hexdigest()[:KEY_CHARS]}"


def _counted(limit: Limit | Quota, now: datetime) -> list[Document]:
    """The counter after one more attempt, as the server computes it."""
    goes_on: Document = {"$gt": ["$expires_at", now]}
    tried: Document = {"$cond": [goes_on, {"$add": ["$tried", 1]}, 1]}
    if isinstance(limit, Quota):
        until: Document = {"$cond": [goes_on, "$expires_at", now + timedelta(seconds=limit.seconds)]}
        used_up: Document = {"$gte": ["$tried", limit.attempts]}
        return [
            {"$set": {"tried": tried, "expires_at": until}},
            {"$set": {"next_at": {"$cond": [used_up, "$expires_at", AT_ONCE]}}},
        ]
    over: Document = {"$subtract": ["$tried", limit.free]}
    pause: Document = {"$multiply": [1000, {"$min": [LONGEST_PAUSE_SECONDS, {"$pow": [2, over]}]}]}
    next_at: Document = {"$cond": [{"$lte": [over, 0]}, AT_ONCE, {"$add": [now, pause]}]}
    quiet = int(FORGOTTEN_AFTER.total_seconds() * 1000)
    return [
        {"$set": {"tried": tried}},
        {"$set": {"next_at": next_at}},
        {"$set": {"expires_at": {"$add": [{"$max": [now, "$next_at"]}, quiet]}}},
    ]
