"""A client at the socket, for tests: says frames, and finds what it waits for among all that it hears."""

import asyncio
import itertools
from typing import Any

from aiohttp import ClientWebSocketResponse, WSMessage, WSMsgType

PATIENCE_SECONDS = 10.0

Frame = dict[str, Any]


class Talker:
    """`seqs` is every event of the lobby in the order heard, whoever asked for it; `welcome` the answer to hello."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self.welcome: Frame = {}
        self.seqs: list[int] = []
        self.texts: list[str] = []
        self.ops: list[str] = []
        self._unread: list[Frame] = []
        self._ids = itertools.count(1)

    async def say(self, op: str, **fields: object) -> None:
        await self.socket.send_json({"op": op, **fields})

    async def hello(self, **fields: object) -> Frame:
        await self.say("hello", **fields)
        self.welcome = await self.hear("welcome")
        return self.welcome

    async def resume(self, seq: int, epoch: str) -> Frame:
        return await self.hello(resume={"epoch": epoch, "rooms": {"lobby": seq}})

    async def send(self, text: str, room: str = "lobby", **fields: object) -> Frame:
        """Say something in a room and wait for the answer."""
        request = {"id": self.next_id(), "room": room, "text": text} | fields
        await self.say("send", **request)
        return await self.answer(request["id"])

    async def do(self, op: str, **fields: object) -> Frame:
        """Ask for something, and wait until it is done."""
        request = {"id": self.next_id()} | fields
        await self.say(op, **request)
        answer = await self.answer(request["id"])
        if answer["op"] == "error":
            raise AssertionError(answer)
        return answer

    async def refusal(self, op: str, **fields: object) -> str:
        """Ask for something that can't be done; returns the code that says why."""
        request = {"id": self.next_id()} | fields
        await self.say(op, **request)
        return str((await self.answer(request["id"]))["code"])

    async def fill(self, count: int, text: str = "Hi") -> None:
        """Say so many things in the lobby, many at once."""
        for start in range(0, count, 50):
            ids = [self.next_id() for _ in range(min(50, count - start))]
            for request_id in ids:
                await self.say("send", id=request_id, room="lobby", text=text)
            for request_id in ids:
                assert (await self.answer(request_id))["op"] == "ok"

    async def page(self, **fields: object) -> Frame:
        request = {"id": self.next_id(), "room": "lobby"} | fields
        await self.say("history", **request)
        return await self.answer(request["id"])

    async def ping(self) -> None:
        """Come back when all that was said before has been read."""
        request_id = self.next_id()
        await self.say("ping", id=request_id)
        await self.answer(request_id)

    async def answer(self, request_id: object) -> Frame:
        return await self._find(lambda frame: frame.get("id") == request_id)

    async def hear(self, op: str) -> Frame:
        """The first unread frame of this kind; what comes before it stays unread."""
        return await self._find(lambda frame: frame["op"] == op)

    async def hear_until(self, seq: int) -> None:
        """Read until the lobby's event of this number has arrived."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while seq not in self.seqs:
                self._unread.append(await self._next())

    async def close_code(self) -> int | None:
        """The code that the server closes with."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (message := await self.socket.receive()).type is WSMsgType.TEXT:
                self._note(message.json())
        return code_of(message, self.socket)

    def next_id(self) -> str:
        return f"r-{id(self)}-{next(self._ids)}"

    async def _find(self, wanted: Any) -> Frame:
        for frame in self._unread:
            if wanted(frame):
                self._unread.remove(frame)
                return frame
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not wanted(frame := await self._next()):
                self._unread.append(frame)
        return frame

    async def _next(self) -> Frame:
        message = await self.socket.receive()
        if message.type is not WSMsgType.TEXT:
            raise ConnectionError(f"{message.type.name} with code {self.socket.close_code}")
        frame: Frame = message.json()
        self._note(frame)
        return frame

    def _note(self, frame: Frame) -> None:
        self.ops.append(frame["op"])
        if frame["op"] == "events":
            self.seqs += [event["seq"] for event in frame["events"]]
            self.texts += [event["text"] for event in frame["events"] if event["type"] == "message"]


def code_of(goodbye: WSMessage, socket: ClientWebSocketResponse) -> int | None:
    """The code that the server closes with. Where it has hung up by now, aiohttp calls the closing 1006 itself."""
    return goodbye.data if goodbye.type is WSMsgType.CLOSE else socket.close_code


def refused(answer: Frame, code: str, field: str | None = None) -> bool:
    return (answer["op"], answer["code"], answer.get("field")) == ("error", code, field)
