"""How often somebody may try: counters in MongoDB, so that every replica counts the same attempts.

A counter is {_id: "limit:key", tried, next_at, expires_at}. An attempt is counted before anything is examined, in one
atomic step, so many at once are many attempts; one that turns out right is taken back. Source: OWASP Authentication
Cheat Sheet, "Login Throttling".
"""

import hashlib
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import structlog
from pymongo.errors import DuplicateKeyError
from pymongo.write_concern import WriteConcern

from auth_service import metrics
from chassis.mongo import Database, Document
from chassis.problems import Problem

log = structlog.get_logger(__name__)

LONGEST_PAUSE_SECONDS = 900
FORGOTTEN_AFTER = timedelta(hours=1)  # without another attempt, beyond the pause
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


class Throttled(Problem):
    """429 with `Retry-After`."""

    def __init__(self, limit: str, seconds: float) -> None:
        wait = max(1, math.ceil(seconds))
        unit, count = ("minute", math.ceil(wait / 60)) if wait > 90 else ("second", wait)  # noqa: PLR2004 - as people say
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

    async def charge(self, limit: Limit | Quota, key: str) -> None:
        """Count an attempt.

        Raises:
            Throttled: it comes too early, and is not counted.
        """
        now = self._now()
        name = _id(limit, key)
        free_again: Document = {"_id": name, "$or": [{"next_at": {"$lte": now}}, {"expires_at": {"$lte": now}}]}
        counted = _counted(limit, now)
        try:
            await self._counters.update_one(free_again, counted, upsert=True)
        except DuplicateKeyError:  # there is one, and its time has not come
            found = await self._counters.find_one({"_id": name})
            seconds = (found["next_at"] - now).total_seconds() if found else 0.0
            metrics.THROTTLED.labels(limit.name).inc()
            log.warning("throttled", limit=limit.name, seconds=math.ceil(seconds))
            raise Throttled(limit.name, seconds) from None

    async def take_back(self, limit: Limit | Quota, key: str) -> None:
        """The attempt was right, or not its maker's fault: it doesn't count."""
        # Never below zero, and never with a pause: what pause there was is over, or it had not been counted.
        undone: list[Document] = [
            {"$set": {"tried": {"$max": [0, {"$subtract": ["$tried", 1]}]}, "next_at": self._now()}}
        ]
        await self._counters.update_one({"_id": _id(limit, key)}, undone)

    async def forget(self, limit: Limit | Quota, key: str) -> None:
        """Whoever it concerns has proved who they are: begin anew."""
        await self._counters.delete_one({"_id": _id(limit, key)})


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
            {"$set": {"next_at": {"$cond": [used_up, "$expires_at", now]}}},
        ]
    over: Document = {"$subtract": ["$tried", limit.free]}
    seconds: Document = {"$cond": [{"$lte": [over, 0]}, 0, {"$min": [LONGEST_PAUSE_SECONDS, {"$pow": [2, over]}]}]}
    return [
        {"$set": {"tried": tried}},
        {"$set": {"next_at": {"$add": [now, {"$multiply": [1000, seconds]}]}}},
        {"$set": {"expires_at": {"$add": ["$next_at", int(FORGOTTEN_AFTER.total_seconds() * 1000)]}}},
    ]
