"""Whose access tokens are no longer good, though their time is not over: sessions that ended, people who may not come.

Kept in memory, as long as a token could have lasted; where it comes from is account_changes.py.
"""

import asyncio
import time
from collections.abc import Callable

from chassis.access_tokens import LEEWAY_SECONDS, LIFETIME_SECONDS, Identity
from chassis.problems import Problem

REMEMBERED_SECONDS = (
    LIFETIME_SECONDS + LEEWAY_SECONDS + 60.0
)  # a token may have been made just after, and clocks differ


class Revocations:
    """Refuses nobody's token by mistake and, until it has `learned` what happened lately, recognises nobody."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sessions: dict[str, float] = {}
        self._people: dict[str, float] = {}
        self._learned = asyncio.Event()

    def learned(self) -> None:
        """What happened in the time that a token lasts is known."""
        self._learned.set()

    async def wait(self) -> None:
        """Until `learned`."""
        await self._learned.wait()

    def end(self, session: str) -> None:
        _remember(self._sessions, session, self._clock())

    def shut_out(self, person: str) -> None:
        _remember(self._people, person, self._clock())

    def let_in(self, person: str) -> None:
        """Their new sessions are welcome; those that ended meanwhile stay so."""
        self._people.pop(person, None)

    def covers(self, identity: Identity) -> bool:
        """Whether this token was taken back.

        Raises:
            Problem: 503 `unavailable` while nobody can say.
        """
        if not self._learned.is_set():
            raise Problem(503, "unavailable", "Nobody can be recognised right now.", headers={"Retry-After": "1"})
        return identity.session in self._sessions or identity.person in self._people


def _remember(revoked: dict[str, float], name: str, now: float) -> None:
    """Dicts keep the order of insertion, so the oldest are at the front: forget those that are over."""
    revoked.pop(name, None)
    revoked[name] = now + REMEMBERED_SECONDS
    while revoked and revoked[oldest := next(iter(revoked))] <= now:
        del revoked[oldest]
