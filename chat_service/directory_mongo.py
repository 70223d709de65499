"""The directory in MongoDB.

`rooms` {_id, name, name_key, kind, ..., seqs, settled}, `members` {room, person, name, name_key, present, ..., seqs,
changed, said_at}, `people` {_id, name, name_key}, `names` {_id: name_key, room, at}, `meta` {_id: "epoch", value}.
`seqs` maps each field to the seq of the event that set it. Times are the server's own, so that replicas need no clock.
"""

import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from bson import ObjectId
from pymongo import ASCENDING, UpdateOne
from pymongo.errors import DuplicateKeyError

from chassis.mongo import Database, Document
from chat_service import naming
from chat_service.commands import Level
from chat_service.directory import CLAIM_SECONDS, DELETED_NAME, END_OF_NAMES, Moment
from chat_service.events import Person
from chat_service.gathered_reads import GatheredReads
from chat_service.membership import Change, Member, RoomRecord
from chat_service.reaching import reaching
from chat_service.registers_mongo import newer, registers, write
from chat_service.signals import Mark

MAX_ROOMS_OF_A_PERSON = 5000
INSIDE: Document = {"present": True, "banned": {"$ne": True}}
ROOM_FIELDS = set(RoomRecord.__struct_fields__)


class MongoRoomStore:
    def __init__(self, database: Database) -> None:
        self._rooms = database["rooms"]
        self._names = database["names"]
        self._meta = database["meta"]

    async def prepare(self) -> None:
        await self._rooms.create_index([("kind", ASCENDING), ("name_key", ASCENDING), ("_id", ASCENDING)])
        await self._rooms.create_index("people.id", sparse=True)

    @reaching
    async def epoch(self) -> str:
        fresh = {"$setOnInsert": {"value": secrets.token_urlsafe(8)}}
        await self._meta.update_one({"_id": "epoch"}, fresh, upsert=True)
        found = await self._meta.find_one({"_id": "epoch"})
        return str(found["value"]) if found else ""

    @reaching
    async def apply(self, room: str, changes: Sequence[Change]) -> None:
        writes = [UpdateOne({"_id": room}, [{"$set": registers(change)}], upsert=True) for change in changes]
        await write(self._rooms, writes)

    @reaching
    async def settle(self, room: str, seq: int) -> None:
        await self._rooms.update_one({"_id": room}, {"$max": {"settled": seq}})

    @reaching
    async def get(self, rooms: Collection[str]) -> list[RoomRecord]:
        if not rooms:
            return []
        return [_room(document) async for document in self._rooms.find({"_id": {"$in": list(rooms)}})]

    @reaching
    async def claim(self, name: str, room: str) -> bool:
        key = naming.key(name)
        mine = [{"$set": {"room": room, "at": "$$NOW"}}]
        try:
            await self._names.update_one({"_id": key, "room": room}, mine, upsert=True)
        except DuplicateKeyError:  # it is another's
            return await self._take_over(key, mine)
        return True

    async def _take_over(self, key: str, mine: list[Document]) -> bool:
        claim = await self._names.find_one({"_id": key})
        if claim is None or await self._rooms.find_one({"_id": claim["room"], "name_key": key}, {"_id": True}):
            return False
        old = {"$lt": ["$at", {"$subtract": ["$$NOW", int(CLAIM_SECONDS * 1000)]}]}
        taken = await self._names.update_one({"_id": key, "room": claim["room"], "$expr": old}, mine)
        return taken.modified_count == 1

    @reaching
    async def find(self, query: str, after: str | None, limit: int) -> list[RoomRecord]:
        scope: Document = {"kind": "public"}
        if "\0" in query:  # no name has one, and the database takes none in a pattern
            return []
        if query:
            scope["name_key"] = {"$regex": re.escape(naming.key(query))}
        await _begin_behind(scope, self._rooms, "_id", {"_id": after} if after else None)
        found = self._rooms.find(scope).sort([("name_key", ASCENDING), ("_id", ASCENDING)]).limit(limit)
        return [_room(document) async for document in found]

    @reaching
    async def rename_person(self, person: Person) -> None:
        await self._rooms.update_many(
            {"people.id": person.id},
            {"$set": {"people.$[one].name": person.name}},
            array_filters=[{"one.id": person.id}],
        )


class MongoMemberStore:
    def __init__(self, database: Database) -> None:
        self._members = database["members"]
        self._memberships: GatheredReads[str, list[Member]] = GatheredReads(self._of_many, [])

    async def prepare(self) -> None:
        await self._members.create_index([("room", ASCENDING), ("person", ASCENDING)], unique=True)
        await self._members.create_index([("room", ASCENDING), ("name_key", ASCENDING), ("person", ASCENDING)])
        await self._members.create_index("person")
        await self._members.create_index([("changed", ASCENDING), ("_id", ASCENDING)])
        await self._members.create_index(
            [("room", ASCENDING), ("role", ASCENDING)], partialFilterExpression={"role": {"$gt": "member"}}
        )

    @reaching
    async def apply(self, room: str, changes: Sequence[Change]) -> None:
        writes = []
        for change in changes:
            if change.person is not None:
                values = registers(change)
                later = {"$or": [newer(field, change.seq) for field in change.values]}
                values["changed"] = {"$cond": [later, "$$NOW", "$changed"]}
                writes.append(UpdateOne({"room": room, "person": change.person}, [{"$set": values}], upsert=True))
        await write(self._members, writes)

    @reaching
    async def get(self, room: str, people: Collection[str]) -> list[Member]:
        if not people:
            return []
        found = self._members.find({"room": room, "person": {"$in": list(people)}})
        return [_member(document) async for document in found]

    @reaching
    async def of(self, person: str) -> list[Member]:
        return (await self._memberships.get(person))[:MAX_ROOMS_OF_A_PERSON]

    async def _of_many(self, people: Sequence[str]) -> dict[str, list[Member]]:
        found: dict[str, list[Member]] = {}
        query = self._members.find({"person": {"$in": list(people)}}).limit(len(people) * MAX_ROOMS_OF_A_PERSON)
        async for document in query:
            found.setdefault(document["person"], []).append(_member(document))
        return found

    @reaching
    async def last_change(self) -> int:
        last = await self._members.find_one({"changed": {"$exists": True}}, {"changed": True}, sort=[("changed", -1)])
        return _milliseconds(last) if last else 0

    @reaching
    async def changed(self, after: Moment, limit: int) -> list[tuple[Moment, Member]]:
        since, which = datetime.fromtimestamp(after[0] / 1000, UTC), after[1]
        scope: Document = {"changed": {"$gt": since}}
        if which is not None:
            scope = {"$or": [scope, {"changed": since, "_id": {"$gt": ObjectId(which)}}]}
        found = self._members.find(scope).sort([("changed", ASCENDING), ("_id", ASCENDING)]).limit(limit)
        return [((_milliseconds(document), str(document["_id"])), _member(document)) async for document in found]

    @reaching
    async def ids(self, room: str) -> list[str]:
        found = self._members.find({"room": room, **INSIDE}, {"_id": False, "person": True})
        return [member["person"] async for member in found]

    @reaching
    async def find(self, room: str, query: str, after: str | None, limit: int, *, banned: bool) -> list[Member]:
        scope: Document = {"room": room, **({"banned": True} if banned else INSIDE), **_beginning_with(query)}
        await _begin_behind(scope, self._members, "person", {"room": room, "person": after} if after else None)
        found = self._members.find(scope).sort([("name_key", ASCENDING), ("person", ASCENDING)]).limit(limit)
        return [_member(document) async for document in found]

    @reaching
    async def named(self, room: str, keys: Collection[str]) -> list[Person]:
        scope: Document = {"room": room, "name_key": {"$in": list(keys)}, **INSIDE}
        found = self._members.find(scope, {"person": True, "name": True})
        return [Person(document["person"], document["name"]) async for document in found]

    @reaching
    async def count(self, rooms: Collection[str]) -> dict[str, int]:
        stages = [
            {"$match": {"room": {"$in": list(rooms)}, **INSIDE}},
            {"$group": {"_id": "$room", "members": {"$sum": 1}}},
        ]
        counted = {found["_id"]: int(found["members"]) async for found in self._members.aggregate(stages)}
        return {room: counted.get(room, 0) for room in rooms}

    @reaching
    async def owners(self, room: str) -> list[str]:
        found = self._members.find({"room": room, "role": "owner", **INSIDE}, {"person": True}).limit(2)
        return [document["person"] async for document in found]

    @reaching
    async def eldest(self, room: str) -> Member | None:
        for who in ({"role": "moderator"}, {}):
            eldest = [("since", ASCENDING), ("person", ASCENDING)]
            if found := await self._members.find_one({"room": room, **who, **INSIDE}, sort=eldest):
                return _member(found)
        return None

    @reaching
    async def mark_read(self, marks: Sequence[tuple[str, Mark]]) -> None:
        moves = [
            UpdateOne({"room": room, "person": mark.person}, {"$set" if mark.back else "$max": {"read": mark.seq}})
            for room, mark in marks
        ]
        await write(self._members, moves)

    @reaching
    async def set_level(self, room: str, person: str, level: Level) -> None:
        await self._members.update_one({"room": room, "person": person}, {"$set": {"level": level}})

    @reaching
    async def take_turn(self, room: str, person: str, seconds: int) -> float:
        gone_by: Document = {"$subtract": ["$$NOW", {"$ifNull": ["$said_at", datetime.fromtimestamp(0, UTC)]}]}
        member: Document = {"room": room, "person": person}
        due = {"$expr": {"$gte": [gone_by, seconds * 1000]}}
        taken = await self._members.update_one(member | due, [{"$set": {"said_at": "$$NOW"}}])
        if taken.modified_count:
            return 0.0
        found = await self._members.find_one(member, {"gone_by": gone_by})
        return max(0.001, seconds - int(found["gone_by"]) / 1000) if found else float(seconds)


class MongoPeopleStore:
    def __init__(self, database: Database) -> None:
        self._people = database["people"]
        self._members = database["members"]

    async def prepare(self) -> None:
        await self._people.create_index([("name_key", ASCENDING), ("_id", ASCENDING)])

    @reaching
    async def know(self, person: Person) -> None:
        await write(self._people, [UpdateOne({"_id": person.id}, {"$set": _named(person.name)}, upsert=True)])
        other = {"person": person.id, "name": {"$ne": person.name}}
        await self._members.update_many(other, {"$set": _named(person.name)})

    @reaching
    async def get(self, people: Collection[str]) -> list[Person]:
        found = self._people.find({"_id": {"$in": list(people)}})
        return [Person(document["_id"], document["name"]) async for document in found]

    @reaching
    async def find(self, query: str, after: str | None, limit: int) -> list[Person]:
        scope: Document = _beginning_with(query)
        await _begin_behind(scope, self._people, "_id", {"_id": after} if after else None)
        found = self._people.find(scope).sort([("name_key", ASCENDING), ("_id", ASCENDING)]).limit(limit)
        return [Person(document["_id"], document["name"]) async for document in found]

    @reaching
    async def forget(self, person: str) -> None:
        await self._people.delete_one({"_id": person})
        await self._members.update_many({"person": person}, {"$set": _named(DELETED_NAME)})


async def _begin_behind(scope: Document, collection: Any, tie: str, last: Document | None) -> None:
    """Narrow a query to what comes behind a document, by name and then by `tie`."""
    if last and (found := await collection.find_one(last, {"name_key": True, tie: True})):
        key = found["name_key"]
        scope["$or"] = [{"name_key": {"$gt": key}}, {"name_key": key, tie: {"$gt": found[tie]}}]


def _beginning_with(query: str) -> Document:
    key = naming.key(query)
    return {"name_key": {"$gte": key, "$lt": key + END_OF_NAMES}}


def _named(name: str) -> Document:
    return {"name": name, "name_key": naming.key(name)}


def _room(document: Mapping[str, Any]) -> RoomRecord:
    return msgspec.convert({**document, "id": document["_id"]}, RoomRecord)


def _member(document: Mapping[str, Any]) -> Member:
    return msgspec.convert(document, Member)


def _milliseconds(document: Mapping[str, Any]) -> int:
    changed: datetime = document["changed"]
    return round(changed.timestamp() * 1000)
