"""Which address the auth service sees through the real gateway, whatever a client says about itself."""

import uuid
from typing import Any

import aiohttp

from auth_service.proofs import ACCOUNT
from tests.running import Parley

PASSWORD = "velvet cactus orbit 9"
FORGERIES = [
    {"X-Forwarded-For": "6.6.6.6"},
    {"X-Forwarded-For": "6.6.6.6, 127.0.0.1"},
    {"X_Forwarded_For": "6.6.6.6"},
    {"X-Real-Ip": "6.6.6.6"},
    {"Forwarded": "for=6.6.6.6"},
]


async def test_a_session_shows_the_address_that_the_gateway_was_called_from(parley: Parley) -> None:
    credentials = {"name": f"t-{uuid.uuid4().hex[:12]}", "password": PASSWORD}
    sign_in: list[dict[str, Any]] = []
    connector = aiohttp.TCPConnector(local_addr=("127.0.0.9", 0))
    async with aiohttp.ClientSession(parley.url, connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as http:
        async with http.post("/api/auth/register", json=credentials, headers=FORGERIES[0]) as answer:
            assert answer.status == 201
        for forged in FORGERIES:
            async with http.post("/api/auth/login", json=credentials, headers=forged) as answer:
                sign_in.append(await answer.json())
        bearer = {"Authorization": f"Bearer {sign_in[-1]['access_token']}"}
        async with http.get("/api/auth/sessions", headers=bearer) as answer:
            sessions = (await answer.json())["sessions"]
    assert len(sessions) == len(FORGERIES) + 1
    assert {session["address"] for session in sessions} == {"127.0.0.9"}


async def test_a_forged_address_gets_around_no_limit(parley: Parley) -> None:
    guess = {"name": f"t-{uuid.uuid4().hex[:12]}", "password": "seven teal otters walk"}
    statuses = []
    async with aiohttp.ClientSession(parley.url, cookie_jar=aiohttp.DummyCookieJar()) as http:
        for number in range(ACCOUNT.free + 2):
            async with http.post(
                "/api/auth/login", json=guess, headers={"X-Forwarded-For": f"6.6.6.{number}"}
            ) as answer:
                statuses.append(answer.status)
    assert statuses == [401] * (ACCOUNT.free + 1) + [429]
