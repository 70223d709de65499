"""The connection: kept up, resumed where it broke, with every send repeated until it is answered."""

import asyncio
import contextlib
import random
import uuid
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

import aiohttp
import msgspec

from parley_client import frames
from parley_client.account import Account, SignInRefused
from parley_client.frames import Event, Frame

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 10.0
PAGE_EVENTS = 100
HEARTBEAT_SECONDS = 25.0  # a connection that does not answer a ping is dead, and made anew
DONT_RECONNECT = range(4500, 5000)
RETRIED = {"unavailable"}


class Refused(Exception):
    """A request that will not succeed by repeating it; `code` as in docs/protocol.md."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class SignedOut(Exception):
    """The session is over: sign in again."""


class Position(msgspec.Struct, frozen=True):
    """Up to where a client has everything: `rooms` maps a room to a seq. Keep it to go on from there another day."""

    epoch: str
    rooms: dict[str, int]


class Client:
    """One person's socket, as an async context manager.

    `url` is the gateway's, or one replica's; with a `position`, `events` begins with what happened since.
    """

    def __init__(self, url: str, account: Account, position: Position | None = None) -> None:
        self.connected = asyncio.Event()
        self.reconnects = -1
        self._url = url.rstrip("/") + "/ws"
        self._account = account
        self._epoch = position.epoch if position else ""
        self._seen: dict[str, int] = dict(position.rooms) if position else {}
        self._held: dict[str, list[Event]] = {}  # live events of rooms that are being caught up
        self._catching_up: dict[str, asyncio.Task[None]] = {}
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._waiting: dict[str, tuple[str, asyncio.Future[Frame]]] = {}
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._over: Exception | None = None

    @property
    def position(self) -> Position:
        """Up to where `events` has been filled."""
        return Position(self._epoch, dict(self._seen))

    async def __aenter__(self) -> Self:
        """Connected and welcomed.

        Raises:
            SignedOut
        """
        self._running = asyncio.create_task(self._run())
        welcomed = asyncio.create_task(self.connected.wait())
        await asyncio.wait((self._running, welcomed), return_when=asyncio.FIRST_COMPLETED)
        welcomed.cancel()
        if self._over:
            raise self._over
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks = [self._running, *self._catching_up.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def send(self, room: str, text: str, client_id: str | None = None) -> Frame:
        """Say something; returns `ok` with its `seq` once it is stored, however long and often that takes to try.

        Raises:
            Refused, SignedOut
        """
        return await self._request("send", client_id or str(uuid.uuid4()), room=room, text=text)

    async def history(self, room: str, before: int | None = None, limit: int = PAGE_EVENTS) -> Frame:
        """A `page` of events before a seq, or the newest.

        Raises:
            Refused, SignedOut
        """
        fields: dict[str, object] = {"room": room, "limit": limit} | ({"before": before} if before else {})
        return await self._request("history", str(uuid.uuid4()), **fields)

    async def events(self) -> AsyncIterator[Event]:
        """Everything that happens from the first welcome on, each room's in order, none missing and none twice.

        Raises:
            SignedOut: and nothing more will come.
        """
        while (event := await self._events.get()) is not None:
            yield event
        if self._over:
            raise self._over

    async def _request(self, op: str, request_id: str, **fields: object) -> Frame:
        frame = frames.encode(op, id=request_id, **fields)
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
                    raise Refused(answer.code, answer.message)
                future = asyncio.get_running_loop().create_future()
                self._waiting[request_id] = (frame, future)
                await asyncio.sleep(answer.retry_after or FIRST_PAUSE_SECONDS)
        finally:
            del self._waiting[request_id]

    async def _run(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        async with aiohttp.ClientSession() as http:
            while not self._over:
                try:
                    await self._connect(http)
                    pause = FIRST_PAUSE_SECONDS
                except SignInRefused as reason:
                    self._end(SignedOut(str(reason)))
                except (aiohttp.ClientError, OSError, TimeoutError):  # away for now: come back with full jitter
                    pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                except Exception as reason:  # noqa: BLE001 - whoever waits for this client must learn that it is over
                    self._end(reason)
                self.connected.clear()
                await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 - jitter

    async def _connect(self, http: aiohttp.ClientSession) -> None:
        headers = {"Authorization": f"Bearer {await self._account.access_token()}"}
        async with http.ws_connect(self._url, headers=headers, heartbeat=HEARTBEAT_SECONDS, max_msg_size=0) as socket:
            self._socket = socket
            resume = {"resume": {"epoch": self._epoch, "rooms": self._seen}} if self._seen else {}
            await socket.send_str(frames.encode("hello", **resume))
            renewing = asyncio.create_task(self._renew())
            try:
                async for message in socket:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        await self._receive(frames.decode(message.data))
            finally:
                renewing.cancel()
            if socket.close_code in DONT_RECONNECT:
                self._end(SignedOut(f"closed with {socket.close_code}"))

    async def _receive(self, frame: Frame) -> None:
        match frame.op:
            case "welcome":
                await self._welcome(frame)
            case "events":
                self._deliver(frame.room, frame.events)
            case "limited":
                self._stop_catching_up(frame.room)  # an earlier one that the connection's loss made pointless
                self._held[frame.room] = []
                self._catching_up[frame.room] = asyncio.create_task(self._catch_up(frame.room, frame.head))
            case "ok" | "page" | "error" if frame.id in self._waiting:
                _, answered = self._waiting[frame.id]
                if not answered.done():
                    answered.set_result(frame)

    async def _welcome(self, frame: Frame) -> None:
        if frame.epoch != self._epoch:
            for room_id in list(self._catching_up):
                self._stop_catching_up(room_id)
        for room in frame.rooms:
            if frame.epoch != self._epoch or room["id"] not in self._seen:
                self._seen[room["id"]] = room["head"]  # new to us, or restored from a backup: begin here
        self._epoch = frame.epoch
        self.reconnects += 1
        self.connected.set()
        for request, _ in list(self._waiting.values()):  # unanswered: nobody knows whether it was done
            await self._write(request)

    def _deliver(self, room: str, events: list[Event]) -> None:
        if room in self._held:
            self._held[room] += events
            return
        for event in events:
            if event.seq > self._seen[room]:  # a retried page or replay may overlap
                self._seen[room] = event.seq
                self._events.put_nowait(event)

    def _stop_catching_up(self, room: str) -> None:
        if catching_up := self._catching_up.pop(room, None):
            catching_up.cancel()
        self._held.pop(room, None)

    async def _catch_up(self, room: str, head: int) -> None:
        """Read back from `head`, page by page, to what we have; live events wait until then."""
        missed: list[Event] = []
        before = head + 1
        while before > self._seen[room] + 1:
            try:
                page = await self.history(room, before)
            except Exception as reason:  # noqa: BLE001 - a room half caught up would stay silent for ever: say so instead
                self._end(reason)
                return
            if not page.events:
                break
            missed[:0] = page.events
            before = page.events[0].seq
        live = self._held.pop(room)
        self._deliver(room, missed + live)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._account.renew_in_seconds())
            try:
                token = await self._account.access_token()
            except (SignInRefused, aiohttp.ClientError, OSError, TimeoutError):  # the token's end tells what to do
                return
            await self._write(frames.encode("renew", id=str(uuid.uuid4()), token=token))

    async def _write(self, frame: str) -> None:
        with contextlib.suppress(ConnectionError):  # written again after the next welcome
            if self._socket:
                await self._socket.send_str(frame)

    def _end(self, reason: Exception) -> None:
        self._over = reason
        self._events.put_nowait(None)
        for _, answered in self._waiting.values():
            if not answered.done():
                answered.set_exception(reason)
