"""Growth: what a page, a send and a resume take in a room of 1,000,000 events, beside a room of 1,000."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

from bench import client
from bench.client import Client
from bench.figures import Figure, percentile
from bench.replicas import Replica
from bench.stage import Stage
from bench.tokens import Issuer
from chassis import mongo
from chat_service.archive_mongo import MongoArchive
from chat_service.events import Message, Person
from chat_service.store_mongo import MongoEventStore

FEW, MANY = 1_000, 1_000_000
INSERTED_AT_ONCE = 10_000
TIMES = 200
RATIO = 1.3

Frame = dict[str, object]


async def measure(stage: Stage) -> AsyncIterator[list[Figure]]:
    medians = []
    for size in (FEW, MANY):
        database = f"{stage.database}-{size}"
        try:
            await _seed(stage.mongo_url, database, size)
            async with stage.replicas(1, database) as [replica]:
                medians.append(await _times(replica, stage.issuer, size))
        finally:
            async with mongo.connect(stage.mongo_url, database) as seeded:
                await seeded.client.drop_database(database)
    yield _compare(*medians)


async def _seed(mongo_url: str, database: str, count: int) -> None:
    """A lobby with so many messages, as if they had been said."""
    async with mongo.connect(mongo_url, database) as seeded:
        store = MongoEventStore(seeded)
        await store.prepare()
        await MongoArchive(seeded).prepare()
        author = Person("seed", "seed")
        for start in range(1, count + 1, INSERTED_AT_ONCE):
            numbers = range(start, min(start + INSERTED_AT_ONCE, count + 1))
            await store.append(
                "lobby", [Message(id=f"s{seq}", author=author, seq=seq, at=seq, text="." * 100) for seq in numbers]
            )


class _Asker:
    """Sends a request and times its answer."""

    def __init__(self) -> None:
        self.client: Client | None = None
        self._answered: asyncio.Future[None] | None = None

    def on_frame(self, payload: bytes) -> None:
        if payload.startswith((b'{"op":"ok"', b'{"op":"page"')) and self._answered and not self._answered.done():
            self._answered.set_result(None)

    async def median_ms(self, request: Callable[[int], Frame]) -> float:
        samples = []
        for number in range(TIMES):
            self._answered = asyncio.get_running_loop().create_future()
            began = time.perf_counter()
            if self.client:
                self.client.send(request(number))
            await self._answered
            samples.append(time.perf_counter() - began)
        return percentile(samples, 0.5) * 1000


async def _times(replica: Replica, issuer: Issuer, size: int) -> dict[str, float]:
    """Medians in ms by what was done, in the room that this replica has."""
    asker = _Asker()
    asker.client = await client.connect(replica.host, replica.port, issuer.token("asker"), asker.on_frame)

    # As people have who come back: of who never read, as many as 2,000 messages are looked through.
    asker.client.send({"op": "read", "room": "lobby", "seq": asker.client.head})

    def page(number: int) -> Frame:
        return {"op": "history", "id": f"p{number}", "room": "lobby", "before": size // 2 + number, "limit": 50}

    def send(number: int) -> Frame:
        return {"op": "send", "id": f"g{number}", "room": "lobby", "text": "." * 100}

    medians = {"history page": await asker.median_ms(page), "send": await asker.median_ms(send)}
    head, epoch = asker.client.head, asker.client.epoch
    samples = []
    for _ in range(TIMES):
        began = time.perf_counter()
        back = await client.upgrade(replica.host, replica.port, issuer.token("asker"))
        back.send({"op": "hello", "resume": {"epoch": epoch, "rooms": {"lobby": head}}})
        while back.messages < TIMES:
            await asyncio.sleep(0)
        samples.append(time.perf_counter() - began)
        back.close()
    medians["resume"] = percentile(samples, 0.5) * 1000
    asker.client.close()
    return medians


def _compare(few: dict[str, float], many: dict[str, float]) -> list[Figure]:
    scenario = f"growth, {MANY:,}"
    return [
        Figure(scenario, f"{what}, to a room of {FEW:,}", many[what], "ms", few[what], most=RATIO * few[what])
        for what in few
    ]
