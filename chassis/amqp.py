"""A connection to RabbitMQ that comes back.

aio-pika's robust connections restore the same queues by name, which a broker still holds locked for the connection
it has not yet given up: 28 s without a consumer. So a plain connection, made anew, and everything on it too.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable

import aio_pika
import structlog
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import AMQPError

log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS = 10  # a dead link is noticed after two or three
CONNECT_TIMEOUT_SECONDS = 10.0
FIRST_RETRY_SECONDS = 0.2
LONGEST_RETRY_SECONDS = 5.0

Session = Callable[[AbstractConnection], Awaitable[None]]


async def keep_connected(url: str, name: str, session: Session) -> None:
    """Run for ever: connect, run `session` with the connection until either ends, and again.

    Args:
        url: amqp:// address; never logged, since it carries a password.
        name: how the broker's operator sees this connection.
        session: declares what it needs and works until the connection is lost; returning or raising an AMQP error
            or a timeout means that it is lost.
    """
    pause = FIRST_RETRY_SECONDS
    while True:
        try:
            connection = await aio_pika.connect(
                url,
                timeout=CONNECT_TIMEOUT_SECONDS,
                client_properties={"connection_name": name},
                heartbeat=HEARTBEAT_SECONDS,
            )
            log.info("connected to RabbitMQ", connection=name)
            pause = FIRST_RETRY_SECONDS
            try:
                await _until_lost(connection, session)
            finally:
                await _close(connection)
        except (AMQPError, OSError, TimeoutError) as reason:  # the broker is away, or went away: come back
            log.warning("RabbitMQ lost", connection=name, reason=repr(reason), retry_seconds=round(pause, 1))
        await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 - jitter, so that replicas don't come back as one
        pause = min(pause * 2, LONGEST_RETRY_SECONDS)


async def _until_lost(connection: AbstractConnection, session: Session) -> None:
    working = asyncio.ensure_future(session(connection))
    lost = asyncio.ensure_future(connection.closed())
    try:
        await asyncio.wait((working, lost), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    finally:
        lost.cancel()
        working.cancel()
        await asyncio.gather(working, lost, return_exceptions=True)


async def _close(connection: AbstractConnection) -> None:
    try:
        async with asyncio.timeout(1.0):
            await connection.close()
    except (AMQPError, OSError, TimeoutError):  # it is gone already, which is what we wanted
        pass
