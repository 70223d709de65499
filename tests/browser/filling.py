"""Rooms in which much was said, by nobody who had to type it."""

import asyncio

from tests.deployment import Deployment

FILL = """
import asyncio, sys
from chassis import mongo, settings
from chat_service.events import Message, Person
from chat_service.settings import ChatSettings
from chat_service.store_mongo import MongoEventStore

BATCH = 2_000
BEGAN_MS = 1_700_000_000_000

async def fill(room, count):
    async with mongo.connect(settings.load(ChatSettings).mongo_url, "chat") as database:
        store = MongoEventStore(database)
        author = Person("somebody", "somebody")
        first = await store.head(room) + 1
        last = first + count - 1
        for start in range(first, last + 1, BATCH):
            numbers = range(start, min(start + BATCH, last + 1))
            await store.append(
                room,
                [
                    Message(id=f"fill-{seq}", author=author, seq=seq, at=BEGAN_MS + seq, text=f"number {seq}")
                    for seq in numbers
                ],
            )
    print(last)

asyncio.run(fill(sys.argv[1], int(sys.argv[2])))
"""


async def fill(deployment: Deployment, room: str, count: int) -> int:
    """Put messages into the room's log behind everybody's back, as the other replicas of a large installation would.

    Returns the seq of the last; each says "number" and its seq. The replicas notice by comparing heads.
    """
    return int(await asyncio.to_thread(deployment.python, "chat", "-c", FILL, room, str(count)))
