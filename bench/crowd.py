"""A crowd of 5,000 in one room: what each costs to connect and to keep, and how long they take to come back at once."""

import asyncio
import random
import time
from collections.abc import AsyncIterator

from bench import baselines, client
from bench.client import Client
from bench.figures import Figure, percentile
from bench.people import admit
from bench.replicas import Replica
from bench.stage import Stage
from chassis import mongo
from chat_service.lobby import LOBBY

PEOPLE = 5000
SETTLE_SECONDS = 3.0
MISSED_EVENTS = 10
STORM_TIMEOUT_SECONDS = 60.0
STORM_POLL_SECONDS = 0.05
AGAIN_SECONDS = 1.0

CONNECTS_A_SECOND = 1000
IDLE_KIB = 16
STORM_SECONDS = 10
STORM_READS = 1.0  # on the store for each who comes back


async def connect(stage: Stage) -> AsyncIterator[list[Figure]]:
    """Handshake, token, hello, welcome; and what they hold once they are quiet."""
    tokens = await _crowd(stage)
    bare_ms, bare_kib = await baselines.a_bare_socket(tokens, stage.server_core)
    async with stage.replicas(1) as [replica]:
        memory = replica.resident_kib()
        cpu, began = replica.cpu_seconds(), time.perf_counter()
        people = await client.connect_many(replica.host, replica.port, tokens)
        seconds, cpu = time.perf_counter() - began, replica.cpu_seconds() - cpu
        await asyncio.sleep(SETTLE_SECONDS)
        held, quiet = replica.resident_kib() - memory, replica.cpu_seconds()
        await asyncio.sleep(SETTLE_SECONDS)
        quiet = replica.cpu_seconds() - quiet
        _close(people)
    yield [
        Figure("connect", "handshake, token, hello, welcome", PEOPLE / seconds, "/s", least=CONNECTS_A_SECOND),
        Figure("connect", "CPU for each, to aiohttp's alone", 1000 * cpu / PEOPLE, "ms", bare_ms),
        Figure("idle", "memory for each, to aiohttp's alone", held / PEOPLE, "KiB", bare_kib, most=IDLE_KIB),
        Figure("idle", "replica's CPU for all of them", 100 * quiet / SETTLE_SECONDS, "% of a core"),
    ]


async def storm(stage: Stage) -> AsyncIterator[list[Figure]]:
    """All of them resume in the same moment, each with something missed."""
    tokens = await _crowd(stage)
    async with stage.replicas(1) as [replica]:
        writer = await client.connect(replica.host, replica.port, tokens[0])
        resume = {"epoch": writer.epoch, "rooms": {LOBBY.id: writer.head}}
        for number in range(MISSED_EVENTS):
            writer.send({"op": "send", "id": f"missed-{number}", "room": LOBBY.id, "text": "while you were away"})
        while writer.messages < MISSED_EVENTS:
            await asyncio.sleep(STORM_POLL_SECONDS)
        reads, cpu = await _reads(stage), replica.cpu_seconds()
        people, seconds, again = await _come_back(replica, tokens, {"op": "hello", "resume": resume})
        reads, cpu = await _reads(stage) - reads, replica.cpu_seconds() - cpu
        complete = sum(each.messages == MISSED_EVENTS for each in people)
        _close([*people, writer])
    yield [
        Figure("storm", f"until 99 % of {PEOPLE:,} have resumed", percentile(seconds, 0.99), "s", most=STORM_SECONDS),
        Figure("storm", "not resumed completely", PEOPLE - complete, "people", most=0),
        Figure("storm", "attempts that were not the first", again, "attempts"),
        Figure("storm", "reads on the store for each", reads / PEOPLE, "queries", most=STORM_READS),
        Figure("storm", "replica's CPU for each", 1000 * cpu / PEOPLE, "ms"),
    ]


async def _crowd(stage: Stage) -> list[str]:
    """Tokens of people who are all in the lobby."""
    people = [f"crowd-{number}" for number in range(PEOPLE)]
    await admit(stage, {LOBBY: people})
    return [stage.issuer.token(person) for person in people]


async def _come_back(
    replica: Replica, tokens: list[str], hello: dict[str, object]
) -> tuple[list[Client], list[float], int]:
    began = time.perf_counter()

    async def come_back(token: str) -> tuple[Client, float]:
        while True:  # as every client does: again after a moment, if it was refused or closed
            try:
                each = await client.upgrade(replica.host, replica.port, token)
                each.send(hello)
                while each.messages < MISSED_EVENTS and not each.closed:
                    await asyncio.sleep(STORM_POLL_SECONDS)
            except (OSError, TimeoutError):
                pass
            else:
                if not each.closed:
                    return each, time.perf_counter() - began
            attempts.append(token)
            await asyncio.sleep(random.uniform(0, AGAIN_SECONDS))  # noqa: S311 - jitter, which nobody gains by guessing

    attempts: list[str] = []
    async with asyncio.timeout(STORM_TIMEOUT_SECONDS):
        back = await asyncio.gather(*(come_back(token) for token in tokens))
    return [each for each, _ in back], [seconds for _, seconds in back], len(attempts)


async def _reads(stage: Stage) -> int:
    """Queries and aggregations that the store has been asked so far."""
    async with mongo.connect(stage.mongo_url, "admin") as admin:
        status = await admin.command("serverStatus")
    return int(status["opcounters"]["query"]) + int(status["metrics"]["commands"]["aggregate"]["total"])


def _close(people: list[Client]) -> None:
    for each in people:
        each.close()
