"""Doing once what is asked for many times in a while: at once where nothing happened lately, else in a moment."""

import asyncio
from collections.abc import Callable


class Gathering:
    """`flush` is called for one or many calls of `touch`, and never twice within `seconds`, which may be changed."""

    def __init__(self, flush: Callable[[], None], seconds: float) -> None:
        self.seconds = seconds
        self._flush = flush
        self._timer: asyncio.TimerHandle | None = None
        self._flushed_at = float("-inf")

    def touch(self) -> None:
        """There is something to flush."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(self._flushed_at + self.seconds, loop.time()), self._due)

    def close(self) -> None:
        """Forget what was to be flushed."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _due(self) -> None:
        self._timer = None
        self._flushed_at = asyncio.get_running_loop().time()
        self._flush()
