"""A crowd: what a connection costs to open and to keep, and how long 5,000 take that come back at once."""

import asyncio
import time

from bench import client
from bench.figures import Figure, percentile
from bench.replicas import Replica
from bench.stage import Stage
from chassis import mongo

PEOPLE = 5000
AT_ONCE = 50
SETTLE_SECONDS = 3.0
MISSED_EVENTS = 10
STORM_TIMEOUT_SECONDS = 120.0


async def measure(stage: Stage) -> list[Figure]:
    async with stage.replicas(1) as [replica]:
        return await _measure(stage, replica)


async def _measure(stage: Stage, replica: Replica) -> list[Figure]:
    tokens = [stage.issuer.token(f"crowd-{number}") for number in range(PEOPLE)]
    for start in range(0, PEOPLE, AT_ONCE):  # they join the room first, each told of few others' joining
        for each in await client.connect_many(replica.host, replica.port, tokens[start : start + AT_ONCE]):
            each.close()
    await asyncio.sleep(SETTLE_SECONDS)
    return [*await _join(replica, tokens), *await _storm(replica, tokens, stage.mongo_url)]


async def _join(replica: Replica, tokens: list[str]) -> list[Figure]:
    memory = replica.resident_kib()
    cpu, began = replica.cpu_seconds(), time.perf_counter()
    people = await client.connect_many(replica.host, replica.port, tokens)
    seconds, cpu = time.perf_counter() - began, replica.cpu_seconds() - cpu
    await asyncio.sleep(SETTLE_SECONDS)
    held = replica.resident_kib() - memory
    for each in people:
        each.close()
    await asyncio.sleep(SETTLE_SECONDS)
    return [
        Figure("connect", "handshake, token, hello, welcome", len(people) / seconds, "/s"),
        Figure("connect", "replica's CPU for each", 1000 * cpu / len(people), "ms"),
        Figure("idle", "memory for each, idle in the room", held / len(people), "KiB"),
    ]


async def _storm(replica: Replica, tokens: list[str], mongo_url: str) -> list[Figure]:
    writer = await client.connect(replica.host, replica.port, tokens[0])
    epoch, head = writer.epoch, writer.head
    for number in range(MISSED_EVENTS):
        writer.send({"op": "send", "id": f"missed-{number}", "room": "lobby", "text": "while you were away"})
    while writer.messages < MISSED_EVENTS:
        await asyncio.sleep(0.01)
    reads = await _queries(mongo_url)
    began = time.perf_counter()
    resume = {"epoch": epoch, "rooms": {"lobby": head}}

    async def come_back(token: str) -> float:
        each = await client.upgrade(replica.host, replica.port, token)
        each.send({"op": "hello", "resume": resume})
        while each.messages < MISSED_EVENTS and not each.closed:
            await asyncio.sleep(0.05)
        back.append(each)
        return time.perf_counter() - began

    back: list[client.Client] = []
    async with asyncio.timeout(STORM_TIMEOUT_SECONDS):
        seconds = await asyncio.gather(*(come_back(token) for token in tokens))
    reads = await _queries(mongo_url) - reads
    complete = sum(each.messages == MISSED_EVENTS for each in back)
    for each in (*back, writer):
        each.close()
    return [
        Figure("storm", f"until 99 % of {PEOPLE} have resumed", percentile(seconds, 0.99), "s"),
        Figure("storm", "not resumed completely", PEOPLE - complete, "people"),
        Figure("storm", "reads on the store for each", reads / PEOPLE, "queries"),
    ]


async def _queries(mongo_url: str) -> int:
    async with mongo.connect(mongo_url, "admin") as admin:
        status = await admin.command("serverStatus")
    return int(status["opcounters"]["query"])
