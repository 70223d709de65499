"""A relay that drops, repeats, delays and parts, on command."""

import asyncio
from collections import deque
from enum import Enum, auto

from chat_service.relay import Receiver

LATENCY_SECONDS = 0.001
DELAY_SECONDS = 1.0


class Mishap(Enum):
    """What becomes of one message on its way to one replica."""

    DROP = auto()
    REPEAT = auto()
    DELAY = auto()
    """It arrives after others that were sent later."""


class FaultyBus:
    """`mishaps` are used up one for each message and receiver."""

    def __init__(self) -> None:
        self.relays: list[FaultyRelay] = []
        self.mishaps: deque[Mishap] = deque()


class FaultyRelay:
    def __init__(self, bus: FaultyBus) -> None:
        self._bus = bus
        self._topics: set[str] = set()
        self._receiver: Receiver | None = None
        self.cut = False

    @property
    def in_doubt(self) -> bool:
        return self.cut

    def publish(self, topic: str, payload: bytes) -> None:
        if self.cut:
            return
        for other in self._bus.relays:
            if other is not self:
                self._pass_on(other, topic, payload)

    async def listen(self, topic: str) -> None:
        await asyncio.sleep(LATENCY_SECONDS)
        self._topics.add(topic)

    def ignore(self, topic: str) -> None:
        self._topics.discard(topic)

    async def drain(self) -> None:
        """What was published is under way already."""

    async def run(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._bus.relays.append(self)
        receiver.recovered()
        try:
            await asyncio.Event().wait()
        finally:
            self._bus.relays.remove(self)

    def part(self) -> None:
        self.cut = True

    def rejoin(self) -> None:
        self.cut = False
        if self._receiver:
            self._receiver.recovered()

    def _pass_on(self, other: "FaultyRelay", topic: str, payload: bytes) -> None:
        loop = asyncio.get_running_loop()
        match self._bus.mishaps.popleft() if self._bus.mishaps else None:
            case Mishap.DROP:
                return
            case Mishap.REPEAT:
                loop.call_later(LATENCY_SECONDS, other._arrive, topic, payload)
                loop.call_later(DELAY_SECONDS, other._arrive, topic, payload)
            case Mishap.DELAY:
                loop.call_later(DELAY_SECONDS, other._arrive, topic, payload)
            case None:
                loop.call_later(LATENCY_SECONDS, other._arrive, topic, payload)

    def _arrive(self, topic: str, payload: bytes) -> None:
        if self._receiver and not self.cut and topic in self._topics and self in self._bus.relays:
            self._receiver.receive(topic, payload)
