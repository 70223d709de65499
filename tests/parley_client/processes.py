"""Chat replicas as processes, and clients that find the next one where theirs is gone."""

import asyncio
import itertools
import os
import sys
from asyncio.subprocess import Process
from pathlib import Path
from typing import Any

import aiohttp

from chat_service.events import Person
from parley_client import Account, Client, Position
from tests.chat_service.issuer import PUBLIC_URL, Issuer
from tests.services import free_ports

ROOT = Path(__file__).parents[2]
READY_SECONDS = 30.0
TOKEN_SECONDS = 600


class ReplicaProcess:
    def __init__(self, process: Process, port: int, ops_port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._process = process
        self._ops_url = f"http://127.0.0.1:{ops_port}"

    async def ready(self) -> None:
        """Wait until it has all that it depends on."""
        async with asyncio.timeout(READY_SECONDS):
            while await self.status() != "ready":
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        """Tell it to end, and wait until it has said its goodbyes."""
        self._process.terminate()
        await self._process.wait()

    async def status(self) -> str:
        """ "ready" where nothing is amiss, "degraded" without something that it depends on, "" before it listens."""
        try:
            async with aiohttp.ClientSession() as http, http.get(f"{self._ops_url}/health/ready") as answer:
                return str((await answer.json())["status"])
        except aiohttp.ClientError:  # it doesn't listen yet
            return ""


class Processes:
    """Replicas that share a database and an exchange."""

    def __init__(self, shared: dict[str, object], issuer: Issuer) -> None:
        self._shared = shared
        self._issuer = issuer
        self._running: list[ReplicaProcess] = []

    async def start(self, count: int, **settings: str) -> list[ReplicaProcess]:
        started = [await self._start(f"chat{len(self._running) + 1 + number}", settings) for number in range(count)]
        self._running += started
        await asyncio.gather(*(replica.ready() for replica in started))
        return started

    async def stop(self) -> None:
        await asyncio.gather(*(replica.kill() for replica in self._running))

    def account(self, person: Person) -> Account:
        """Somebody with a good token, signed in nowhere."""
        token = self._issuer.token(person, seconds=TOKEN_SECONDS, session=f"s-{person.id}")
        grant = {"person": {"id": person.id, "name": person.name}, "access_token": token, "expires_in": TOKEN_SECONDS}
        return Account("", grant)

    async def _start(self, name: str, settings: dict[str, str]) -> ReplicaProcess:
        port, ops_port = free_ports(2)
        told: dict[str, Any] = self._shared | settings
        told |= {
            "writes_per_second": 10_000,
            "rooms_per_second": 10_000,
        }  # a drill says in a moment what a person says in a day
        told |= {"replica": name, "port": port, "ops_port": ops_port, "public_url": PUBLIC_URL, "log_level": "ERROR"}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "chat_service"),
            cwd=ROOT,
            env=os.environ | {key.upper(): str(value) for key, value in told.items()},
        )
        return ReplicaProcess(process, port, ops_port)


class Roaming(Client):
    """As behind a gateway: each new connection goes to the next of the replicas that there are by then."""

    def __init__(
        self, replicas: list[ReplicaProcess], account: Account, position: Position | None = None, first: int = 0
    ) -> None:
        super().__init__(replicas[0].url, account, position)
        self._replicas = replicas
        self._turns = itertools.count(first)

    async def _connect(self, http: aiohttp.ClientSession) -> None:
        self._url = self._replicas[next(self._turns) % len(self._replicas)].url + "/ws"
        await super()._connect(http)
