"""The implementations of each port, one after the other, on real servers where they need one."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import NamedTuple

import pytest

from chat_service.archive import Archive
from chat_service.archive_memory import Logs, MemoryArchive
from chat_service.archive_mongo import MongoArchive
from chat_service.directory import MemberStore, PeopleStore, RoomStore
from chat_service.directory_memory import MemoryMemberStore, MemoryPeopleStore, MemoryRoomStore
from chat_service.directory_mongo import MongoMemberStore, MongoPeopleStore, MongoRoomStore
from chat_service.relay_memory import MemoryBus, MemoryRelay
from chat_service.relay_rabbitmq import RabbitMQRelay
from chat_service.store import EventStore
from chat_service.store_memory import MemoryEventStore
from chat_service.store_mongo import MongoEventStore
from tests.chat_service.ear import Ear
from tests.chat_service.own_database import own_database
from tests.chat_service.own_exchange import own_exchange


class Directory(NamedTuple):
    rooms: RoomStore
    members: MemberStore
    people: PeopleStore


@pytest.fixture(params=["memory", "mongo"])
async def event_store(request: pytest.FixtureRequest) -> AsyncIterator[EventStore]:
    if request.param == "memory":
        yield MemoryEventStore()
        return
    async with own_database(request.getfixturevalue("mongo_url")) as database:
        store = MongoEventStore(database)
        await store.prepare()
        yield store


class Kept(NamedTuple):
    """A store of events, and the archive over it."""

    store: EventStore
    archive: Archive


@pytest.fixture(params=["memory", "mongo"])
async def kept(request: pytest.FixtureRequest) -> AsyncIterator[Kept]:
    if request.param == "memory":
        logs: Logs = {}
        yield Kept(MemoryEventStore(logs), MemoryArchive(logs))
        return
    async with own_database(request.getfixturevalue("mongo_url")) as database:
        store, archive = MongoEventStore(database), MongoArchive(database)
        await store.prepare()
        await archive.prepare()
        yield Kept(store, archive)


@pytest.fixture(params=["memory", "mongo"])
async def directory(request: pytest.FixtureRequest) -> AsyncIterator[Directory]:
    if request.param == "memory":
        members = MemoryMemberStore()
        yield Directory(MemoryRoomStore(), members, MemoryPeopleStore(members))
        return
    async with own_database(request.getfixturevalue("mongo_url")) as database:
        stores = MongoRoomStore(database), MongoMemberStore(database), MongoPeopleStore(database)
        for store in stores:
            await store.prepare()
        yield Directory(*stores)


@pytest.fixture(params=["memory", "rabbitmq"])
async def replica(request: pytest.FixtureRequest) -> AsyncIterator[Callable[[str], Awaitable[Ear]]]:
    """Start a replica of this name, on one network with the others."""
    async with AsyncExitStack() as stack:
        if request.param == "memory":
            bus = MemoryBus()
        else:
            url = request.getfixturevalue("amqp_url")
            exchange = await stack.enter_async_context(own_exchange(url))

        async def start(name: str) -> Ear:
            ear = Ear(MemoryRelay(bus) if request.param == "memory" else RabbitMQRelay(url, name, exchange))
            stack.push_async_callback(ear.stop)
            ear.start()
            await ear.ready()
            return ear

        yield start
