"""Appends of several rooms that share an insert: each is answered for itself."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import BulkWriteError

from chassis.mongo import Database, Document
from chat_service import inserts_mongo
from chat_service.inserts_mongo import Inserts, refused
from chat_service.reaching import DUPLICATE_KEY
from chat_service.store import StoreUnavailable
from chat_service.store_mongo import MongoEventStore
from tests.chat_service.own_database import own_database

DUPLICATE: dict[str, object] = {"index": 2, "code": DUPLICATE_KEY}
NOT_JOURNALLED: dict[str, object] = {"code": 64, "errmsg": "waiting for replication timed out"}


class Noting(Inserts):
    """Notes how many documents each insert has."""

    def __init__(self, events: AsyncIOMotorCollection[Mapping[str, Any]]) -> None:
        super().__init__(events)
        self.sizes: list[int] = []

    async def _insert(self, appends: list[inserts_mongo._Append]) -> None:
        self.sizes.append(sum(len(append.documents) for append in appends))
        await super()._insert(appends)


@pytest.fixture
async def database(mongo_url: str) -> AsyncIterator[Database]:
    async with own_database(mongo_url) as database:
        await MongoEventStore(database).prepare()
        yield database


@pytest.fixture
def inserts(database: Database) -> Inserts:
    return Inserts(database["events"])


def documents(room: str, *seqs: int) -> list[Document]:
    return [{"room": room, "seq": seq, "author": {"id": "p-ada"}, "id": f"m-{seq}"} for seq in seqs]


async def contents(database: Database) -> set[tuple[str, int]]:
    return {(document["room"], document["seq"]) async for document in database["events"].find()}


async def test_rooms_that_append_at_once_share_inserts(database: Database) -> None:
    inserts = Noting(database["events"])
    appends = [inserts.append(documents(f"room {number}", 1, 2)) for number in range(100)]
    assert await asyncio.gather(*appends) == [2] * 100
    assert len(await contents(database)) == 200
    assert len(inserts.sizes) <= 3


async def test_a_conflict_in_one_room_takes_nothing_from_the_others(inserts: Inserts, database: Database) -> None:
    await inserts.append(documents("b", 2))
    rooms = {"a": [1, 2], "b": [1, 2, 3], "c": [1], "d": [1, 2]}
    answers = await asyncio.gather(*(inserts.append(documents(room, *seqs)) for room, seqs in rooms.items()))
    assert answers == [2, 1, 1, 2]
    assert await contents(database) == {("a", 1), ("a", 2), ("b", 1), ("b", 2), ("c", 1), ("d", 1), ("d", 2)}


async def test_conflicts_everywhere_are_answered_each_for_itself(inserts: Inserts) -> None:
    rooms = [f"room {number}" for number in range(50)]
    assert await asyncio.gather(*(inserts.append(documents(room, 1)) for room in rooms)) == [1] * 50
    assert await asyncio.gather(*(inserts.append(documents(room, 1, 2)) for room in rooms)) == [0] * 50


async def test_no_insert_is_larger_than_its_bound(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    inserts = Noting(database["events"])
    monkeypatch.setattr(inserts_mongo, "MAX_DOCUMENTS", 10)
    await asyncio.gather(*(inserts.append(documents(f"room {number}", 1, 2, 3)) for number in range(20)))
    await inserts.append(documents("large", *range(1, 21)))
    assert max(inserts.sizes[:-1]) <= 10
    assert inserts.sizes[-1] == 20


async def test_an_event_that_the_server_refuses_is_no_matter_of_the_other_rooms(
    inserts: Inserts, database: Database
) -> None:
    await database.command(
        {"collMod": "events", "validator": {"text": {"$ne": "a secret"}}, "validationLevel": "strict"}
    )
    bad = [{**document, "text": "a secret"} for document in documents("b", 1)]
    answers = await asyncio.gather(
        *(inserts.append(some) for some in (documents("a", 1), bad, documents("c", 1))), return_exceptions=True
    )
    assert (answers[0], answers[2]) == (1, 1)
    assert isinstance(answers[1], RuntimeError)
    assert "secret" not in str(answers[1])


async def test_who_hangs_up_takes_nothing_from_the_others(inserts: Inserts) -> None:
    gone, stays = (asyncio.create_task(inserts.append(documents(room, 1))) for room in "ab")
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == 1


def failure(*, writes: list[dict[str, object]], concerns: list[dict[str, object]]) -> BulkWriteError:
    """What the driver makes of a server's answer to an insert."""
    return BulkWriteError({"writeErrors": writes, "writeConcernErrors": concerns, "nInserted": 2})


def test_a_duplicate_tells_how_many_before_it_are_stored() -> None:
    assert refused(failure(writes=[DUPLICATE], concerns=[])) == (2, DUPLICATE_KEY)


def test_events_that_may_not_be_in_the_journal_count_as_unknown() -> None:
    with pytest.raises(StoreUnavailable):
        refused(failure(writes=[], concerns=[NOT_JOURNALLED]))


def test_events_before_a_duplicate_that_may_not_be_in_the_journal_count_as_unknown() -> None:
    with pytest.raises(StoreUnavailable):
        refused(failure(writes=[DUPLICATE], concerns=[NOT_JOURNALLED]))
