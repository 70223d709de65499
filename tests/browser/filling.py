"""Rooms in which much was said, by nobody who had to type it."""

import psutil

from chassis import mongo
from chat_service.events import Message, Person
from chat_service.store_mongo import MongoEventStore
from tests.running import Parley

BATCH = 2_000
BEGAN_MS = 1_700_000_000_000


async def fill(parley: Parley, room: str, author: Person, count: int) -> int:
    """Put messages into the room's log behind everybody's back, as the other replicas of a large installation would.

    Returns the seq of the last; each says "number" and its seq. The replicas notice by comparing heads.
    """
    (pid, *_) = parley.pids("chat-1")
    async with mongo.connect(psutil.Process(pid).environ()["MONGO_URL"], "chat") as database:
        store = MongoEventStore(database)
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
    return last
