"""The archive in MongoDB, over the events that the store keeps there.

Beside the store's indexes `events` has (room, target, seq): of a message's changes, and, where there is no target, of
what has a place of its own; (room, thread, seq) of replies; and small ones of edits, pins and pinned messages. A
message's document also keeps `pinned`, and as `pin_change` the seq of the event that said so: the latest wins.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any

import msgspec
from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne

from chassis.mongo import Database, Document
from chat_service.archive import MAX_COUNTED, MAX_LOOKED_THROUGH, MAX_SEQ, Said
from chat_service.events import AnyEvent, Delete, Edit, Message, MessageChange, Pin, Unpin
from chat_service.reaching import reaching

BY_TARGET = [("room", ASCENDING), ("target", ASCENDING), ("seq", ASCENDING)]
MAX_THREAD_KEYS = 5000  # looked at to count the replies of a page's threads at once; past it each is counted by itself
BATCH_TEXTS = 1000
WORDS = {"text": False, "html": False, "mentions": False}
ERASED: Document = {
    "$set": {"text": "", "erased": True},
    "$unset": {"html": "", "mentions": "", "pinned": ""},
}


class MongoArchive:
    def __init__(self, database: Database) -> None:
        self._events = database["events"]

    async def prepare(self) -> None:
        by_type = [("room", ASCENDING), ("type", ASCENDING), ("seq", ASCENDING)]
        await self._events.create_indexes(
            [
                IndexModel(BY_TARGET),
                IndexModel(
                    [("room", ASCENDING), ("thread", ASCENDING), ("seq", ASCENDING)],
                    partialFilterExpression={"thread": {"$exists": True}},
                ),
                IndexModel(
                    [("room", ASCENDING), ("pinned", ASCENDING), ("seq", ASCENDING)],
                    partialFilterExpression={"pinned": True},
                ),
                IndexModel(by_type, name="pins", partialFilterExpression={"type": "pin"}),
                IndexModel(by_type, name="edits", partialFilterExpression={"type": "edit"}),
            ]
        )

    @reaching
    async def before(self, room: str, seq: int | None, limit: int) -> list[Said]:
        scope: Document = {"room": room, "target": None} | ({} if seq is None else {"seq": {"$lt": seq}})
        return (await self._said(scope, DESCENDING, limit))[::-1]

    @reaching
    async def after(self, room: str, seq: int, limit: int) -> list[Said]:
        return await self._said({"room": room, "target": None, "seq": {"$gt": seq}}, ASCENDING, limit)

    @reaching
    async def at(self, room: str, seqs: Collection[int]) -> list[AnyEvent]:
        return await self._at(room, seqs)

    @reaching
    async def changes(self, room: str, targets: Collection[int], up_to: int) -> list[MessageChange]:
        scope = {"room": room, "target": {"$in": list(targets)}, "seq": {"$lte": up_to}}
        found = [_event({"text": "", **document}) async for document in self._events.find(scope, WORDS)]
        changes = [event for event in found if isinstance(event, MessageChange)]
        changes.sort(key=lambda change: change.seq)
        last = {change.target: change.seq for change in changes if isinstance(change, Edit)}
        if not last:
            return changes
        whole = {event.seq: event for event in await self._at(room, last.values()) if isinstance(event, Edit)}
        return [whole.get(change.seq, change) for change in changes]

    @reaching
    async def count_changes(self, room: str, target: int, limit: int) -> int:
        return await self._events.count_documents({"room": room, "target": target}, limit=limit)

    @reaching
    async def replies(self, room: str, roots: Collection[int], up_to: int) -> dict[int, int]:
        scope: Document = {"room": room, "thread": {"$in": list(roots)}, "seq": {"$lte": up_to}}
        order = {"thread": ASCENDING, "seq": ASCENDING}
        all_at_once: list[Document] = [
            {"$match": scope},
            {"$sort": order},
            {"$limit": MAX_THREAD_KEYS},
            {"$group": {"_id": "$thread", "replies": {"$sum": 1}}},
        ]
        counted = {found["_id"]: found["replies"] async for found in self._events.aggregate(all_at_once)}
        if sum(counted.values()) == MAX_THREAD_KEYS:
            for root in roots:
                one = scope | {"thread": root}
                counted[root] = await self._events.count_documents(one, limit=MAX_COUNTED)
        return {root: min(replies, MAX_COUNTED) for root, replies in counted.items() if replies}

    @reaching
    async def thread(self, room: str, root: int, after: int, limit: int) -> list[Message]:
        scope = {"room": room, "thread": root, "seq": {"$gt": after}}
        found = [_event(document) async for document in self._events.find(scope).sort("seq", ASCENDING).limit(limit)]
        return [event for event in found if isinstance(event, Message)]

    @reaching
    async def pinned(self, room: str, limit: int) -> list[int]:
        noted = self._events.find({"room": room, "pinned": True}, {"seq": True}).limit(2 * limit)
        # Beside those noted, whatever was pinned lately: its note may still be on its way.
        lately = self._events.find({"room": room, "type": "pin"}, {"target": True}).sort("seq", DESCENDING).limit(limit)
        seqs = {document["seq"] async for document in noted} | {document["target"] async for document in lately}
        return sorted(seqs)

    @reaching
    async def unread(self, room: str, person: str, marker: int, up_to: int = MAX_SEQ) -> tuple[int, int]:
        looked_through: list[Document] = [
            {"$match": {"room": room, "target": None, "seq": {"$gt": marker, "$lte": up_to}}},
            {"$sort": {"seq": DESCENDING}},
            {"$limit": MAX_LOOKED_THROUGH},
            {"$match": {"type": "message", "author.id": {"$ne": person}, "erased": {"$ne": True}}},
            {"$project": {"seq": True, "mentioned": {"$in": [person, {"$ifNull": ["$mentions", []]}]}}},
            {"$group": {"_id": "$mentioned", "count": {"$sum": 1}, "seqs": {"$push": "$seq"}}},
        ]
        edits = self._events.find(
            {"room": room, "type": "edit", "seq": {"$gt": marker}}, {"target": True, "mentions": True}
        ).sort("seq", DESCENDING)
        found, edited = await asyncio.gather(
            self._events.aggregate(looked_through, hint=dict(BY_TARGET)).to_list(None),
            edits.limit(MAX_LOOKED_THROUGH).to_list(None),
        )
        unread = {seq: group["_id"] for group in found for seq in group["seqs"]}
        for edit in reversed(edited):
            if edit["target"] in unread:
                unread[edit["target"]] = person in edit.get("mentions", ())
        return min(len(unread), MAX_COUNTED), min(sum(unread.values()), MAX_COUNTED)

    @reaching
    async def settle(self, room: str, changes: Sequence[MessageChange]) -> None:
        deleted = {change.target for change in changes if isinstance(change, Delete)}
        if edited := {change.target for change in changes if isinstance(change, Edit)}:
            too_late = {"room": room, "target": {"$in": list(edited)}, "type": "delete"}
            deleted |= {document["target"] async for document in self._events.find(too_late, {"target": True})}
        if deleted:
            left = {"room": room, "erased": {"$ne": True}}
            await self._events.update_many(left | {"target": {"$in": list(deleted)}, "type": "edit"}, ERASED)
            await self._events.update_many(left | {"seq": {"$in": list(deleted)}, "type": "message"}, ERASED)
        if pins := [_note_of(room, change) for change in changes if isinstance(change, Pin | Unpin)]:
            await self._events.bulk_write(pins, ordered=False)

    @reaching
    async def by_author(self, room: str, person: str, after: str, limit: int) -> list[AnyEvent]:
        # By the index that makes retries harmless; any other order would be sorted in memory.
        theirs = {"room": room, "author.id": person, "id": {"$gt": after}}
        found = self._events.find(theirs).sort("id", ASCENDING).limit(limit)
        return [_event(document) for document in await found.to_list(limit)]

    @reaching
    async def erase_author(self, person: str) -> int:
        erased = 0
        async for room in self._rooms():
            theirs = {"room": room, "author.id": person, "type": {"$in": ["message", "edit"]}, "erased": {"$ne": True}}
            found = self._events.find(theirs, {"_id": True})
            while ids := [document["_id"] for document in await found.to_list(BATCH_TEXTS)]:
                erased += (await self._events.update_many({"_id": {"$in": ids}}, ERASED)).modified_count
        return erased

    @reaching
    async def rename_author(self, person: str, name: str) -> None:
        async for room in self._rooms():
            named = {"$set": {"author.name": name}}
            await self._events.update_many({"room": room, "author.id": person}, named)
            await self._events.update_many(
                {"room": room, "target": None, "person.id": person}, {"$set": {"person.name": name}}
            )
            await self._events.update_many(
                {"room": room, "seq": 1, "people.id": person}, {"$set": {"people.$.name": name}}
            )

    async def _said(self, scope: Document, order: int, limit: int) -> list[Said]:
        # Left to itself, the server may go by (room, seq), and through every reaction in between.
        found = self._events.find(scope).hint(BY_TARGET).sort("seq", order).limit(limit)
        return [
            event for document in await found.to_list(limit) if not isinstance(event := _event(document), MessageChange)
        ]

    async def _at(self, room: str, seqs: Collection[int]) -> list[AnyEvent]:
        found = self._events.find({"room": room, "seq": {"$in": list(seqs)}}).sort("seq", ASCENDING)
        return [_event(document) async for document in found]

    async def _rooms(self) -> AsyncIterator[str]:
        """Every room there is: who wrote where is known of each room alone."""
        for room in await self._events.distinct("room"):
            yield room


def _note_of(room: str, change: Pin | Unpin) -> UpdateOne:
    message = {"room": room, "seq": change.target, "type": "message"}
    older = {"$or": [{"pin_change": {"$exists": False}}, {"pin_change": {"$lt": change.seq}}]}
    note: Document = {"$set": {"pin_change": change.seq}}
    if isinstance(change, Pin):
        note["$set"]["pinned"] = True
    else:
        note["$unset"] = {"pinned": ""}
    return UpdateOne({**message, **older}, note)


def _event(document: Mapping[str, Any]) -> AnyEvent:
    event: AnyEvent = msgspec.convert(document, AnyEvent)
    return event
