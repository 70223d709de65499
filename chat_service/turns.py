"""Turns: what one person says in one room stays in order, though some of it takes longer to prepare."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

Key = tuple[str, str]


class Turns:
    def __init__(self) -> None:
        self._last: dict[Key, asyncio.Future[None]] = {}

    def any(self, key: Key) -> bool:
        """Whether somebody has a turn, or waits for one."""
        return key in self._last

    @asynccontextmanager
    async def turn(self, key: Key) -> AsyncIterator[None]:
        """Wait until all who asked before have had their turns."""
        before = self._last.get(key)
        mine = self._last[key] = asyncio.get_running_loop().create_future()
        try:
            if before:
                await asyncio.shield(before)  # who hangs up while waiting does not end the other's turn
            yield
        finally:
            if before and not before.done():  # who waited and hung up passes on when their turn would have come
                before.add_done_callback(lambda _: self._end(key, mine))
            else:
                self._end(key, mine)

    def _end(self, key: Key, mine: asyncio.Future[None]) -> None:
        mine.set_result(None)
        if self._last.get(key) is mine:
            del self._last[key]
