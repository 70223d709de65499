"""Latency: small rooms whose members are on two replicas, a message now and then in each; from send to delivery."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator
from functools import partial

from bench import bare, client
from bench.client import Client
from bench.figures import Figure, percentile
from bench.people import admit
from bench.stage import Stage
from chat_service.events import Room

ROOMS = 200
MEMBERS = 5
MESSAGES_A_SECOND = 200
SECONDS = 10.0
TICK_SECONDS = 0.001
LAST_DELIVERY_SECONDS = 10.0  # what has not come by then is lost
TEXT_BYTES = 100
P50_MS, P99_MS = 10, 50  # beyond a bare insert


class _Delivered:
    """`here` and `there` are seconds to members on the sender's replica and on the other one."""

    def __init__(self) -> None:
        self.here: list[float] = []
        self.there: list[float] = []

    @property
    def count(self) -> int:
        return len(self.here) + len(self.there)

    def to(self, replica: int, payload: bytes) -> None:
        if not payload.startswith(b'{"op":"events"'):
            return
        now = time.perf_counter()
        for event in client.parse(payload)["events"]:
            if event["type"] == "message":
                sent_at, sender = event["text"].split()[:2]
                (self.here if int(sender) == replica else self.there).append(now - float(sent_at))


async def measure(stage: Stage) -> AsyncIterator[list[Figure]]:
    rooms = [f"latency-{number}" for number in range(ROOMS)]
    people = {room: [f"{room}-{number}" for number in range(MEMBERS)] for room in rooms}
    await admit(stage, {Room(id=room, name=room, kind="public"): names for room, names in people.items()})
    delivered = _Delivered()
    async with stage.replicas(2) as replicas, bare.inserts(stage) as inserts:
        members: dict[str, list[Client]] = {room: [] for room in rooms}
        for seat in range(MEMBERS):  # in turn on one and the other
            replica = replicas[seat % 2]
            tokens = [stage.issuer.token(people[room][seat]) for room in rooms]
            some = await client.connect_many(replica.host, replica.port, tokens, partial(delivered.to, seat % 2))
            for room, member in zip(rooms, some, strict=True):
                members[room].append(member)
        await asyncio.sleep(1)
        inserts.clear()
        sent = await _send(members)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_DELIVERY_SECONDS):
                while delivered.count < sent * MEMBERS:
                    await asyncio.sleep(TICK_SECONDS)
        for member in itertools.chain.from_iterable(members.values()):
            member.close()
    lost = sent * MEMBERS - delivered.count
    bare50, bare99 = (percentile(inserts, share) * 1000 for share in (0.5, 0.99))
    there50, there99 = (percentile(delivered.there, share) * 1000 for share in (0.5, 0.99))
    yield [
        Figure("latency", "bare journalled insert, p50", bare50, "ms"),
        Figure("latency", "bare journalled insert, p99", bare99, "ms"),
        Figure("latency", "to the same replica, p50", percentile(delivered.here, 0.5) * 1000, "ms"),
        Figure("latency", "to the same replica, p99", percentile(delivered.here, 0.99) * 1000, "ms"),
        Figure("latency", "to the other replica, p50", there50, "ms", most=P50_MS + bare50),
        Figure("latency", "to the other replica, p99", there99, "ms", most=P99_MS + bare99),
        Figure("latency", "lost", lost, "deliveries", most=0),
    ]


async def _send(members: dict[str, list[Client]]) -> int:
    """Each room in turn, each of its members in turn; returns how many were sent."""
    seats = itertools.cycle([(room, seat) for seat in range(MEMBERS) for room in members])
    began, sent = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - began) < SECONDS:
        while sent < int(elapsed * MESSAGES_A_SECOND):
            room, seat = next(seats)
            text = f"{time.perf_counter()} {seat % 2} ".ljust(TEXT_BYTES, ".")
            members[room][seat].send({"op": "send", "id": f"l{sent}", "room": room, "text": text})
            sent += 1
        await asyncio.sleep(TICK_SECONDS)
    return sent
