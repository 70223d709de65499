"""One connection's bounded way out: whoever sends never waits for whoever reads.

Frames go straight into the transport, whose buffer is the queue: a task, a lock and a deque for each of thousands of
connections cost more than what they carry. docs/decisions/0061-straight-to-the-transport.md
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

from chat_service import metrics

OUTBOX_MAX_BYTES = 4 * 1024 * 1024  # a page or a gap's worth of the longest messages is 1.6 MB
DRAIN_POLL_SECONDS = 0.01

# RFC 6455, section 5.2: a whole text message in one frame, and how its length is told
_TEXT = 0x81
_LENGTH_16, _LENGTH_64 = 126, 127


class Wire(Protocol):
    """What the outbox needs of asyncio.Transport."""

    def writelines(self, list_of_data: Iterable[bytes]) -> None: ...
    def get_write_buffer_size(self) -> int: ...
    def is_closing(self) -> bool: ...


class Outbox:
    """Frames on their way to one client; `cut_off` is called once when the client falls too far behind.

    A client that is cut off loses nothing: it reconnects and resumes from the last event it has.
    """

    __slots__ = ("_closed", "_cut_off", "_frames", "_max_bytes", "_wire")

    def __init__(self, cut_off: Callable[[], None], max_bytes: int = OUTBOX_MAX_BYTES) -> None:
        self._cut_off = cut_off
        self._max_bytes = max_bytes
        self._frames: list[bytes] = []  # those that came before the wire did
        self._wire: Wire | None = None
        self._closed = False

    def put(self, frame: bytes) -> None:
        """Send the payload of a text frame, or cut the client off; never waits."""
        if self._closed:
            return
        if self._wire is None:
            self._frames.append(frame)
        elif not self._wire.is_closing():
            self._wire.writelines((_header(len(frame)), frame))
        if self._bytes() > self._max_bytes:
            self.give_up()

    def open_to(self, wire: Wire) -> None:
        """Frames leave by this wire from now on, those that came before first."""
        self._wire = wire
        frames, self._frames = self._frames, []
        for frame in frames:
            self.put(frame)

    def close(self) -> None:
        """Nothing leaves any more; what is in the wire's buffer still does."""
        self._closed = True
        self._frames.clear()

    def give_up(self) -> None:
        """Cut the client off: it is too far behind."""
        if not self._closed:
            metrics.READERS_CUT_OFF.inc()
            self.close()
            self._cut_off()

    async def drained(self) -> None:
        """Wait until everything is with the network, or never will be."""
        await asyncio.sleep(0)  # the loop writes once we let it
        # Only replays ask, and only of who reads slowly: no reason to keep an Event for each connection.
        while not self._closed and self._bytes() and not (self._wire and self._wire.is_closing()):  # noqa: ASYNC110
            await asyncio.sleep(DRAIN_POLL_SECONDS)

    def _bytes(self) -> int:
        return self._wire.get_write_buffer_size() if self._wire else sum(len(frame) for frame in self._frames)


def _header(length: int) -> bytes:
    if length < _LENGTH_16:
        return bytes((_TEXT, length))
    if length < 1 << 16:
        return bytes((_TEXT, _LENGTH_16)) + length.to_bytes(2, "big")
    return bytes((_TEXT, _LENGTH_64)) + length.to_bytes(8, "big")
