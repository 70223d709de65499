import re
from collections.abc import Mapping
from typing import Any

import pytest
import structlog
from aiohttp import web
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from chassis import request_id
from tests.chassis.conftest import Client, Serve
from tests.chassis.raw_http import exchange
from tests.chat_service.eventually import eventually

MADE = re.compile(r"[0-9a-f]{16}")

log = structlog.get_logger(__name__)


async def hello(request: web.Request) -> web.Response:
    log.info("greeting")
    return web.Response(text=request_id.of(request))


async def go_away(_request: web.Request) -> web.Response:
    raise web.HTTPSeeOther("/elsewhere")


async def socket(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    await socket.close()
    return socket


@pytest.fixture
async def client(serve: Serve) -> Client:
    return await serve(
        [
            web.get("/hello", hello, name="hello"),
            web.get("/leave", go_away, name="leave"),
            web.get("/socket", socket, name="socket"),
        ]
    )


def requests_in(logged: list[Any]) -> list[Mapping[str, Any]]:
    return [event for event in logged if event["event"] == "request"]


@pytest.mark.parametrize("given", ["a-caller_ID-0123", "8letters", "x" * 64])
async def test_an_id_of_the_right_shape_is_kept(client: Client, given: str) -> None:
    answer = await client.get("/hello", headers={"X-Request-Id": given})
    assert (answer.headers["X-Request-Id"], await answer.text()) == (given, given)


@pytest.mark.parametrize("given", ["", "7letter", "x" * 65, "with space", 'quo"ted-id', "id=1;drop", "\u0661" * 8])
async def test_an_id_of_another_shape_is_replaced(client: Client, given: str) -> None:
    answer = await client.get("/hello", headers={"X-Request-Id": given})
    assert MADE.fullmatch(answer.headers["X-Request-Id"])


async def test_a_request_without_an_id_gets_one_of_its_own(client: Client) -> None:
    first, second = await client.get("/hello"), await client.get("/hello")
    assert MADE.fullmatch(first.headers["X-Request-Id"])
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]


@pytest.mark.parametrize("path", ["/nowhere", "/leave"])
async def test_every_answer_carries_the_id(client: Client, path: str) -> None:
    answer = await client.get(path, headers={"X-Request-Id": "a-caller-s-id"}, allow_redirects=False)
    assert answer.headers["X-Request-Id"] == "a-caller-s-id"


async def test_what_is_logged_meanwhile_carries_the_id(client: Client) -> None:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logged:
        await client.get("/hello", headers={"X-Request-Id": "a-caller-s-id"})
    assert {event["event"]: event["request_id"] for event in logged} == {
        "greeting": "a-caller-s-id",
        "request": "a-caller-s-id",
    }


async def test_a_request_is_one_line_that_says_how_it_was_answered(client: Client) -> None:
    with capture_logs() as logged:
        await client.get("/hello")
    [line] = requests_in(logged)
    assert (line["method"], line["path"], line["status"], line["log_level"]) == ("GET", "/hello", 200, "info")
    assert 0 <= line["ms"] < 10_000


async def test_the_query_is_not_logged(client: Client) -> None:
    with capture_logs() as logged:
        await client.get("/hello?q=what+people+search+for")
    assert "search" not in repr(logged)


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/leave", 303)])
async def test_refusals_and_redirects_are_logged_too(client: Client, path: str, status: int) -> None:
    with capture_logs() as logged:
        await client.get(path, allow_redirects=False)
    assert [(line["path"], line["status"]) for line in requests_in(logged)] == [(path, status)]


def counted(route: str, status: int) -> float:
    labels = {"route": route, "method": "GET", "status": str(status)}
    return REGISTRY.get_sample_value("parley_http_requests_total", labels) or 0


def timed(route: str) -> float:
    return REGISTRY.get_sample_value("parley_http_request_seconds_count", {"route": route}) or 0


@pytest.mark.parametrize(("path", "route", "status"), [("/hello", "hello", 200), ("/leave", "leave", 303)])
async def test_a_request_is_counted_and_timed_by_its_route(client: Client, path: str, route: str, status: int) -> None:
    before = counted(route, status), timed(route)
    await client.get(path, allow_redirects=False)
    assert (counted(route, status), timed(route)) == (before[0] + 1, before[1] + 1)


async def test_paths_that_somebody_makes_up_are_counted_as_one(client: Client) -> None:
    before = counted("unnamed", 404)
    await client.get("/nowhere-1")
    await client.get("/nowhere-2")
    assert counted("unnamed", 404) == before + 2


async def test_a_socket_is_counted_but_its_life_is_no_latency(client: Client) -> None:
    before = counted("socket", 101), timed("socket")
    async with client.ws_connect("/socket") as opened:
        await opened.receive()
    await eventually(lambda: counted("socket", 101) == before[0] + 1)
    assert timed("socket") == before[1]


async def test_bytes_that_are_no_unicode_in_the_path_are_answered_and_logged(client: Client) -> None:
    answer = await exchange(client, b"GET /\xff HTTP/1.1\r\nHost: parley.test\r\nX-Request-Id: \xff\xff\r\n\r\n")
    assert answer.split(b" ")[1] in {b"400", b"404"}
