"""A WebSocket between a replica and a client of the same process."""

import asyncio
import json
from collections.abc import Callable, Iterable
from typing import Any

from aiohttp import WSMessage, WSMsgType


class Wire:
    """A WebSocket's two ends. The server's end is what `Connection` uses; `cut` breaks it without a word."""

    def __init__(self, deliver: Callable[[dict[str, Any]], None]) -> None:
        self.close_code: int | None = None
        self.closed_with = b""
        self.broken = False
        self._deliver = deliver
        self._incoming: asyncio.Queue[WSMessage | None] = asyncio.Queue()

    def send_to_server(self, frame: dict[str, object]) -> None:
        if not self.broken:
            self._incoming.put_nowait(WSMessage(WSMsgType.TEXT, json.dumps(frame), ""))

    def cut(self) -> None:
        self.broken = True
        self._incoming.put_nowait(None)

    def __aiter__(self) -> "Wire":
        return self

    async def __anext__(self) -> WSMessage:
        message = await self._incoming.get()
        if message is None:
            raise StopAsyncIteration
        return message

    async def send_frame(self, frame: bytes, _opcode: WSMsgType) -> None:
        if self.broken:
            raise ConnectionResetError
        self._deliver(json.loads(frame))

    def writelines(self, list_of_data: Iterable[bytes]) -> None:
        """As the transport: a frame's header and payload."""
        _header, frame = list_of_data
        self._deliver(json.loads(frame))

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self.broken

    async def close(self, *, code: int, message: bytes) -> None:
        self.close_code = code
        self.closed_with = message
        self.cut()

    def abort(self) -> None:
        """As the transport: what `Connection` does to a client that doesn't read."""
        self.cut()
