"""Finishing what somebody may have died over: what is kept beside the log follows every change that is delivered.

Whoever commits a change brings the archive up to it before they answer. Every replica that has the room open does the
same again, in the background: nobody knows who committed it, or whether they lived to go on.
"""

import asyncio

import structlog

from chat_service.archive import Archive
from chat_service.events import MessageChange
from chat_service.store import StoreUnavailable

log = structlog.get_logger(__name__)

RETRY_SECONDS = 1.0
MAX_WAITING_CHANGES = 10_000  # while the store is away nothing is committed either: there can hardly be more


class Settling:
    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._waiting: dict[str, list[MessageChange]] = {}
        self._count = 0
        self._filled = asyncio.Event()

    def take(self, room: str, changes: list[MessageChange]) -> None:
        """These are stored, and may not be settled."""
        if self._count + len(changes) > MAX_WAITING_CHANGES:
            log.error("changes not settled until the room is opened anew", room=room, changes=len(changes))
            return
        self._waiting.setdefault(room, []).extend(changes)
        self._count += len(changes)
        self._filled.set()

    async def run(self) -> None:
        """Settle what is taken, for ever."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            while self._waiting:
                room, changes = next(iter(self._waiting.items()))
                del self._waiting[room]
                try:
                    await self._archive.settle(room, changes)
                except StoreUnavailable as reason:  # perhaps nobody else will: try until it is back
                    log.warning("changes not settled yet", room=room, reason=str(reason))
                    self._waiting[room] = changes + self._waiting.get(room, [])
                    await asyncio.sleep(RETRY_SECONDS)
                else:
                    self._count -= len(changes)
