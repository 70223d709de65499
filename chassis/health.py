"""Whether this process is alive, whether it can serve, and on whom it depends.

Readiness is a replica's own: a dependency that all replicas share makes it `degraded`, never `unready`; else one
hiccup of the database would take every replica out of the gateway at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec
import structlog

log = structlog.get_logger(__name__)

CHECK_TIMEOUT_SECONDS = 0.4  # whoever asks, gives up after a second or more: by then it must have the answer

State = Literal["ok", "degraded", "down"]
Check = Callable[[], Awaitable[State]]


class Readiness(msgspec.Struct):
    """The answer of `/health/ready`: `dependencies` maps a name to its state."""

    status: Literal["starting", "ready", "degraded", "draining"]
    dependencies: dict[str, State]

    @property
    def serving(self) -> bool:
        return self.status in {"ready", "degraded"}


class Health:
    """A service's own state and the checks of what it depends on.

    `listening` is whether its own port is open yet, which is after its start: whoever runs it knows.
    """

    def __init__(self) -> None:
        self.listening = True
        self._checks: dict[str, Check] = {}
        self._phase: Literal["starting", "serving", "draining"] = "starting"

    def depends_on(self, name: str, check: Check) -> None:
        self._checks[name] = check

    def serving(self) -> None:
        """Everything needed for the first request is there."""
        self._phase = "serving"

    def draining(self) -> None:
        """On the way out: the gateway should send nobody here any more."""
        self._phase = "draining"

    async def readiness(self) -> Readiness:
        names = list(self._checks)
        states = await asyncio.gather(*(self._state(name) for name in names))
        dependencies = dict(zip(names, states, strict=True))
        if self._phase != "serving" or not self.listening:
            return Readiness("starting" if self._phase == "serving" else self._phase, dependencies)
        return Readiness("ready" if all(state == "ok" for state in states) else "degraded", dependencies)

    async def _state(self, name: str) -> State:
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
                return await self._checks[name]()
        except Exception as reason:  # whatever a driver raises, its server can't be used now  # noqa: BLE001
            log.warning("dependency down", dependency=name, reason=repr(reason))
            return "down"
