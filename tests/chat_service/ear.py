"""A replica reduced to its relay: what it heard."""

import asyncio
from collections.abc import Awaitable, Callable

from chat_service.relay import Relay
from tests.chat_service.eventually import eventually


class Ear:
    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.heard: list[tuple[str, bytes]] = []
        self.recoveries = 0
        self._running: asyncio.Task[None] | None = None

    @property
    def payloads(self) -> list[bytes]:
        return [payload for _, payload in self.heard]

    @property
    def running(self) -> bool:
        return self._running is not None and not self._running.done()

    def receive(self, topic: str, payload: bytes) -> None:
        self.heard.append((topic, payload))

    def recovered(self) -> None:
        self.recoveries += 1

    def start(self) -> None:
        self._running = asyncio.create_task(self.relay.run(self))

    async def ready(self) -> None:
        """Wait until nothing gets lost any more."""
        await eventually(lambda: self.recoveries and not self.relay.in_doubt)

    async def stop(self) -> None:
        if self._running:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)


Start = Callable[[str, str], Awaitable[Ear]]
