"""A program that asks the chat service by HTTP."""

from typing import Any

from aiohttp import ClientResponse

from chat_service.events import Person
from tests.chat_service.examples import ADA
from tests.chat_service.replicas import RunningReplica

EVENTS = "/api/rooms/lobby/events"


class Program:
    """A program with a person's token."""

    def __init__(self, chat: RunningReplica, person: Person = ADA) -> None:
        self._chat = chat
        self._person = person

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> ClientResponse:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers.setdefault("Authorization", f"Bearer {self._chat.issuer.token(self._person)}")
        return await self._chat.client.request(method, path, json=body, headers=headers)

    async def get(self, path: str, **headers: str) -> ClientResponse:
        return await self.ask("GET", path, **headers)

    async def send(self, text: str, key: str) -> ClientResponse:
        return await self.ask("POST", EVENTS, {"text": text}, Idempotency_Key=key)
