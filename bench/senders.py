"""People who send and time their answers: as fast as they are answered (closed loop), or by the clock (open loop)."""

import asyncio
import itertools
import time
from collections.abc import Sequence

from bench import client
from bench.client import Client

TEXT_BYTES = 100
TICK_SECONDS = 0.002
LAST_ANSWER_SECONDS = 10.0


class Sender:
    """Sends to its rooms in turn. `latencies` are seconds from when a send was due to its `ok`."""

    def __init__(self, rooms: Sequence[str], names: str) -> None:
        self.latencies: list[float] = []
        self.refused = 0
        self.client: Client | None = None
        self.under_way: dict[str, float] = {}
        self._keep_under_way = 0
        self._rooms = itertools.cycle(rooms)
        self._ids = (f"{names}-{number}" for number in itertools.count())

    async def connect(self, host: str, port: int, token: str) -> None:
        self.client = await client.connect(host, port, token, self._on_frame)

    def keep_under_way(self, sends: int) -> None:
        """From now on each answer is followed by another send; 0 ends that."""
        self._keep_under_way = sends
        self._fill()

    def send(self, due: float) -> None:
        client_id = next(self._ids)
        self.under_way[client_id] = due
        if self.client:
            frame: dict[str, object] = {
                "op": "send",
                "id": client_id,
                "room": next(self._rooms),
                "text": "." * TEXT_BYTES,
            }
            self.client.send(frame)

    def close(self) -> None:
        if self.client:
            self.client.close()

    def _fill(self) -> None:
        while len(self.under_way) < self._keep_under_way:
            self.send(time.perf_counter())

    def _on_frame(self, payload: bytes) -> None:
        if payload.startswith((b'{"op":"ok"', b'{"op":"error"')):
            answer = client.parse(payload)
            due = self.under_way.pop(answer["id"])
            if answer["op"] == "ok":
                self.latencies.append(time.perf_counter() - due)
            else:
                self.refused += 1
            self._fill()


async def send_by_the_clock(senders: Sequence[Sender], sends_a_second: float, seconds: float) -> None:
    """Each send leaves when it is due, whether or not earlier ones were answered; returns when the last one is."""
    in_turn = itertools.cycle(senders)
    began, sent = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - began) < seconds:
        while sent < int(elapsed * sends_a_second):
            next(in_turn).send(began + sent / sends_a_second)
            sent += 1
        await asyncio.sleep(TICK_SECONDS)
    await all_answered(senders)


async def all_answered(senders: Sequence[Sender]) -> None:
    """Return when nothing is under way; what is not answered by the end of its patience stays so."""
    try:
        async with asyncio.timeout(LAST_ANSWER_SECONDS):
            while any(sender.under_way for sender in senders):
                await asyncio.sleep(TICK_SECONDS)
    except TimeoutError:  # reported as not answered
        pass
