"""A WebSocket client that costs next to nothing: it counts what it receives and parses only what it must.

The generator shares the machine with what it measures, so every microsecond spent here is taken from there.
"""

import asyncio
import base64
import os
import struct
from collections.abc import Callable, Iterator
from typing import Any, cast

import msgspec

MESSAGE_MARK = b'"type":"message"'
CONNECT_TIMEOUT_SECONDS = 60.0
CONNECT_AT_ONCE = 50

# RFC 6455, section 5.2
_TEXT, _PING, _PONG = 0x1, 0x9, 0xA
_LENGTH_16, _LENGTH_64 = 126, 127
_HEADER, _HEADER_16, _HEADER_64 = 2, 4, 10
_frames: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])

OnFrame = Callable[[bytes], None]


class Client(asyncio.Protocol):
    """`messages` counts delivered messages; `on_frame`, if given, sees each text frame's payload.

    `epoch` and `head`, of the first room, are what the welcome told.
    """

    def __init__(self, host: str, token: str, on_frame: OnFrame | None = None) -> None:
        loop = asyncio.get_running_loop()
        self.messages = 0
        self.closed = False
        self.epoch = ""
        self.head = 0
        self.upgraded: asyncio.Future[None] = loop.create_future()
        self.greeted: asyncio.Future[None] = loop.create_future()
        self._host = host
        self._token = token
        self._on_frame = on_frame
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one without being a subclass
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            "GET /ws HTTP/1.1",
            f"Host: {self._host}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            f"Authorization: Bearer {self._token}",
        ]
        self._transport.write("\r\n".join([*lines, "", ""]).encode())

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        for waited_for in (self.upgraded, self.greeted):
            if not waited_for.done():
                waited_for.set_exception(exc or ConnectionError("closed before it was greeted"))
                waited_for.exception()  # nobody may be waiting any more

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self.upgraded.done():
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            del self._buffer[: end + 4]
            self.upgraded.set_result(None)
        end = 0
        for opcode, first, end in self._whole_frames():
            if opcode == _TEXT:
                self._text(bytes(self._buffer[first:end]))
            elif opcode == _PING:
                self._write(_PONG, bytes(self._buffer[first:end]))
        del self._buffer[:end]

    def send(self, frame: dict[str, object]) -> None:
        self._write(_TEXT, msgspec.json.encode(frame))

    def close(self) -> None:
        if self._transport:
            self._transport.abort()

    def _text(self, payload: bytes) -> None:
        self.messages += payload.count(MESSAGE_MARK)
        if not self.greeted.done() and payload.startswith(b'{"op":"welcome"'):
            welcome = parse(payload)
            self.epoch = welcome["epoch"]
            self.head = next((room["head"] for room in welcome["rooms"]), 0)
            self.greeted.set_result(None)
        if self._on_frame:
            self._on_frame(payload)

    def _whole_frames(self) -> Iterator[tuple[int, int, int]]:
        """(opcode, first byte of the payload, end) of each frame that has arrived whole; servers don't mask."""
        buffer, start = self._buffer, 0
        while len(buffer) - start >= _HEADER:
            length, header = buffer[start + 1], _HEADER
            if length == _LENGTH_16:
                header = _HEADER_16
            elif length == _LENGTH_64:
                header = _HEADER_64
            if len(buffer) - start < header:
                return
            if header > _HEADER:
                length = int.from_bytes(buffer[start + 2 : start + header], "big")
            end = start + header + length
            if len(buffer) < end:
                return
            yield buffer[start] & 0xF, start + header, end
            start = end

    def _write(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        if size < _LENGTH_16:
            header = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
        else:
            header = struct.pack("!BBH", 0x80 | opcode, 0x80 | _LENGTH_16, size)
        if self._transport and not self._transport.is_closing():
            self._transport.write(header + b"\0\0\0\0" + payload)  # a mask of zeros is a mask too


async def upgrade(host: str, port: int, token: str = "", on_frame: OnFrame | None = None) -> Client:
    """A client whose handshake is done."""
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(lambda: Client(host, token, on_frame), host, port)
    await asyncio.wait_for(client.upgraded, CONNECT_TIMEOUT_SECONDS)
    return client


async def connect(host: str, port: int, token: str, on_frame: OnFrame | None = None) -> Client:
    """A client that has been welcomed."""
    client = await upgrade(host, port, token, on_frame)
    client.send({"op": "hello"})
    await asyncio.wait_for(client.greeted, CONNECT_TIMEOUT_SECONDS)
    return client


async def connect_many(host: str, port: int, tokens: list[str], on_frame: OnFrame | None = None) -> list[Client]:
    """Clients that have been welcomed, one for each token, some at a time."""
    clients: list[Client] = []
    for start in range(0, len(tokens), CONNECT_AT_ONCE):
        some = tokens[start : start + CONNECT_AT_ONCE]
        clients += await asyncio.gather(*(connect(host, port, token, on_frame) for token in some))
    return clients


def parse(payload: bytes) -> dict[str, Any]:
    return _frames.decode(payload)
