"""What a service does for ever beside answering: each task under a name, and none that dies unseen."""

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

import structlog

log = structlog.get_logger(__name__)


@asynccontextmanager
async def running(forever: dict[str, Coroutine[None, None, None]]) -> AsyncIterator[None]:
    """Run these, by name, until the block ends.

    A service that lost one of them is only half a service: it logs why and stops, and whoever runs it starts it again.
    """
    tasks = [asyncio.create_task(coroutine, name=name) for name, coroutine in forever.items()]
    for task in tasks:
        task.add_done_callback(_stop_if_failed)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _stop_if_failed(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (failure := task.exception()):
        log.critical("background task failed: stopping", task=task.get_name(), exc_info=failure)
        signal.raise_signal(signal.SIGTERM)
