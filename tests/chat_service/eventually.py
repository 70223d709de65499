"""Waiting for something that another task, or another process, is about to do."""

import asyncio
from collections.abc import Callable

PATIENCE_SECONDS = 10.0


async def eventually(holds: Callable[[], object], patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Return as soon as `holds()` is true.

    Raises:
        TimeoutError: it never was.
    """
    async with asyncio.timeout(patience_seconds):
        while not holds():
            await asyncio.sleep(0.002)
