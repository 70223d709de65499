"""A link out of a private room leads through signing up into that room, through all of Parley."""

import uuid
from typing import Any

import aiohttp

from tests.deployment import Deployment

PASSWORD = "velvet cactus orbit 9"


async def registered(http: aiohttp.ClientSession, **more: str) -> dict[str, str]:
    """The header of a new person's requests."""
    credentials = {"name": f"t-{uuid.uuid4().hex[:12]}", "password": PASSWORD, **more}
    async with http.post("/api/auth/register", json=credentials) as answer:
        assert answer.status == 201
        return {"Authorization": f"Bearer {(await answer.json())['access_token']}"}


async def rooms(http: aiohttp.ClientSession, bearer: dict[str, str]) -> set[str]:
    """The rooms that somebody is in once they have come."""
    async with http.ws_connect("/ws", headers=bearer) as socket:
        await socket.send_json({"op": "hello"})
        welcome: dict[str, Any] = await socket.receive_json(timeout=10)
        return {room["id"] for room in welcome["rooms"]}


async def test_whoever_signs_up_by_a_private_room_s_link_is_in_it_and_nobody_else(deployment: Deployment) -> None:
    async with aiohttp.ClientSession(deployment.url, cookie_jar=aiohttp.DummyCookieJar()) as http:
        ada = await registered(http)
        await rooms(http, ada)
        asked = {"name": f"cellar-{uuid.uuid4().hex[:8]}", "kind": "private"}
        async with http.post("/api/rooms", json=asked, headers=ada | {"Idempotency-Key": uuid.uuid4().hex}) as answer:
            assert answer.status == 201, await answer.text()
            room = (await answer.json())["room"]
        async with http.post("/api/auth/invitations", json={"room": room}, headers=ada) as answer:
            code = (await answer.json())["code"]
        assert room in await rooms(http, await registered(http, invitation=code))
        assert room not in await rooms(http, await registered(http))
        eve = await registered(http)
        async with http.post("/api/auth/invitations", json={"room": room}, headers=eve) as answer:
            forged = (await answer.json())["code"]
        assert room not in await rooms(http, await registered(http, invitation=forged))
