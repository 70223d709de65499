"""What only the directory in MongoDB does; tests/contracts/ holds it to the ports' promises."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from chassis import mongo
from chassis.mongo import Database
from chat_service.directory_mongo import MongoMemberStore, MongoPeopleStore, MongoRoomStore
from chat_service.membership import Change
from chat_service.store import StoreUnavailable
from tests.chat_service.examples import ADA
from tests.chat_service.own_database import own_database
from tests.chat_service.tcp_proxy import TcpProxy, proxy_to

ENTERS = Change(ADA.id, 1, {"present": True, "name": "Ada"})
CALLS: dict[str, Callable[[Database], Awaitable[object]]] = {
    "epoch": lambda database: MongoRoomStore(database).epoch(),
    "apply to a room": lambda database: MongoRoomStore(database).apply("r", [Change(None, 1, {"name": "x"})]),
    "settle": lambda database: MongoRoomStore(database).settle("r", 1),
    "get rooms": lambda database: MongoRoomStore(database).get(["r"]),
    "claim": lambda database: MongoRoomStore(database).claim("x", "r"),
    "rename a person": lambda database: MongoRoomStore(database).rename_person(ADA),
    "find rooms": lambda database: MongoRoomStore(database).find("x", "r", 1),
    "apply to a member": lambda database: MongoMemberStore(database).apply("r", [ENTERS]),
    "get members": lambda database: MongoMemberStore(database).get("r", ["p"]),
    "of": lambda database: MongoMemberStore(database).of("p"),
    "last change": lambda database: MongoMemberStore(database).last_change(),
    "changed": lambda database: MongoMemberStore(database).changed((0, None), 1),
    "ids": lambda database: MongoMemberStore(database).ids("r"),
    "find members": lambda database: MongoMemberStore(database).find("r", "x", None, 1, banned=False),
    "count": lambda database: MongoMemberStore(database).count(["r"]),
    "owners": lambda database: MongoMemberStore(database).owners("r"),
    "take turn": lambda database: MongoMemberStore(database).take_turn("r", "p", 1),
    "know": lambda database: MongoPeopleStore(database).know(ADA),
    "get people": lambda database: MongoPeopleStore(database).get(["p"]),
    "find people": lambda database: MongoPeopleStore(database).find("x", None, 1),
    "forget": lambda database: MongoPeopleStore(database).forget("p"),
}


@pytest.fixture
async def database(mongo_url: str) -> AsyncIterator[Database]:
    async with own_database(mongo_url) as database:
        yield database


@pytest.fixture
def proxy(mongo_url: str) -> Iterator[TcpProxy]:
    with proxy_to(mongo_url) as proxy:
        yield proxy


async def test_every_call_says_unavailable_when_the_server_is_away(
    database: Database, proxy: TcpProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongo, "SERVER_SELECTION_TIMEOUT_MS", 50)
    async with mongo.connect(proxy.url, database.name) as through_proxy:
        await mongo.wait_until_there(through_proxy)  # who is that impatient may not find it the first time
        for call in CALLS.values():
            await call(through_proxy)
        proxy.shut()
        for call in CALLS.values():
            with pytest.raises(StoreUnavailable):
                await call(through_proxy)


async def test_preparing_again_changes_nothing(database: Database) -> None:
    for _ in range(2):
        for store in (MongoRoomStore(database), MongoMemberStore(database), MongoPeopleStore(database)):
            await store.prepare()


async def test_a_page_of_members_is_read_by_the_index(database: Database) -> None:
    store = MongoMemberStore(database)
    await store.prepare()
    for start in range(0, 200, 50):
        names = [f"p-{number:03}" for number in range(start, start + 50)]
        await store.apply("r", [Change(name, 1, {"present": True, "name": name}) for name in names])
    scope = {"room": "r", "name_key": {"$gte": "p-1", "$lt": "p-2"}}
    plan = await database["members"].find(scope).sort([("name_key", 1), ("person", 1)]).limit(10).explain()
    assert plan["executionStats"]["totalDocsExamined"] == 10
