"""Parley's two services at one address, as the gateway shows them, asked by a program without cookies."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import WSMsgType

from auth_service.services import Services
from tests.auth_service.conftest import PASSWORD, Client
from tests.chat_service.talker import Talker

AUTH_PATHS = ("/api/auth/", "/.well-known/", "/login", "/signin", "/signout", "/account", "/admin", "/reset", "/invite")


PATIENCE_SECONDS = 20.0


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Return as soon as `holds()` is true. Raises TimeoutError where it never was."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await holds():
            await asyncio.sleep(0.02)


class Answer(msgspec.Struct, frozen=True):
    """`body` is {} where there is no JSON."""

    status: int
    body: Any
    headers: Any

    @property
    def code(self) -> str:
        return str(self.body.get("code", "")) if isinstance(self.body, dict) else ""


class Place:
    def __init__(self, auth: Client, chat: Any, services: Services) -> None:
        self.auth = auth
        self.chat = chat
        self.services = services

    async def ask(self, method: str, path: str, body: Any = None, token: str = "", **headers: str) -> Answer:
        """Ask the service that the gateway would ask."""
        client = self.auth if path.startswith(AUTH_PATHS) else self.chat
        if token:
            headers["Authorization"] = f"Bearer {token}"
        json = {} if body is None else {"json": body}
        response = await client.request(method, path, headers=headers, allow_redirects=False, **json)
        is_json = response.content_type.endswith("json")
        return Answer(response.status, await response.json(content_type=None) if is_json else {}, response.headers)

    async def register(self, name: str) -> dict[str, Any]:
        answer = await self.ask("POST", "/api/auth/register", {"name": name, "password": PASSWORD})
        assert answer.status == 201, answer.body
        return dict(answer.body)

    async def sign_in(self, name: str, **more: str) -> Answer:
        return await self.ask("POST", "/api/auth/login", {"name": name, "password": PASSWORD, **more})

    async def socket(self, token: str) -> Talker:
        """Nothing is said yet."""
        return Talker(await self.chat.ws_connect("/ws", headers={"Authorization": f"Bearer {token}"}))

    async def known(self, token: str) -> dict[str, int]:
        """What each way to show a token answers; a socket by its close code, 0 for one that is welcomed."""
        asked = {
            path: (await self.ask("GET", path, token=token)).status
            for path in ("/api/auth/me", "/api/auth/sessions", "/api/rooms", "/api/people")
        }
        page = await self.chat.get("/", headers={"Cookie": f"__Host-access={token}"}, allow_redirects=False)
        talker = await self.socket(token)
        await talker.say("hello")
        said = await talker.socket.receive()
        await talker.socket.close()
        return {**asked, "/": page.status, "/ws": 0 if said.type is WSMsgType.TEXT else said.data}
