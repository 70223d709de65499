"""The connection: kept up, resumed where it broke, with every request repeated until it is answered."""

import asyncio
import contextlib
import random
import time
import uuid
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

import aiohttp

from parley_client import frames
from parley_client.account import Account, SignInRefused
from parley_client.feeds import PAGE_EVENTS, Feeds, Position
from parley_client.frames import Event, Frame

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 10.0
STEADY_AFTER_SECONDS = 5.0  # a connection that lived this long was a good one: the next pause starts small again
WELCOME_WITHIN_SECONDS = 10.0
HEARTBEAT_SECONDS = 25.0  # a connection that does not answer a ping is dead, and made anew
MAX_RESUMED_ROOMS = 1000
SHORTEST_RENEWAL_SECONDS = 1.0  # whatever a server says of its tokens, it is not to be asked without a pause
MAX_SIGNALS = 1000  # that nobody has taken yet; the oldest are forgotten, since newer ones replace them
MAX_FRAME_BYTES = 64 * 1024  # a larger one would end the connection, each time that it is repeated
TOKEN_REFUSED = {4001, 4500}  # worth a fresh one, once
DONT_RECONNECT = range(4500, 5000)
RETRIED = {"unavailable", "rate_limited"}
ANSWERS = {"ok", "page", "counts", "rooms", "people", "members", "error"}


class Refused(Exception):
    """A request that will not succeed by repeating it; `code` and `field` as in docs/protocol.md."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame.message)
        self.code = frame.code
        self.field = frame.field
        self.retry_after = frame.retry_after


class SignedOut(Exception):
    """The session is over: sign in again."""


class Link:
    """One person's socket, as an async context manager.

    `url` is the gateway's, or one replica's; with a `position`, `events` begins with what happened since.
    """

    def __init__(self, url: str, account: Account, position: Position | None = None) -> None:
        self.connected = asyncio.Event()
        self.reconnects = -1
        self._url = url.rstrip("/") + "/ws"
        self._account = account
        self._feeds = Feeds(position, self._history, self._end)
        self._signals: asyncio.Queue[Frame | None] = asyncio.Queue()
        self._waiting: dict[str, tuple[str, asyncio.Future[Frame]]] = {}
        self._watched: list[str] = []
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._over: Exception | None = None
        self._token_refused = False

    @property
    def name(self) -> str:
        """As whom one is signed in."""
        return self._account.name

    @property
    def position(self) -> Position:
        """Up to where `events` has been filled."""
        return self._feeds.position

    @property
    def rooms(self) -> dict[str, dict[str, Any]]:
        """Those that one is in, as the server told of them."""
        return self._feeds.rooms

    async def __aenter__(self) -> Self:
        """Connected and welcomed.

        Raises:
            SignedOut
        """
        self._running = asyncio.create_task(self._run())
        welcomed = asyncio.create_task(self.connected.wait())
        try:
            await asyncio.wait((self._running, welcomed), return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:  # who gave up entering will not leave either
            await self.__aexit__(None, None, None)
            raise
        finally:
            welcomed.cancel()
        if self._over:
            raise self._over
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.cancel()
        tasks = [self._running, *self._feeds.close()]
        await asyncio.gather(*tasks, return_exceptions=True)

    async def events(self) -> AsyncIterator[Event]:
        """Everything that happens from the first welcome on, each room's in order, none missing and none twice.

        Raises:
            SignedOut: and nothing more will come.
        """
        while (event := await self._feeds.events.get()) is not None:
            yield event
        if self._over:
            raise self._over

    async def signals(self) -> AsyncIterator[Frame]:
        """What is of the moment: `presence`, `typing`, `read`, and `room` and `gone` as one enters and leaves rooms.

        Raises:
            SignedOut: and nothing more will come.
        """
        while (signal := await self._signals.get()) is not None:
            yield signal
        if self._over:
            raise self._over

    async def request(self, op: str, request_id: str | None = None, /, **fields: object) -> Frame:
        """The answer to a request, however long and often that takes to try.

        Raises:
            Refused, SignedOut
        """
        request_id = request_id or str(uuid.uuid4())
        frame = frames.encode(op, id=request_id, **fields)
        if len(frame.encode()) > MAX_FRAME_BYTES:
            raise Refused(Frame("error", code="too_large", message="This is too large for the server."))
        future: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = (frame, future)
        try:
            while True:
                if self._over:
                    raise self._over
                if self.connected.is_set():
                    await self._write(frame)
                answer = await future
                if answer.op != "error":
                    return answer
                if answer.code not in RETRIED:
                    raise Refused(answer)
                future = asyncio.get_running_loop().create_future()
                self._waiting[request_id] = (frame, future)
                await asyncio.sleep(answer.retry_after or FIRST_PAUSE_SECONDS)
        finally:
            del self._waiting[request_id]

    async def signal(self, op: str, /, **fields: object) -> None:
        """Say what is not answered; without a connection it is lost."""
        if self.connected.is_set():
            await self._write(frames.encode(op, **fields))

    async def watch(self, rooms: list[str]) -> None:
        """Look at these rooms from now on, over every reconnect: `signals` tells of them alone."""
        self._watched = rooms
        await self.signal("watch", rooms=rooms)

    async def _run(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        async with aiohttp.ClientSession() as http:
            while not self._over:
                began = time.monotonic()
                try:
                    await self._connect(http)
                except SignInRefused as reason:
                    self._end(SignedOut(str(reason)))
                except (aiohttp.ClientError, OSError, TimeoutError):  # away for now: come back with full jitter
                    pass
                except Exception as reason:  # noqa: BLE001 - whoever waits for this client must learn that it is over
                    self._end(reason)
                steady = self.connected.is_set() and time.monotonic() - began >= STEADY_AFTER_SECONDS
                self.connected.clear()
                pause = FIRST_PAUSE_SECONDS if steady else min(pause * 2, LONGEST_PAUSE_SECONDS)
                await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 - jitter

    async def _connect(self, http: aiohttp.ClientSession) -> None:
        headers = {"Authorization": f"Bearer {await self._account.access_token()}"}
        async with (
            asyncio.timeout(WELCOME_WITHIN_SECONDS) as patience,
            http.ws_connect(self._url, headers=headers, heartbeat=HEARTBEAT_SECONDS, max_msg_size=0) as socket,
        ):
            self._socket = socket
            await socket.send_str(self._hello())
            renewing = asyncio.create_task(self._renew())
            try:
                async for message in socket:
                    if message.type is not aiohttp.WSMsgType.TEXT:
                        continue
                    frame = frames.decode(message.data)
                    await self._receive(frame)
                    if frame.op == "welcome":
                        patience.reschedule(None)
                    elif frame.op == "goaway":  # the replica is going: leave before it does, but not all at once
                        after = random.uniform(0, frame.retry_after or 0.0)  # noqa: S311 - jitter
                        patience.reschedule(asyncio.get_running_loop().time() + after)
            finally:
                renewing.cancel()
            if socket.close_code in TOKEN_REFUSED and not self._token_refused:
                self._token_refused = True
                self._account.expire()
            elif socket.close_code in DONT_RECONNECT or socket.close_code in TOKEN_REFUSED:
                self._end(SignedOut(f"closed with {socket.close_code}"))

    def _hello(self) -> str:
        epoch, rooms = self.position.epoch, dict(list(self.position.rooms.items())[:MAX_RESUMED_ROOMS])
        return frames.encode("hello", resume={"epoch": epoch, "rooms": rooms} if rooms else None)

    async def _receive(self, frame: Frame) -> None:
        match frame.op:
            case "welcome":
                await self._welcome(frame)
            case "events":
                self._feeds.deliver(frame.room, frame.events)
            case "limited":
                self._feeds.catch_up(frame.room, frame.head)
            case "room":
                self._feeds.enter(frame.room)
                self._tell(frame)
            case "gone":
                self._feeds.leave(frame.room)
                self._tell(frame)
            case "presence" | "typing" | "read":
                self._tell(frame)
            case op if op in ANSWERS and frame.id in self._waiting:
                _, answered = self._waiting[frame.id]
                if not answered.done():
                    answered.set_result(frame)

    async def _welcome(self, frame: Frame) -> None:
        self._feeds.welcome(frame.epoch, frame.rooms)
        self.reconnects += 1
        self._token_refused = False
        self.connected.set()
        if self._watched:
            await self._write(frames.encode("watch", rooms=self._watched))
        for request, _ in list(self._waiting.values()):  # unanswered: nobody knows whether it was done
            await self._write(request)

    async def _history(self, room: str, after: int) -> Frame:
        return await self.request("history", None, room=room, after=after, limit=PAGE_EVENTS, raw=True)

    def _tell(self, frame: Frame) -> None:
        if self._signals.qsize() >= MAX_SIGNALS:
            self._signals.get_nowait()
        self._signals.put_nowait(frame)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(max(self._account.renew_in_seconds(), SHORTEST_RENEWAL_SECONDS))
            try:
                token = await self._account.access_token()
            except (aiohttp.ClientError, OSError):  # away for now: there is time for some more tries
                continue
            except SignInRefused:  # the token's end tells what to do
                return
            await self._write(frames.encode("renew", id=str(uuid.uuid4()), token=token))

    async def _write(self, frame: str) -> None:
        with contextlib.suppress(ConnectionError):  # written again after the next welcome
            if self._socket:
                await self._socket.send_str(frame)

    def _end(self, reason: Exception) -> None:
        self._over = reason
        self._feeds.events.put_nowait(None)
        self._signals.put_nowait(None)
        for _, answered in self._waiting.values():
            if not answered.done():
                answered.set_exception(reason)
