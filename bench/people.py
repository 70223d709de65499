"""People in rooms, as if they had joined: put into the store directly, since joining is not what is measured."""

import asyncio
from collections.abc import Mapping, Sequence

from bench.stage import Stage
from chassis import mongo
from chat_service.directory_mongo import MongoMemberStore, MongoRoomStore
from chat_service.events import Room
from chat_service.membership import Change

AT_ONCE = 50


async def admit(stage: Stage, members: Mapping[Room, Sequence[str]]) -> None:
    """Create these rooms, with these people in them; a person's id is their name too."""
    async with mongo.connect(stage.mongo_url, stage.database) as database:
        room_store, member_store = MongoRoomStore(database), MongoMemberStore(database)
        await room_store.prepare()
        await member_store.prepare()
        jobs = [room_store.apply(room.id, [_made(room)]) for room in members]
        jobs += [member_store.apply(room.id, [_in(name)]) for room, names in members.items() for name in names]
        for start in range(0, len(jobs), AT_ONCE):
            await asyncio.gather(*jobs[start : start + AT_ONCE])


def _made(room: Room) -> Change:
    return Change(None, 1, {"name": room.name, "kind": room.kind})


def _in(name: str) -> Change:
    return Change(name, 1, {"present": True, "since": 1, "name": name})
