"""One plain socket to the gateway, so that a test sees what a client library hides: which replica, which close code."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp

from parley_client import Account, register
from tests.chat_service.talker import code_of

PASSWORD = "velvet cactus orbit 9"
PATIENCE_SECONDS = 20.0
ATTEMPTS = 40
PAUSE_SECONDS = 0.25

Frame = dict[str, Any]


async def somebody(url: str) -> Account:
    """A new account."""
    return await register(url, f"t-{uuid.uuid4().hex[:12]}", PASSWORD)


class ComeBack(Exception):
    """The server closed before `welcome`, with a code that says to try again: it has no keys yet to know anybody by."""


class Socket:
    """`welcome` is the answer to `hello`; `told_to_go` is whether the server has said `goaway`."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, welcome: Frame) -> None:
        self.welcome = welcome
        self.told_to_go = False
        self._socket = socket

    @property
    def replica(self) -> str:
        return str(self.welcome["replica"])

    async def say(self, text: str) -> Frame:
        """Send a message to the lobby and wait until it is stored."""
        request = str(uuid.uuid4())
        await self._socket.send_json({"op": "send", "id": request, "room": "lobby", "text": text})
        return await self.until(lambda frame: frame["op"] in {"ok", "error"} and frame.get("id") == request)

    async def history(self) -> list[str]:
        """The texts of the newest messages in the lobby, oldest first."""
        await self._socket.send_json({"op": "history", "id": "h", "room": "lobby"})
        page = await self.until(lambda frame: frame["op"] == "page")
        return [event["text"] for event in page["events"] if event["type"] == "message"]

    async def until(self, wanted: Callable[[Frame], bool]) -> Frame:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                frame: Frame = await self._socket.receive_json()
                if wanted(frame):
                    return frame

    async def hear(self, text: str) -> Frame:
        """Wait for the message with this text."""
        return await self.until(
            lambda frame: frame["op"] == "events" and any(event.get("text") == text for event in frame["events"])
        )

    async def closed(self) -> int | None:
        """Wait for the server to close; with which code."""
        async with asyncio.timeout(PATIENCE_SECONDS * 3):
            while (message := await self._socket.receive()).type is aiohttp.WSMsgType.TEXT:
                self.told_to_go |= message.json()["op"] == "goaway"
        return code_of(message, self._socket)


@asynccontextmanager
async def connected(url: str, account: Account) -> AsyncIterator[Socket]:
    headers = {"Authorization": f"Bearer {await account.access_token()}"}
    async with aiohttp.ClientSession(headers=headers) as http, http.ws_connect(f"{url}/ws", max_msg_size=0) as socket:
        await socket.send_json({"op": "hello"})
        while (message := await socket.receive(PATIENCE_SECONDS)).type is aiohttp.WSMsgType.TEXT:
            if (frame := message.json())["op"] == "welcome":
                break
        else:
            raise ComeBack(socket.close_code)
        yield Socket(socket, frame)


@asynccontextmanager
async def on_each_replica(url: str, account: Account, replicas: int) -> AsyncIterator[dict[str, Socket]]:
    """A socket on each of so many different replicas, by their names, through the one address.

    Raises:
        TimeoutError: the gateway didn't lead to that many.
    """
    async with AsyncExitStack() as stack:
        found: dict[str, Socket] = {}
        for _ in range(ATTEMPTS):
            try:
                socket = await stack.enter_async_context(connected(url, account))  # kept: the balance counts open ones
            except (ComeBack, aiohttp.WSServerHandshakeError):  # or the gateway does not know yet that one is gone
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            found.setdefault(socket.replica, socket)
            if len(found) == replicas:
                break
            await asyncio.sleep(0.1)
        else:
            raise TimeoutError(f"{len(found)} replicas instead of {replicas} after {ATTEMPTS} sockets")
        yield found
