"""What only the archive in MongoDB does; tests/contracts/ holds it to the port's promises."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp.test_utils import unused_port

from chassis import mongo
from chassis.mongo import Database
from chat_service.archive import MAX_LOOKED_THROUGH
from chat_service.archive_mongo import MongoArchive
from chat_service.events import AnyEvent, Delete, Edit, MessageChange, Pin, React
from chat_service.store import StoreUnavailable
from chat_service.store_mongo import MongoEventStore
from tests.chat_service.examples import ADA
from tests.chat_service.histories import event, said
from tests.chat_service.own_database import own_database

LENGTH = 6000
READS: dict[str, tuple[Callable[[MongoArchive], Awaitable[Any]], int]] = {
    "before": (lambda archive: archive.before("lobby", 3000, 50), 50),
    "the newest": (lambda archive: archive.before("lobby", None, 50), 50),
    "after": (lambda archive: archive.after("lobby", 3000, 50), 50),
    "at": (lambda archive: archive.at("lobby", [1, 3000, 5999]), 3),
    "changes": (lambda archive: archive.changes("lobby", [1, 501], 9999), 10),
    "count_changes": (lambda archive: archive.count_changes("lobby", 1, 100), 4),
    "replies": (lambda archive: archive.replies("lobby", [2, 1002], 9999), 0),
    "thread": (lambda archive: archive.thread("lobby", 2, 2000, 20), 20),
    "pinned": (lambda archive: archive.pinned("lobby", 5), 15),
    "unread": (lambda archive: archive.unread("lobby", ADA.id, 5), MAX_LOOKED_THROUGH + 12),
}
"""What is read of the room below, and how many documents that may take: what is returned and what belongs to it."""


def room() -> list[AnyEvent]:
    """Messages, most of which nothing happens to; a reaction, an edit, a pin and a reaction follow every 500th."""
    events: list[AnyEvent] = []
    for seq in range(1, LENGTH + 1):
        target = (seq - 1) // 500 * 500 + 1
        match (seq - 1) % 500:
            case 1:
                events.append(said(seq))
            case 2 | 5:
                events.append(event(React, seq, target=target, emoji="👍"))
            case 3:
                events.append(event(Edit, seq, target=target, text="Hi!"))
            case 4:
                events.append(event(Pin, seq, target=target))
            case place:
                root = 2 if place > 10 and place % 3 == 0 else None
                reply: dict[str, Any] = {"reply_to": root, "thread": root} if root else {}
                events.append(said(seq, **reply))
    return events


@pytest.fixture
async def database(mongo_url: str) -> AsyncIterator[Database]:
    async with own_database(mongo_url) as database:
        store, archive = MongoEventStore(database), MongoArchive(database)
        await store.prepare()
        await archive.prepare()
        yield database


async def examined(database: Database, read: Callable[[MongoArchive], Awaitable[Any]]) -> tuple[int, set[str]]:
    """How many documents a read looks at, and by which stages."""
    await database.command("profile", 2)
    try:
        await read(MongoArchive(database))
    finally:
        await database.command("profile", 0)
    documents, plans = 0, set[str]()
    profiled = {"op": {"$in": ["query", "command"]}, "ns": f"{database.name}.events"}
    async for entry in database["system.profile"].find(profiled):
        documents += entry.get("docsExamined", 0)
        plans |= {entry["planSummary"]} if "planSummary" in entry else set()
    return documents, plans


@pytest.mark.parametrize("read", READS)
async def test_a_read_looks_at_what_it_returns_and_no_more(database: Database, read: str) -> None:
    events = room()
    assert await MongoEventStore(database).append("lobby", events) == LENGTH
    await MongoArchive(database).settle("lobby", [event for event in events if isinstance(event, Pin)])
    ask, most = READS[read]
    documents, plans = await examined(database, ask)
    assert plans
    assert all(plan.startswith(("IXSCAN", "COUNT_SCAN", "DISTINCT_SCAN", "EOF")) for plan in plans), plans
    assert documents <= most


async def test_settling_looks_at_what_it_settles_and_no_more(database: Database) -> None:
    events = [*room(), event(Delete, LENGTH + 1, target=501), event(Edit, LENGTH + 2, target=501, text="too late")]
    await MongoEventStore(database).append("lobby", events)
    changes = [event for event in events[-2:] if isinstance(event, MessageChange)]
    await database.command("profile", 2)
    await MongoArchive(database).settle("lobby", changes)
    await database.command("profile", 0)
    looked = [entry async for entry in database["system.profile"].find({"ns": f"{database.name}.events"})]
    assert sum(entry.get("docsExamined", 0) for entry in looked) <= 15
    assert all(entry["planSummary"].startswith("IXSCAN") for entry in looked)


async def test_preparing_again_changes_nothing(database: Database) -> None:
    await asyncio.gather(*(MongoArchive(database).prepare() for _ in range(4)))


async def test_a_pinned_message_is_a_plain_document_with_a_note(database: Database) -> None:
    await MongoEventStore(database).append("lobby", [said(1), event(Pin, 2, target=1)])
    await MongoArchive(database).settle("lobby", [event(Pin, 2, target=1)])
    document = await database["events"].find_one({"seq": 1}, {"pinned": True, "pin_change": True, "_id": False})
    assert document == {"pinned": True, "pin_change": 2}
    await MongoArchive(database).settle("lobby", [event(Delete, 3, target=1)])
    document = await database["events"].find_one({"seq": 1}, {"pinned": True, "erased": True, "_id": False})
    assert document == {"erased": True}


async def test_no_server_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongo, "SERVER_SELECTION_TIMEOUT_MS", 100)
    async with mongo.connect(f"mongodb://127.0.0.1:{unused_port()}/", "none") as database:
        for read, _ in READS.values():
            with pytest.raises(StoreUnavailable):
                await read(MongoArchive(database))
