"""The one module that knows which class the MongoDB driver's client is.

Motor is at the end of its life; its successor `pymongo.AsyncMongoClient` has nearly the same calls, and moving there
means changing this file and awaiting `close` and `aggregate`: docs/decisions/0002-motor.md.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC
from typing import Any

import structlog
from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from chassis.health import State

log = structlog.get_logger(__name__)

Document = dict[str, Any]
Database = AsyncIOMotorDatabase[Mapping[str, Any]]
Collection = AsyncIOMotorCollection[Mapping[str, Any]]

SERVER_SELECTION_TIMEOUT_MS = 3000  # how long one operation waits for a server before it fails
CONNECT_TIMEOUT_MS = 5000  # a read that got no answer is tried again, on a connection of its own
SOCKET_TIMEOUT_MS = 10_000
RETRY_SECONDS = 1.0


@asynccontextmanager
async def connect(
    url: str, database: str, socket_timeout_ms: int | None = SOCKET_TIMEOUT_MS
) -> AsyncIterator[Database]:
    """A database whose writes are acknowledged only once a majority has them in its journal.

    An answer that takes longer than `socket_timeout_ms` is a failure; None waits for as long as it takes, which is what
    making an index on a grown collection needs.
    """
    client: AsyncIOMotorClient[Mapping[str, Any]] = AsyncIOMotorClient(
        url,
        appname="parley",
        serverSelectionTimeoutMS=SERVER_SELECTION_TIMEOUT_MS,
        connectTimeoutMS=CONNECT_TIMEOUT_MS,
        socketTimeoutMS=socket_timeout_ms,
    )
    try:
        yield client.get_database(
            database,
            codec_options=CodecOptions(tz_aware=True, tzinfo=UTC),
            write_concern=WriteConcern(w="majority", j=True),
            read_concern=ReadConcern("majority"),  # nothing is seen, let alone acknowledged, that could be rolled back
        )
    finally:
        client.close()


async def wait_until_there(database: Database) -> None:
    """Return once the server answers; say so in the log while it doesn't."""
    while True:
        try:
            await database.command("ping")
        except PyMongoError as reason:  # not there yet: services start in any order
            log.warning("waiting for MongoDB", reason=str(reason)[:200])
            await asyncio.sleep(RETRY_SECONDS)
        else:
            return


async def check(database: Database) -> State:
    """For `/health/ready`.

    Raises:
        PyMongoError: the server does not answer.
    """
    await database.command("ping")
    return "ok"
