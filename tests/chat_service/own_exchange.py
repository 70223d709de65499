"""An exchange of one test's own, so that tests that share a broker don't hear each other."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika


@asynccontextmanager
async def own_exchange(amqp_url: str) -> AsyncIterator[str]:
    name = f"test.{secrets.token_hex(8)}"
    yield name
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        await channel.exchange_delete(name)
