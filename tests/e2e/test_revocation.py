"""Ending a session reaches the sockets that it has open, through all of Parley."""

import asyncio
import uuid
from typing import Any

import aiohttp
import pytest

from chat_service.errors import Close
from tests.deployment import Deployment

PASSWORD = "velvet cactus orbit 9"
PROMISED_SECONDS = 5.0

Granted = dict[str, Any]


def bearer(granted: Granted) -> dict[str, str]:
    return {"Authorization": f"Bearer {granted['access_token']}"}


async def two_sessions(http: aiohttp.ClientSession) -> tuple[Granted, Granted]:
    """Of one new person."""
    credentials = {"name": f"t-{uuid.uuid4().hex[:12]}", "password": PASSWORD}
    async with http.post("/api/auth/register", json=credentials) as answer:
        first: Granted = await answer.json()
    async with http.post("/api/auth/login", json=credentials) as answer:
        second: Granted = await answer.json()
    return first, second


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/api/auth/sessions"), ("DELETE", "/api/auth/sessions/{id}"), ("POST", "logout")]
)
async def test_an_ended_session_s_socket_closes_within_five_seconds(
    deployment: Deployment, method: str, path: str
) -> None:
    async with aiohttp.ClientSession(deployment.url, cookie_jar=aiohttp.DummyCookieJar()) as http:
        ending, ended = await two_sessions(http)
        async with http.ws_connect("/ws", headers=bearer(ended)) as socket:
            await socket.send_json({"op": "hello"})
            assert (await socket.receive_json())["op"] == "welcome"
            who, where = (ended, "/api/auth/logout") if path == "logout" else (ending, path)
            where = where.format(id=ended["refresh_token"].split(".")[0])
            async with http.request(method, where, headers=bearer(who)) as answer:
                assert answer.status == 204
            async with asyncio.timeout(PROMISED_SECONDS):
                while (message := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                    pass
                assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, Close.SIGNED_OUT)
                while set(await statuses(http, ended)) != {401}:
                    pass
        assert set(await statuses(http, ending)) == {200}


async def statuses(http: aiohttp.ClientSession, granted: Granted) -> list[int]:
    """Of as many requests as reach every replica."""
    found = []
    for _ in range(10):
        async with http.get("/api/rooms", headers=bearer(granted)) as answer:
            found.append(answer.status)
    return found


async def test_a_browser_whose_session_ended_elsewhere_is_led_to_the_form_and_not_around_in_a_circle(
    deployment: Deployment,
) -> None:
    async with aiohttp.ClientSession(deployment.url, cookie_jar=aiohttp.DummyCookieJar()) as http:
        ending, ended = await two_sessions(http)
        cookies = {"__Host-access": ended["access_token"], "__Host-refresh": ended["refresh_token"]}
        async with http.get("/", cookies=cookies) as page:
            assert (page.status, page.url.path) == (200, "/")
        async with http.delete("/api/auth/sessions", headers=bearer(ending)) as answer:
            assert answer.status == 204
        async with asyncio.timeout(PROMISED_SECONDS):
            while set(await statuses(http, ended)) != {401}:
                pass
        async with http.get("/", cookies=cookies, max_redirects=3) as page:
            assert (page.status, page.url.path) == (200, "/login")


async def test_the_feed_of_changes_is_not_to_be_reached_from_outside(deployment: Deployment) -> None:
    async with aiohttp.ClientSession(deployment.url) as http:
        for path in ("/internal/account-changes", "/account/../internal/account-changes"):
            async with http.get(path) as answer:
                assert answer.status == 404
