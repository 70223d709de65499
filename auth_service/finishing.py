"""Going on with what somebody began and didn't live to finish, or met an error over: at whichever replica that was.

What takes several steps marks first, in the step that counts, and takes the mark away last. Each part knows its own
marks, and leaves those alone that are so young that whoever began may still be at it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import structlog
from pymongo.errors import PyMongoError

log = structlog.get_logger(__name__)

FINISH_SECONDS = 30.0


def left_before(now: datetime) -> datetime:
    """Whoever began something before this is not at it any more."""
    return now - timedelta(seconds=FINISH_SECONDS)


async def keep_finishing(parts: Mapping[str, Callable[[], Awaitable[None]]]) -> None:
    """Run for ever: let each of these, by name, finish what there is."""
    while True:
        await asyncio.sleep(FINISH_SECONDS)
        for what, finish in parts.items():
            try:
                await finish()
            except PyMongoError as reason:  # the next round finds it again, and the other parts don't wait for it
                log.warning("not finished yet", what=what, reason=str(reason)[:200])
