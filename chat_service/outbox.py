"""One connection's bounded way out: whoever sends never waits for whoever reads."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from chat_service import metrics

OUTBOX_MAX_BYTES = 4 * 1024 * 1024  # a page or a gap's worth of the longest messages is 1.6 MB


class Outbox:
    """Frames on their way to one client; `cut_off` is called once when the client falls too far behind.

    A client that is cut off loses nothing: it reconnects and resumes from the last event it has.
    """

    def __init__(self, cut_off: Callable[[], None], max_bytes: int = OUTBOX_MAX_BYTES) -> None:
        self._cut_off = cut_off
        self._max_bytes = max_bytes
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self._filled = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self._closed = False

    def put(self, frame: bytes) -> None:
        """Add a frame, or cut the client off; never waits."""
        if self._closed:
            return
        self._frames.append(frame)
        self._bytes += len(frame)
        if self._bytes > self._max_bytes:
            self.give_up()
        else:
            self._drained.clear()
            self._filled.set()

    def give_up(self) -> None:
        """Cut the client off: it is too far behind."""
        if not self._closed:
            metrics.READERS_CUT_OFF.inc()
            self._close()
            self._cut_off()

    async def drained(self) -> None:
        """Wait until everything is sent, or never will be."""
        await self._drained.wait()

    async def write_to(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        """Send frame after frame until cancelled; `send` waits while the client doesn't read.

        Raises:
            ConnectionError: the client is gone.
        """
        try:
            while True:
                await self._filled.wait()
                while self._frames:
                    frame = self._frames.popleft()
                    await send(frame)
                    self._bytes -= len(frame)
                self._filled.clear()
                self._drained.set()
        except ConnectionError:
            self._close()
            raise

    def _close(self) -> None:
        self._closed = True
        self._frames.clear()
        self._drained.set()
