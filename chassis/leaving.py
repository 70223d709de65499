"""A stop that the gateway notices before anybody is turned away.

aiohttp stops listening the moment it is told to end, but a gateway goes on sending requests here until its next health
check. So first this replica says that it is not ready, serves on for a while, and only then ends.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable

import structlog
from aiohttp import web

from chassis.health import Health

log = structlog.get_logger(__name__)


def serve_on(seconds: float, health: Health) -> Callable[[web.Application], AsyncIterator[None]]:
    """A cleanup context: SIGTERM ends the process `seconds` after health says `draining`; a second one at once."""

    async def watch(_app: web.Application) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        told = False

        def end() -> None:
            raise web.GracefulExit

        def leave() -> None:
            nonlocal told
            if told:
                end()
            told = True
            log.info("leaving", seconds=seconds)
            health.draining()
            loop.call_later(seconds, end)

        if seconds:
            loop.add_signal_handler(signal.SIGTERM, leave)  # in the place of aiohttp's
        yield

    return watch
