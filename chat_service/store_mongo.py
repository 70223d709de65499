"""The rooms' logs in MongoDB.

`events` {room, seq, type, id, author, at, ..., change?}: unique on (room, seq), which makes an insert the commit, and
on (room, author, id), which makes a retry harmless for ever. `change` marks what changes a room or who is in it.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from pymongo import ASCENDING, DESCENDING

from chassis.mongo import Database, Document
from chat_service.events import AnyEvent, EventKey, RoomChange
from chat_service.inserts_mongo import Inserts
from chat_service.membership import ROOM_CHANGES
from chat_service.reaching import reaching


class MongoEventStore:
    def __init__(self, database: Database) -> None:
        self._events = database["events"]
        self._inserts = Inserts(self._events)

    async def prepare(self) -> None:
        await self._events.create_index([("room", ASCENDING), ("seq", ASCENDING)], unique=True)
        await self._events.create_index([("room", ASCENDING), ("author.id", ASCENDING), ("id", ASCENDING)], unique=True)
        await self._events.create_index(
            [("change", ASCENDING), ("room", ASCENDING), ("seq", ASCENDING)],
            partialFilterExpression={"change": True},  # a room's messages, which are the most by far, cost nothing more
        )

    async def append(self, room: str, events: Sequence[AnyEvent]) -> int:
        return await self._inserts.append([_document(room, event) for event in events])

    @reaching
    async def find(self, room: str, keys: Collection[EventKey]) -> list[AnyEvent]:
        if not keys:
            return []
        wanted = [{"room": room, "author.id": author, "id": client_id} for author, client_id in keys]
        return [_event(document) async for document in self._events.find({"$or": wanted}).sort("seq", ASCENDING)]

    @reaching
    async def head(self, room: str) -> int:
        last = await self._events.find_one({"room": room}, {"seq": True}, sort=[("seq", DESCENDING)])
        return int(last["seq"]) if last else 0

    @reaching
    async def heads(self, rooms: Collection[str]) -> dict[str, int]:
        # In the index's order, and the first of each: one step for each room (DISTINCT_SCAN), however long it is.
        stages: list[Document] = [
            {"$match": {"room": {"$in": list(rooms)}}},
            {"$sort": {"room": DESCENDING, "seq": DESCENDING}},
            {"$group": {"_id": "$room", "head": {"$first": "$seq"}}},
        ]
        return {str(found["_id"]): int(found["head"]) async for found in self._events.aggregate(stages)}

    @reaching
    async def after(self, room: str, seq: int, limit: int) -> list[AnyEvent]:
        found = self._events.find({"room": room, "seq": {"$gt": seq}}).sort("seq", ASCENDING).limit(limit)
        return [_event(document) async for document in found]

    @reaching
    async def changes(self, room: str, seq: int, limit: int) -> list[RoomChange]:
        scope = {"change": True, "room": room, "seq": {"$gt": seq}}
        found = self._events.find(scope).sort("seq", ASCENDING).limit(limit)
        return [msgspec.convert(document, RoomChange) async for document in found]

    @reaching
    async def before(self, room: str, seq: int | None, limit: int) -> list[AnyEvent]:
        scope: Document = {"room": room} if seq is None else {"room": room, "seq": {"$lt": seq}}
        found = self._events.find(scope).sort("seq", DESCENDING).limit(limit)
        return [_event(document) async for document in found][::-1]


def _document(room: str, event: AnyEvent) -> Document:
    document: Document = {"room": room, **msgspec.to_builtins(event)}
    return document | {"change": True} if isinstance(event, ROOM_CHANGES) else document


def _event(document: Mapping[str, Any]) -> AnyEvent:
    event: AnyEvent = msgspec.convert(document, AnyEvent)
    return event
