"""A connection to RabbitMQ that comes back.

aio-pika's robust connections restore the same queues by name, which a broker still holds locked for the connection
it has not yet given up: 28 s without a consumer. So a plain connection, made anew, and everything on it too.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable

import aio_pika
import structlog
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import AMQPError

log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS = 10  # a silent link is given up by aiormq after 3 * (10 + 1) s; a session that speaks knows sooner
CONNECT_TIMEOUT_SECONDS = 10.0
CLOSE_TIMEOUT_SECONDS = 1.0
CANCEL_AGAIN_SECONDS = 0.2
FIRST_RETRY_SECONDS = 0.2
LONGEST_RETRY_SECONDS = 3.0  # a broker that is back is to be in use within 5 s
STABLE_SECONDS = 1.0  # a connection that lasted as long was a good one

Session = Callable[[AbstractConnection], Awaitable[None]]


async def keep_connected(url: str, name: str, session: Session) -> None:
    """Run for ever: connect, run `session` with the connection until either ends, and again.

    Args:
        url: amqp:// address; never logged, since it carries a password.
        name: how the broker's operator sees this connection.
        session: declares what it needs and works until the connection is lost; returning or raising means
            that it is lost. What no lost connection explains is logged with its trace.
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
            connected_at = time.monotonic()
            try:
                _end_if_cancelled()
                await _until_lost(connection, session)
            finally:
                # Closing, which may take as long, is no part of it: a refused session would hammer the broker.
                if time.monotonic() - connected_at > STABLE_SECONDS:
                    pause = FIRST_RETRY_SECONDS
                await _close(connection)
            reason, foreseen = "the session ended", True
        except Exception as error:  # noqa: BLE001 - when a connection breaks aio-pika raises anything, even Exception()
            reason, foreseen = repr(error), isinstance(error, AMQPError | OSError | TimeoutError)
        _end_if_cancelled()
        log.warning(
            "RabbitMQ lost", connection=name, reason=reason, retry_seconds=round(pause, 1), exc_info=not foreseen
        )
        await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 - jitter, so that replicas don't come back as one
        pause = min(pause * 2, LONGEST_RETRY_SECONDS)


def _end_if_cancelled() -> None:
    """aio-pika's `connect` may answer a cancellation with a connection or an AMQP error: we would run for ever."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _until_lost(connection: AbstractConnection, session: Session) -> None:
    lost = asyncio.get_running_loop().create_future()

    def note(_connection: AbstractConnection | None, _reason: BaseException | None) -> None:
        if not lost.done():
            lost.set_result(None)

    connection.close_callbacks.add(note)  # not `closed()`: that is only for closing it oneself
    working = asyncio.ensure_future(session(connection))
    try:
        await asyncio.wait((working, lost), return_when=asyncio.FIRST_COMPLETED)
        if working.cancelled() or not working.done():  # aio-pika may cancel the calls under way
            raise ConnectionError("the connection was closed")
        working.result()
    finally:
        while not working.done():  # asyncio.wait_for (Python 3.11), under aio-pika's timeouts, may lose a cancellation
            working.cancel()
            await asyncio.wait((working,), timeout=CANCEL_AGAIN_SECONDS)
        await asyncio.gather(working, return_exceptions=True)


async def _close(connection: AbstractConnection) -> None:
    with contextlib.suppress(Exception):  # it is gone already, which is what we wanted
        async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
            await connection.close()
