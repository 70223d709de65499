"""Fan-out: one room, 1,000 members on one replica, 4 senders, 100-byte texts, all of it stored and relayed.

Open loop: sends leave by the clock, whether or not earlier ones were answered.
"""

import asyncio
import time
from collections.abc import AsyncIterator

from bench import client
from bench.client import Client
from bench.figures import Figure, percentile
from bench.people import admit
from bench.replicas import Replica
from bench.stage import Stage
from chat_service.lobby import LOBBY

MEMBERS = 1000
RATES = (100, 400, 600, 800)  # messages/s to all of them
WATCHERS = 10  # members whose frames are parsed for their latency; the others only count
SENDERS = 4
SECONDS = 5.0
ARRIVALS_SETTLE_SECONDS = 1.0
LAST_DELIVERY_SECONDS = 20.0
TEXT_BYTES = 100
P99_MS = 250


class _Tally:
    """What the watched frames tell."""

    def __init__(self) -> None:
        self.answered = 0
        self.latencies: list[float] = []

    def on_frame(self, payload: bytes) -> None:
        now = time.perf_counter()
        frame = client.parse(payload)
        if frame["op"] == "ok":
            self.answered += 1
        elif frame["op"] == "events":
            texts = [event["text"] for event in frame["events"] if event["type"] == "message"]
            self.latencies += [now - float(text.split()[0]) for text in texts]


async def measure(stage: Stage) -> AsyncIterator[list[Figure]]:
    people = [f"member-{number}" for number in range(MEMBERS)]
    await admit(stage, {LOBBY: people})
    for rate in RATES:
        async with stage.replicas(1) as [replica]:
            yield await _at(rate, stage, replica, [stage.issuer.token(person) for person in people])


async def _at(messages_a_second: int, stage: Stage, replica: Replica, tokens: list[str]) -> list[Figure]:
    tally = _Tally()
    members = await client.connect_many(replica.host, replica.port, tokens[:WATCHERS], tally.on_frame)
    members += await client.connect_many(replica.host, replica.port, tokens[WATCHERS:])
    senders = members[:SENDERS]
    await asyncio.sleep(ARRIVALS_SETTLE_SECONDS)  # joins and presence of a thousand arrivals
    for member in members:
        member.messages = 0
    tally.latencies.clear()

    cpu, began = replica.cpu_seconds(), time.perf_counter()
    sent = await _send(senders, messages_a_second)
    await _until_delivered(members, tally, sent)
    seconds, cpu = time.perf_counter() - began, replica.cpu_seconds() - cpu
    delivered = sum(member.messages for member in members)
    cut_off = sum(member.closed for member in members)
    for member in members:
        member.close()

    scenario, rate = f"fan-out {messages_a_second}/s", delivered / seconds
    return [
        Figure(scenario, "deliveries, to one raw send() each", rate, "/s", stage.baselines.raw),
        Figure(scenario, "deliveries, to a naive aiohttp loop", rate, "/s", stage.baselines.naive),
        Figure(scenario, "send to delivery, p50", percentile(tally.latencies, 0.5) * 1000, "ms"),
        Figure(scenario, "send to delivery, p99", percentile(tally.latencies, 0.99) * 1000, "ms", most=P99_MS),
        Figure(scenario, "not acknowledged", sent - tally.answered, "messages"),
        Figure(scenario, "lost", sent * MEMBERS - delivered, "deliveries", most=0),
        Figure(scenario, "members cut off", cut_off, "members"),
        Figure(scenario, "replica's CPU", 100 * cpu / seconds, "% of a core"),
    ]


async def _send(senders: list[Client], messages_a_second: int) -> int:
    """Send by the clock for some seconds; returns how many."""
    sent, began = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - began) < SECONDS:
        while sent < int(elapsed * messages_a_second):
            name = f"{messages_a_second}-{sent}"  # the id of another rate's run would be an old message
            text = f"{time.perf_counter()} ".ljust(TEXT_BYTES, ".")
            senders[sent % len(senders)].send({"op": "send", "id": name, "room": "lobby", "text": text})
            sent += 1
        await asyncio.sleep(0.002)
    return sent


async def _until_delivered(members: list[Client], tally: _Tally, sent: int) -> None:
    try:
        async with asyncio.timeout(LAST_DELIVERY_SECONDS):
            while tally.answered < sent or any(member.messages < sent for member in members):
                await asyncio.sleep(0.01)  # polling: the members only count
    except TimeoutError:  # what is missing by now is reported as lost
        pass
