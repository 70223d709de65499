"""A MongoDB database of one test's own, dropped after it."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis import mongo
from chassis.mongo import Database


@asynccontextmanager
async def own_database(mongo_url: str) -> AsyncIterator[Database]:
    async with mongo.connect(mongo_url, f"test_{secrets.token_hex(8)}") as database:
        yield database
        await database.client.drop_database(database.name)
