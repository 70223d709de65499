"""A wake-up call from one service to the others, through RabbitMQ: "look at the record now". It says nothing else.

A fanout exchange; each listener has an exclusive queue. Calls may get lost while the broker is away, and several may
arrive as one: a listener looks by itself from time to time, and whenever it may have missed something.
"""

import asyncio
from collections.abc import Callable

import aio_pika
import structlog
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage
from pamqp.common import FieldValue

from chassis import amqp

log = structlog.get_logger(__name__)

PUBLISH_TIMEOUT_SECONDS = 5.0  # a broker in memory or disk alarm blocks without a word
QUEUE_LIMIT: dict[str, FieldValue] = {"x-max-length": 1}  # all calls say the same


class Caller:
    """Calls; `name` is how the broker's operator sees it."""

    def __init__(self, url: str | None, name: str, exchange: str) -> None:
        self._url = url
        self._name = name
        self._exchange = exchange
        self._wanted = asyncio.Event()
        self._made = asyncio.Event()
        self._made.set()

    def call(self) -> None:
        """Wake all listeners. Never waits and never fails: without a broker the call is made once it is back."""
        self._wanted.set()
        self._made.clear()

    @property
    def called(self) -> bool:
        """Whether there is a call to make."""
        return not self._made.is_set()

    async def made(self) -> None:
        """Wait until all calls are made: for who ends after that."""
        if self._url:
            await self._made.wait()

    async def run(self) -> None:
        """Make the calls, until cancelled."""
        if self._url:
            await amqp.keep_connected(self._url, self._name, self._publish)

    async def _publish(self, connection: AbstractConnection) -> None:
        channel = await connection.channel(publisher_confirms=True)
        exchange = await channel.declare_exchange(self._exchange, "fanout", durable=True)
        message = aio_pika.Message(b"", delivery_mode=aio_pika.DeliveryMode.NOT_PERSISTENT)
        while True:
            await self._wanted.wait()
            self._wanted.clear()  # before publishing: what is wanted meanwhile is another call
            try:
                await exchange.publish(message, "", mandatory=False, timeout=PUBLISH_TIMEOUT_SECONDS)
            except BaseException:  # whatever it was, the next connection makes the call
                self._wanted.set()
                raise
            if not self._wanted.is_set():
                self._made.set()


async def listen(url: str, name: str, exchange: str, woken: Callable[[], None]) -> None:
    """Call `woken` for each call and whenever some may have been lost, until cancelled; it must not wait."""

    async def consume(connection: AbstractConnection) -> None:
        channel = await connection.channel(publisher_confirms=False)
        await channel.declare_exchange(exchange, "fanout", durable=True)
        queue = await channel.declare_queue(exclusive=True, auto_delete=True, arguments=QUEUE_LIMIT)
        await queue.bind(exchange)

        async def take(_message: AbstractIncomingMessage) -> None:
            woken()

        await queue.consume(take, no_ack=True)
        woken()
        await channel.closed()

    await amqp.keep_connected(url, name, consume)
