"""People in rooms, as if they had joined: put into the store directly, since joining is not what is measured."""

import asyncio
from collections.abc import Mapping, Sequence

from bench.stage import Stage
from chassis import mongo
from chat_service.events import Person, Room
from chat_service.store_mongo import MongoRoomStore

AT_ONCE = 50


async def admit(stage: Stage, members: Mapping[Room, Sequence[str]]) -> None:
    """Create these rooms, with these people in them; a person's id is their name too."""
    async with mongo.connect(stage.mongo_url, stage.database) as database:
        store = MongoRoomStore(database)
        await store.prepare()
        jobs = [store.create(room) for room in members]
        jobs += [store.admit(room.id, Person(name, name)) for room, names in members.items() for name in names]
        for start in range(0, len(jobs), AT_ONCE):
            await asyncio.gather(*jobs[start : start + AT_ONCE])
