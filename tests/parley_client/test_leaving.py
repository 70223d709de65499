"""When a client leaves by itself, and how fast it comes back: at a server that does as each test says."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from chat_service.errors import Close
from parley_client import Account, Client, link

IN_TIME_SECONDS = 10.0
WELCOME = {"op": "welcome", "epoch": "e1", "expires_in": 600, "heartbeat": 25, "rooms": []}
GRANT = {"person": {"id": "p-ada", "name": "Ada"}, "access_token": "good", "expires_in": 600}

Visit = Callable[[web.WebSocketResponse], Awaitable[None]]


class Server:
    """Each connection in turn is treated as told: the last way also from then on."""

    url = ""

    def __init__(self) -> None:
        self.ways: list[Visit] = []
        self.arrivals = 0
        self.departures = 0
        self.asked: list[dict[str, Any]] = []

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        way = self.ways[min(self.arrivals, len(self.ways) - 1)]
        self.arrivals += 1
        socket = web.WebSocketResponse()
        try:
            await socket.prepare(request)
            await socket.receive_json()  # hello
            await way(socket)
            async for message in socket:
                asked = message.json()
                self.asked.append(asked)
                if self.arrivals > 1:
                    await socket.send_json({"op": "ok", "id": asked["id"], "seq": 1})
        finally:
            self.departures += 1
        return socket


async def silence(_socket: web.WebSocketResponse) -> None:
    pass


async def welcome(socket: web.WebSocketResponse) -> None:
    await socket.send_json(WELCOME)


async def go_away(socket: web.WebSocketResponse) -> None:
    await socket.send_json(WELCOME)
    await socket.send_json({"op": "goaway", "retry_after": 0.2})


async def busy(socket: web.WebSocketResponse) -> None:
    await socket.close(code=Close.UNAVAILABLE)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    app = web.Application()
    app.router.add_get("/ws", server.serve)
    async with TestServer(app) as listening:
        server.url = str(listening.make_url("")).rstrip("/")
        yield server


def without_pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each pause would have been at most."""
    pauses: list[float] = []

    def uniform(_low: float, high: float) -> float:
        pauses.append(high)
        return 0.0

    monkeypatch.setattr(random, "uniform", uniform)
    return pauses


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(IN_TIME_SECONDS):
        while not happened():
            await asyncio.sleep(0.01)


async def test_a_server_that_does_not_welcome_is_left_for_another(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_pauses(monkeypatch)
    monkeypatch.setattr(link, "WELCOME_WITHIN_SECONDS", 0.1)
    server.ways = [silence, welcome]
    async with asyncio.timeout(IN_TIME_SECONDS), Client(server.url, Account(server.url, GRANT)) as ada:
        arrivals = server.arrivals  # on a busy machine a welcome, too, may take longer than that
        assert arrivals >= 2
        await asyncio.sleep(0.3)  # the welcome is there: nothing is to end it now
        assert server.arrivals == arrivals
        assert ada.reconnects == 0


async def test_who_gives_up_before_the_welcome_has_left(server: Server) -> None:
    server.ways = [silence]
    entering = asyncio.create_task(Client(server.url, Account(server.url, GRANT)).__aenter__())
    await until(lambda: server.arrivals == 1)
    entering.cancel()
    await asyncio.gather(entering, return_exceptions=True)
    await until(lambda: server.departures == 1)


async def test_a_replica_that_is_going_is_left_within_the_time_it_asks_for(server: Server) -> None:
    server.ways = [go_away, welcome]
    async with Client(server.url, Account(server.url, GRANT)) as ada:
        await until(lambda: ada.reconnects == 1)
    assert server.arrivals == 2


async def test_what_is_unanswered_when_a_replica_goes_is_asked_of_the_next(server: Server) -> None:
    server.ways = [go_away, welcome]
    async with Client(server.url, Account(server.url, GRANT)) as ada:
        assert (await asyncio.wait_for(ada.send("lobby", "hello", "a-1"), IN_TIME_SECONDS)).seq == 1
    assert {asked["id"] for asked in server.asked} == {"a-1"}


async def test_who_is_sent_away_each_time_comes_back_ever_more_slowly(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = without_pauses(monkeypatch)
    server.ways = [busy]
    entering = asyncio.create_task(Client(server.url, Account(server.url, GRANT)).__aenter__())
    await until(lambda: len(pauses) >= 9)
    entering.cancel()
    await asyncio.gather(entering, return_exceptions=True)
    assert pauses[:9] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0, 10.0]


async def test_a_connection_that_lasted_was_a_good_one(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = without_pauses(monkeypatch)
    monkeypatch.setattr(link, "STEADY_AFTER_SECONDS", 0.05)

    async def lasting(socket: web.WebSocketResponse) -> None:
        await socket.send_json(WELCOME)
        await asyncio.sleep(0.1)
        await socket.close(code=Close.UNAVAILABLE)

    server.ways = [busy, busy, lasting, welcome]
    async with Client(server.url, Account(server.url, GRANT)) as ada:
        await until(lambda: ada.reconnects == 1)
    assert pauses[:3] == [0.2, 0.4, 0.1]
