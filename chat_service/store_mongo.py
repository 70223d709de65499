"""The store in MongoDB.

`events` {room, seq, type, id, author, at, ...}: unique on (room, seq), which makes an insert the commit, and on
(room, author, id), which makes a retry harmless for ever. `rooms` {_id, name, kind}, `members` {room, person, name},
`meta` {_id: "epoch", value}.
"""

import secrets
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import msgspec
from pymongo import ASCENDING, DESCENDING, UpdateOne

from chassis.mongo import Database, Document
from chat_service.commands import Level
from chat_service.events import AnyEvent, EventKey, Person, Room
from chat_service.inserts_mongo import UNREACHABLE, Inserts
from chat_service.signals import Mark
from chat_service.store import StoreUnavailable

P = ParamSpec("P")
T = TypeVar("T")


def _unavailable(
    method: Callable[P, Coroutine[Any, Any, T]],
) -> Callable[P, Coroutine[Any, Any, T]]:
    """Tell the driver's many ways of not reaching a server as the port's one."""

    @wraps(method)
    async def reached(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await method(*args, **kwargs)
        except UNREACHABLE as reason:
            raise StoreUnavailable(str(reason)[:200]) from reason

    return reached


class MongoEventStore:
    def __init__(self, database: Database) -> None:
        self._events = database["events"]
        self._inserts = Inserts(self._events)

    async def prepare(self) -> None:
        await self._events.create_index([("room", ASCENDING), ("seq", ASCENDING)], unique=True)
        await self._events.create_index([("room", ASCENDING), ("author.id", ASCENDING), ("id", ASCENDING)], unique=True)

    async def append(self, room: str, events: Sequence[AnyEvent]) -> int:
        return await self._inserts.append([{"room": room, **msgspec.to_builtins(event)} for event in events])

    @_unavailable
    async def find(self, room: str, keys: Collection[EventKey]) -> list[AnyEvent]:
        if not keys:
            return []
        wanted = [{"room": room, "author.id": author, "id": client_id} for author, client_id in keys]
        return [_event(document) async for document in self._events.find({"$or": wanted}).sort("seq", ASCENDING)]

    @_unavailable
    async def head(self, room: str) -> int:
        last = await self._events.find_one({"room": room}, {"seq": True}, sort=[("seq", DESCENDING)])
        return int(last["seq"]) if last else 0

    @_unavailable
    async def heads(self, rooms: Collection[str]) -> dict[str, int]:
        # In the index's order, and the first of each: one step for each room (DISTINCT_SCAN), however long it is.
        stages: list[Document] = [
            {"$match": {"room": {"$in": list(rooms)}}},
            {"$sort": {"room": DESCENDING, "seq": DESCENDING}},
            {"$group": {"_id": "$room", "head": {"$first": "$seq"}}},
        ]
        return {str(found["_id"]): int(found["head"]) async for found in self._events.aggregate(stages)}

    @_unavailable
    async def after(self, room: str, seq: int, limit: int) -> list[AnyEvent]:
        found = self._events.find({"room": room, "seq": {"$gt": seq}}).sort("seq", ASCENDING).limit(limit)
        return [_event(document) async for document in found]

    @_unavailable
    async def before(self, room: str, seq: int | None, limit: int) -> list[AnyEvent]:
        scope: Document = {"room": room} if seq is None else {"room": room, "seq": {"$lt": seq}}
        found = self._events.find(scope).sort("seq", DESCENDING).limit(limit)
        return [_event(document) async for document in found][::-1]


class MongoRoomStore:
    def __init__(self, database: Database) -> None:
        self._rooms = database["rooms"]
        self._members = database["members"]
        self._meta = database["meta"]

    async def prepare(self) -> None:
        await self._members.create_index([("room", ASCENDING), ("person", ASCENDING)], unique=True)
        await self._members.create_index("person")

    @_unavailable
    async def epoch(self) -> str:
        fresh = {"$setOnInsert": {"value": secrets.token_urlsafe(8)}}
        await self._meta.update_one({"_id": "epoch"}, fresh, upsert=True)
        found = await self._meta.find_one({"_id": "epoch"})
        return str(found["value"]) if found else ""

    @_unavailable
    async def create(self, room: Room) -> None:
        await self._rooms.update_one(
            {"_id": room.id}, {"$setOnInsert": {"name": room.name, "kind": room.kind}}, upsert=True
        )

    @_unavailable
    async def admit(self, room: str, person: Person) -> None:
        await self._members.update_one(
            {"room": room, "person": person.id}, {"$setOnInsert": {"name": person.name}}, upsert=True
        )

    @_unavailable
    async def room_for(self, person: str, room: str) -> Room | None:
        if await self._members.find_one({"room": room, "person": person}, {"_id": True}) is None:
            return None
        found = await self._rooms.find_one({"_id": room})
        return _room(found) if found else None

    @_unavailable
    async def rooms_of(self, person: str) -> list[Room]:
        ids = [member["room"] async for member in self._members.find({"person": person}, {"room": True})]
        return [_room(document) async for document in self._rooms.find({"_id": {"$in": ids}}).sort("name", ASCENDING)]

    @_unavailable
    async def member_ids(self, room: str) -> list[str]:
        return [member["person"] async for member in self._members.find({"room": room}, {"_id": False, "person": True})]

    @_unavailable
    async def mark_read(self, marks: Sequence[tuple[str, Mark]]) -> None:
        moves = [
            UpdateOne({"room": room, "person": mark.person}, {"$set" if mark.back else "$max": {"read": mark.seq}})
            for room, mark in marks
        ]
        await self._members.bulk_write(moves, ordered=False)

    @_unavailable
    async def set_level(self, room: str, person: str, level: Level) -> None:
        await self._members.update_one({"room": room, "person": person}, {"$set": {"level": level}})


def _event(document: Mapping[str, Any]) -> AnyEvent:
    event: AnyEvent = msgspec.convert(document, AnyEvent)
    return event


def _room(document: Mapping[str, Any]) -> Room:
    return Room(id=document["_id"], name=document["name"], kind=document["kind"])
