"""The implementations of each port, one after the other, on real servers where they need one."""

from collections.abc import AsyncIterator

import pytest

from chat_service.store import EventStore, RoomStore
from chat_service.store_memory import MemoryEventStore, MemoryRoomStore
from chat_service.store_mongo import MongoEventStore, MongoRoomStore
from tests.chat_service.own_database import own_database


@pytest.fixture(params=["memory", "mongo"])
async def event_store(request: pytest.FixtureRequest) -> AsyncIterator[EventStore]:
    if request.param == "memory":
        yield MemoryEventStore()
        return
    async with own_database(request.getfixturevalue("mongo_url")) as database:
        store = MongoEventStore(database)
        await store.prepare()
        yield store


@pytest.fixture(params=["memory", "mongo"])
async def room_store(request: pytest.FixtureRequest) -> AsyncIterator[RoomStore]:
    if request.param == "memory":
        yield MemoryRoomStore()
        return
    async with own_database(request.getfixturevalue("mongo_url")) as database:
        store = MongoRoomStore(database)
        await store.prepare()
        yield store
