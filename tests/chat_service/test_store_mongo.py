"""What only the store in MongoDB does; tests/contracts/test_store.py holds it to the port's promises."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from aiohttp.test_utils import unused_port

from chassis import mongo
from chassis.mongo import Database
from chat_service.events import Join
from chat_service.store import StoreUnavailable
from chat_service.store_mongo import MongoEventStore
from tests.chat_service.eventually import PATIENCE_SECONDS
from tests.chat_service.examples import ADA, BOB, log_of, stored
from tests.chat_service.own_database import own_database
from tests.chat_service.tcp_proxy import TcpProxy, proxy_to

CALLS: dict[str, Callable[[Database], Awaitable[object]]] = {
    "append": lambda database: MongoEventStore(database).append("lobby", [stored(1)]),
    "find": lambda database: MongoEventStore(database).find("lobby", [(ADA.id, "m-1")]),
    "head": lambda database: MongoEventStore(database).head("lobby"),
    "heads": lambda database: MongoEventStore(database).heads(["lobby"]),
    "after": lambda database: MongoEventStore(database).after("lobby", 0, 1),
    "before": lambda database: MongoEventStore(database).before("lobby", None, 1),
    "changes": lambda database: MongoEventStore(database).changes("lobby", 0, 1),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongo, "SERVER_SELECTION_TIMEOUT_MS", 200)
    monkeypatch.setattr(mongo, "CONNECT_TIMEOUT_MS", 200)


@pytest.fixture
async def database(mongo_url: str) -> AsyncIterator[Database]:
    async with own_database(mongo_url) as database:
        yield database


@pytest.fixture
def proxy(mongo_url: str) -> Iterator[TcpProxy]:
    with proxy_to(mongo_url) as proxy:
        yield proxy


async def answered(call: Callable[[Database], Awaitable[object]], database: Database) -> None:
    """Wait until it is: what connects so impatiently may be too late, on a busy machine, for the first answers."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            with contextlib.suppress(StoreUnavailable):
                await call(database)
                return


@every_call
@pytest.mark.usefixtures("impatient")
async def test_every_call_says_unavailable_where_there_is_no_server(
    call: Callable[[Database], Awaitable[object]],
) -> None:
    async with mongo.connect(f"mongodb://127.0.0.1:{unused_port()}/", "none") as database:
        with pytest.raises(StoreUnavailable):
            await call(database)


@every_call
@pytest.mark.usefixtures("impatient")
async def test_every_call_says_unavailable_when_the_server_falls_silent(
    call: Callable[[Database], Awaitable[object]], database: Database, proxy: TcpProxy
) -> None:
    async with mongo.connect(proxy.url, database.name, socket_timeout_ms=200) as through_proxy:
        await answered(call, through_proxy)
        proxy.swallow()
        with pytest.raises(StoreUnavailable):
            await call(through_proxy)


async def test_the_store_is_back_when_the_server_is(database: Database, proxy: TcpProxy) -> None:
    async with mongo.connect(proxy.url, database.name) as through_proxy:
        store = MongoEventStore(through_proxy)
        await store.append("lobby", log_of(1))
        proxy.shut()
        with pytest.raises(StoreUnavailable):
            await store.append("lobby", [stored(2)])
        proxy.open()
        assert await store.append("lobby", [stored(2)]) == 1


async def test_preparing_again_changes_nothing(database: Database) -> None:
    for _ in range(2):
        await MongoEventStore(database).prepare()


async def test_a_page_is_read_by_the_index_alone(database: Database) -> None:
    store = MongoEventStore(database)
    await store.prepare()
    await store.append("lobby", log_of(50))
    plan = await database["events"].find({"room": "lobby", "seq": {"$lt": 40}}).sort("seq", -1).limit(10).explain()
    assert plan["executionStats"]["totalDocsExamined"] == 10


async def test_the_head_of_a_room_is_found_without_reading_its_events(database: Database) -> None:
    store = MongoEventStore(database)
    await store.prepare()
    for room in ("attic", "lobby", "other"):
        await store.append(room, log_of(50))
    await database.command("profile", 2)
    assert await store.heads(["attic", "lobby"]) == {"attic": 50, "lobby": 50}
    await database.command("profile", 0)
    query = await database["system.profile"].find_one({"command.aggregate": "events"})
    assert query
    assert (query["keysExamined"], query["docsExamined"]) == (2, 0)


async def test_changes_of_a_room_are_read_without_its_messages(database: Database) -> None:
    store = MongoEventStore(database)
    await store.prepare()
    await store.append("lobby", [*log_of(50), Join(id="j", author=ADA, seq=51)])
    plan = await database["events"].find({"change": True, "room": "lobby", "seq": {"$gt": 0}}).sort("seq", 1).explain()
    assert plan["executionStats"]["totalDocsExamined"] == 1


async def test_events_are_kept_as_plain_documents_for_those_who_look(database: Database) -> None:
    await MongoEventStore(database).append("lobby", [stored(1, BOB, "Hi")])
    document = await database["events"].find_one({}, {"_id": False})
    assert document == {
        "room": "lobby",
        "seq": 1,
        "type": "message",
        "id": "m-1",
        "author": {"id": "p-bob", "name": "Bob"},
        "at": 1_700_000_000_001,
        "text": "Hi",
    }
