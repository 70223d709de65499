"""The relay within one process: for one replica without a broker, and for several in a test."""

import asyncio

from chat_service.relay import Receiver


class MemoryBus:
    """What connects the memory relays of one process."""

    def __init__(self) -> None:
        self.relays: set[MemoryRelay] = set()


class MemoryRelay:
    def __init__(self, bus: MemoryBus | None = None) -> None:
        self._bus = bus or MemoryBus()
        self._topics: set[str] = set()
        self._inbox: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()

    @property
    def in_doubt(self) -> bool:
        return False

    def publish(self, topic: str, payload: bytes) -> None:
        for other in self._bus.relays - {self}:
            if topic in other._topics:  # noqa: SLF001 - one class
                other._inbox.put_nowait((topic, payload))  # noqa: SLF001

    async def listen(self, topic: str) -> None:
        self._topics.add(topic)

    def ignore(self, topic: str) -> None:
        self._topics.discard(topic)

    async def drain(self) -> None:
        pass  # it left when it was published

    async def run(self, receiver: Receiver) -> None:
        self._bus.relays.add(self)
        receiver.recovered()
        try:
            while True:
                receiver.receive(*await self._inbox.get())
        finally:
            self._bus.relays.discard(self)
