"""Commit: acknowledged messages a second, and how long the acknowledgement takes at half of what is asked for."""

import asyncio
import time
from collections.abc import AsyncIterator

import msgspec

from bench import bare
from bench.figures import Figure, percentile
from bench.people import admit
from bench.replicas import Replica
from bench.senders import Sender, all_answered, send_by_the_clock
from bench.stage import Stage
from chat_service.events import Room
from chat_service.lobby import LOBBY

SECONDS = 5.0
WARM_UP_SECONDS = 1.0
SENDERS_A_REPLICA = 4
UNDER_WAY = 50  # sends of one sender that wait for their answer
ROOMS = 1000
SENDERS_TO_ROOMS = 10
P99_MS = 50


class Case(msgspec.Struct, frozen=True):
    """`least` is the rate asked for, in acknowledged messages a second."""

    scenario: str
    replicas: int
    rooms: int
    least: int


CASES = (
    Case("commit x1", 1, 1, 10_000),
    Case("commit x3", 3, 1, 5_000),
    Case("commit 1,000 rooms", 1, ROOMS, 5_000),
)


async def measure(stage: Stage) -> AsyncIterator[list[Figure]]:
    for case in CASES:
        async with stage.replicas(case.replicas) as replicas:
            senders = await _senders(stage, case, replicas)
            yield await _as_fast_as_answered(case, replicas, senders)
            yield await _by_the_clock(stage, case, senders)
            for sender in senders:
                sender.close()


async def _senders(stage: Stage, case: Case, replicas: list[Replica]) -> list[Sender]:
    names = f"commit-{case.replicas}-{case.rooms}"
    count = SENDERS_A_REPLICA * len(replicas) if case.rooms == 1 else SENDERS_TO_ROOMS
    people = [f"{names}-{number}" for number in range(count)]
    rooms = [[LOBBY.id] for _ in people]
    if case.rooms > 1:
        rooms = [[f"{person}-{number}" for number in range(case.rooms // count)] for person in people]
        owners = zip(people, rooms, strict=True)
        await admit(
            stage,
            {Room(id=room, name=room, kind="public"): [person] for person, some in owners for room in some},
        )
    senders = [Sender(each, names) for each in rooms]
    for number, (person, sender) in enumerate(zip(people, senders, strict=True)):
        replica = replicas[number % len(replicas)]
        await sender.connect(replica.host, replica.port, stage.issuer.token(person))
    return senders


async def _as_fast_as_answered(case: Case, replicas: list[Replica], senders: list[Sender]) -> list[Figure]:
    for sender in senders:
        sender.keep_under_way(UNDER_WAY)
    await asyncio.sleep(WARM_UP_SECONDS)
    for sender in senders:
        sender.latencies.clear()
    cpu, began = sum(replica.cpu_seconds() for replica in replicas), time.perf_counter()
    await asyncio.sleep(SECONDS)
    seconds, cpu = time.perf_counter() - began, sum(replica.cpu_seconds() for replica in replicas) - cpu
    latencies = [latency for sender in senders for latency in sender.latencies]
    for sender in senders:
        sender.keep_under_way(0)
    await all_answered(senders)
    return [
        Figure(case.scenario, "acknowledged messages", len(latencies) / seconds, "/s", least=case.least),
        Figure(case.scenario, "send to ok, p50", percentile(latencies, 0.5) * 1000, "ms"),
        Figure(case.scenario, "send to ok, p99", percentile(latencies, 0.99) * 1000, "ms"),
        Figure(case.scenario, "refused or unanswered", _failed(senders), "messages", most=0),
        Figure(case.scenario, "replicas' CPU", 100 * cpu / seconds, "% of a core"),
    ]


async def _by_the_clock(stage: Stage, case: Case, senders: list[Sender]) -> list[Figure]:
    rate = case.least / 2
    for sender in senders:
        sender.latencies.clear()
        sender.under_way.clear()
        sender.refused = 0
    async with bare.inserts(stage) as inserts:
        await send_by_the_clock(senders, rate, SECONDS)
    latencies = [latency for sender in senders for latency in sender.latencies]
    scenario = f"{case.scenario}, {rate:,.0f}/s"
    return [
        Figure(scenario, "send to ok, p50", percentile(latencies, 0.5) * 1000, "ms"),
        Figure(scenario, "send to ok, p99", percentile(latencies, 0.99) * 1000, "ms", most=P99_MS),
        Figure(scenario, "a bare insert beside it, p99", percentile(inserts, 0.99) * 1000, "ms"),
        Figure(scenario, "refused or unanswered", _failed(senders), "messages", most=0),
    ]


def _failed(senders: list[Sender]) -> int:
    return sum(sender.refused + len(sender.under_way) for sender in senders)
