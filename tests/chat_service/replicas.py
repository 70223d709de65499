"""The chat service as people meet it: replicas made by the real composition root, on real servers."""

import asyncio
from typing import Any

from aiohttp.test_utils import TestClient
from aiohttp.typedefs import LooseHeaders
from aiohttp.web import Application, Request
from pytest_aiohttp.plugin import AiohttpClient

from chassis import application
from chat_service.app import create_app
from chat_service.events import Person
from chat_service.replica import REPLICA, Replica
from chat_service.settings import ChatSettings
from tests.chat_service.examples import ADA
from tests.chat_service.issuer import PUBLIC_URL, Issuer
from tests.chat_service.talker import Talker
from tests.services import free_ports

READY_SECONDS = 15.0


class RunningReplica:
    def __init__(self, client: TestClient[Request, Application], issuer: Issuer) -> None:
        self.client = client
        self.issuer = issuer

    @property
    def replica(self) -> Replica:
        return self.app[REPLICA]

    @property
    def app(self) -> Application:
        app = self.client.app
        if app is None:
            raise RuntimeError("not started")
        return app

    async def connect(self, person: Person = ADA, **token: Any) -> Talker:
        """A program's socket; nothing is said yet."""
        return await self.connect_with({"Authorization": f"Bearer {self.issuer.token(person, **token)}"})

    async def connect_with(self, headers: LooseHeaders) -> Talker:
        return Talker(await self.client.ws_connect("/ws", headers=headers, max_msg_size=0))

    async def welcome(self, person: Person = ADA, **token: Any) -> Talker:
        """Somebody who is in, and has nothing to catch up with."""
        talker = await self.connect(person, **token)
        await talker.hello()
        return talker

    async def ready(self) -> None:
        """Wait until it has all that it depends on."""
        async with asyncio.timeout(READY_SECONDS):
            while (await self.app[application.HEALTH].readiness()).status != "ready":
                await asyncio.sleep(0.01)


class Replicas:
    """Replicas that share a database and an exchange."""

    def __init__(self, aiohttp_client: AiohttpClient, issuer: Issuer, shared: dict[str, Any]) -> None:
        self._aiohttp_client = aiohttp_client
        self._issuer = issuer
        self._shared = shared

    async def start(self, name: str = "chat1", **settings: Any) -> RunningReplica:
        port, ops_port = free_ports(2)
        told: dict[str, Any] = {
            "port": port,
            "ops_port": ops_port,
            "public_url": PUBLIC_URL,
            "replica": name,
            "rooms_per_second": 10_000,
            "writes_per_second": 10_000,  # so that no test waits for its own pace
        }
        app = create_app(ChatSettings(**(told | self._shared | settings)))
        running = RunningReplica(await self._aiohttp_client(app), self._issuer)
        await running.ready()
        return running
