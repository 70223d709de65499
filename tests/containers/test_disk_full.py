"""Drill 15: the disk under MongoDB is full, under traffic."""

import asyncio
import secrets
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import docker  # type: ignore[import-untyped]
import pytest
from pymongo.errors import PyMongoError

from chassis import mongo
from chat_service.errors import Unavailable
from chat_service.events import AnyEvent, Message
from chat_service.log import Log
from chat_service.store_mongo import MongoEventStore
from tests import services
from tests.chat_service.examples import ADA
from tests.conftest import missing

DISK = "500m"
ROOM = "lobby"
AT_ONCE = 500
PATIENCE_SECONDS = 90.0


class SmallDisk:
    """A MongoDB with a disk of its own in memory, which a container beside it keeps, and fills, and empties."""

    def __init__(self, stack: ExitStack) -> None:
        engine, image = docker.from_env(), services.MONGODB_IMAGE
        (port,) = services.free_ports(1)
        options = {"type": "tmpfs", "device": "tmpfs", "o": f"size={DISK}"}
        volume = engine.volumes.create(f"parley-test-{uuid.uuid4().hex[:8]}", driver_opts=options)
        stack.callback(volume.remove, force=True)
        told = {"volumes": {volume.name: {"bind": "/data/db", "mode": "rw"}}, "detach": True}
        self._beside = engine.containers.run(image, ["sleep", "infinity"], entrypoint=[], **told)
        stack.callback(self._beside.remove, force=True, v=True)
        self._mongod = engine.containers.run(image, ports={"27017/tcp": ("127.0.0.1", port)}, **told)
        stack.callback(self._mongod.remove, force=True, v=True)
        self.url = f"mongodb://127.0.0.1:{port}/"

    def fill(self) -> None:
        _, said = self._beside.exec_run(["sh", "-c", "cat /dev/zero >/data/db/filler"])
        assert b"No space left" in said

    def empty(self) -> None:
        """And start MongoDB again, which ends itself sooner or later: Docker by itself does so after up to a minute."""
        code, said = self._beside.exec_run(["rm", "/data/db/filler"])
        assert code == 0, said
        self._mongod.restart(timeout=10)


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    with ExitStack() as stack:
        try:
            services.with_image(services.MONGODB_IMAGE)
            disk = SmallDisk(stack)
        except Exception as reason:  # noqa: BLE001 - no engine, no registry, no image: none of them can be helped here
            missing(f"a MongoDB to be mistreated can't be had: {reason}")
        yield disk


async def test_a_full_disk_means_no_false_acknowledgement_a_clear_error_and_a_recovery_by_itself(
    disk: SmallDisk,
) -> None:
    attempted = 0
    acknowledged: dict[str, int] = {}
    refused: set[str] = set()
    async with mongo.connect(disk.url, "chat") as database:
        events = MongoEventStore(database)
        await _prepared(events)
        log = Log(events, lambda _room, _events: None)

        async def say(name: str) -> None:
            try:
                event = await log.append(ROOM, Message(id=name, author=ADA, text=secrets.token_hex(2000)))
            except Unavailable:  # the clear error; anything else fails the test
                refused.add(name)
            else:
                refused.discard(name)
                acknowledged[name] = event.seq

        async def say_more() -> None:
            nonlocal attempted
            attempted += AT_ONCE
            await asyncio.gather(*(say(f"m-{number}") for number in range(attempted - AT_ONCE, attempted)))

        await say_more()
        assert not refused
        await asyncio.to_thread(disk.fill)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not refused:  # MongoDB has reserved some room for its journal
                await say_more()
        await say_more()
        await asyncio.to_thread(disk.empty)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while refused:
                await asyncio.gather(*(say(name) for name in sorted(refused)))
        await log.drain()
        stored = [event async for event in _everything(events)]
    assert [event.seq for event in stored] == list(range(1, attempted + 1))
    assert {event.id: event.seq for event in stored} == acknowledged


async def _prepared(events: MongoEventStore) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                await events.prepare()
            except PyMongoError:  # it is still starting
                await asyncio.sleep(0.2)
            else:
                return


async def _everything(events: MongoEventStore) -> AsyncIterator[AnyEvent]:
    seq = 0
    while page := await events.after(ROOM, seq, 1000):
        for event in page:
            yield event
        seq = page[-1].seq
