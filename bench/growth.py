"""Growth: what a page, a send and a resume take in a room of 1,000,000 events, beside a room of 1,000.

Both rooms are of one database and one replica, and asked in turn: whatever else the machine does meets both.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

from bench import client
from bench.client import Client
from bench.figures import Figure, percentile
from bench.people import admit
from bench.stage import Stage
from chassis import mongo
from chat_service.archive_mongo import MongoArchive
from chat_service.events import Message, Person, Room
from chat_service.store_mongo import MongoEventStore

SIZES = {"few": 1_000, "many": 1_000_000}  # by the room's name
INSERTED_AT_ONCE = 10_000
TIMES = 200
RATIO = 1.3

Frame = dict[str, object]
Seconds = dict[str, list[float]]  # by room


async def measure(stage: Stage) -> AsyncIterator[list[Figure]]:
    await _seed(stage)
    await admit(stage, {Room(id=name, name=name, kind="public"): ["asker"] for name in SIZES})
    async with stage.replicas(1) as [replica]:
        asker = _Asker()
        token = stage.issuer.token("asker")
        asker.client = await client.connect(replica.host, replica.port, token, asker.on_frame)
        pages, sends = await asker.pages(), await asker.sends()
        # As people have who come back: of who never read, as many as 2,000 messages are looked through.
        for room, size in SIZES.items():
            asker.client.send({"op": "read", "room": room, "seq": size})
        resumes: Seconds = {room: [] for room in SIZES}
        for _ in range(TIMES):
            for room, size in SIZES.items():
                began = time.perf_counter()
                back = await client.upgrade(replica.host, replica.port, token)
                back.send({"op": "hello", "resume": {"epoch": asker.client.epoch, "rooms": {room: size}}})
                while back.messages < TIMES:
                    await asyncio.sleep(0)
                resumes[room].append(time.perf_counter() - began)
                back.close()
        asker.client.close()
    yield [_compare("history page", pages), _compare("send", sends), _compare("resume", resumes)]


async def _seed(stage: Stage) -> None:
    """As many messages as that, as if they had been said."""
    async with mongo.connect(stage.mongo_url, stage.database) as seeded:
        store = MongoEventStore(seeded)
        await store.prepare()
        await MongoArchive(seeded).prepare()
        author = Person("seed", "seed")
        for room, size in SIZES.items():
            for start in range(1, size + 1, INSERTED_AT_ONCE):
                numbers = range(start, min(start + INSERTED_AT_ONCE, size + 1))
                said = [Message(id=f"s{seq}", author=author, seq=seq, at=seq, text="." * 100) for seq in numbers]
                await store.append(room, said)


class _Asker:
    """Sends a request and times its answer."""

    def __init__(self) -> None:
        self.client: Client | None = None
        self._answered: asyncio.Future[None] | None = None

    def on_frame(self, payload: bytes) -> None:
        if payload.startswith((b'{"op":"ok"', b'{"op":"page"')) and self._answered and not self._answered.done():
            self._answered.set_result(None)

    async def pages(self) -> Seconds:
        """From the middle of the room."""
        return await self._in_turn({"op": "history", "limit": 50}, lambda room, n: {"before": SIZES[room] // 2 + n})

    async def sends(self) -> Seconds:
        return await self._in_turn({"op": "send", "text": "." * 100}, lambda _room, _n: {})

    async def _in_turn(self, request: Frame, more: Callable[[str, int], Frame]) -> Seconds:
        took: Seconds = {room: [] for room in SIZES}
        for number in range(TIMES):
            for room in SIZES:
                self._answered = asyncio.get_running_loop().create_future()
                began = time.perf_counter()
                if self.client:
                    self.client.send(request | {"id": f"{request['op']}-{number}", "room": room} | more(room, number))
                await self._answered
                took[room].append(time.perf_counter() - began)
        return took


def _compare(what: str, took: Seconds) -> Figure:
    few, many = (percentile(took[room], 0.5) * 1000 for room in SIZES)
    measure = f"{what}, to a room of {SIZES['few']:,}"
    return Figure(f"growth, {SIZES['many']:,}", measure, many, "ms", few, most=RATIO * few)
