"""Bare journalled inserts beside a scenario: what the machine's disk and database take at that very moment."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.stage import Stage
from chassis import mongo

PAUSE_SECONDS = 0.02


@asynccontextmanager
async def inserts(stage: Stage) -> AsyncIterator[list[float]]:
    """Insert one small document after the other until the block ends; the list gets the seconds of each."""
    seconds: list[float] = []
    async with mongo.connect(stage.mongo_url, stage.database) as database:

        async def insert_for_ever() -> None:
            while True:
                began = time.perf_counter()
                await database["bare"].insert_one({"text": "." * 100})
                seconds.append(time.perf_counter() - began)
                await asyncio.sleep(PAUSE_SECONDS)

        inserting = asyncio.create_task(insert_for_ever())
        try:
            yield seconds
        finally:
            inserting.cancel()
            await asyncio.gather(inserting, return_exceptions=True)
