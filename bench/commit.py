"""Commit: acknowledged messages a second into one room, closed loop, through one replica and through three."""

import asyncio
import time

from bench import client
from bench.client import Client
from bench.figures import Figure, percentile
from bench.replicas import Replica
from bench.tokens import Issuer

SENDERS_A_REPLICA = 4
SECONDS = 5.0
UNDER_WAY = 50  # sends of one sender that wait for their answer


class _Sender:
    """Keeps a number of sends under way; answers come in the order of the sends."""

    def __init__(self) -> None:
        self.latencies: list[float] = []
        self.failed = 0
        self.stopped = False
        self._sent_at: dict[str, float] = {}
        self._numbers = iter(range(10**9))
        self.client: Client | None = None

    def fill(self) -> None:
        while not self.stopped and self.client and len(self._sent_at) < UNDER_WAY:
            name = f"c{next(self._numbers)}"
            self._sent_at[name] = time.perf_counter()
            self.client.send({"op": "send", "id": name, "room": "lobby", "text": "." * 100})

    def on_frame(self, payload: bytes) -> None:
        if payload.startswith((b'{"op":"ok"', b'{"op":"error"')):
            answer = client.parse(payload)
            sent_at = self._sent_at.pop(str(answer["id"]))
            if answer["op"] == "ok":
                self.latencies.append(time.perf_counter() - sent_at)
            else:
                self.failed += 1
            self.fill()


async def measure(replicas: list[Replica], issuer: Issuer) -> list[Figure]:
    senders: list[_Sender] = []
    for number in range(SENDERS_A_REPLICA * len(replicas)):
        replica = replicas[number % len(replicas)]
        sender = _Sender()
        token = issuer.token(f"commit-{len(replicas)}-{number}")
        sender.client = await client.connect(replica.host, replica.port, token, sender.on_frame)
        senders.append(sender)
    cpu = sum(replica.cpu_seconds() for replica in replicas)
    began = time.perf_counter()
    for sender in senders:
        sender.fill()
    await asyncio.sleep(SECONDS)
    seconds = time.perf_counter() - began
    cpu = sum(replica.cpu_seconds() for replica in replicas) - cpu
    for sender in senders:
        sender.stopped = True
    latencies = [latency for sender in senders for latency in sender.latencies]
    for sender in senders:
        if sender.client:
            sender.client.close()
    scenario = f"commit x{len(replicas)}"
    return [
        Figure(scenario, "acknowledged messages, one room", len(latencies) / seconds, "/s"),
        Figure(scenario, "send to ok, p50", percentile(latencies, 0.5) * 1000, "ms"),
        Figure(scenario, "send to ok, p99", percentile(latencies, 0.99) * 1000, "ms"),
        Figure(scenario, "refused", sum(sender.failed for sender in senders), "messages"),
        Figure(scenario, "replicas' CPU", 100 * cpu / seconds, "% of a core"),
    ]
