"""The relay through RabbitMQ.

One direct exchange; one exclusive queue for each replica, bound to the topics it listens to. What gathers while one
publish is under way leaves as one AMQP message for all its topics: the first is the routing key, the `CC` header
carries the others (sender-selected distribution), and a queue gets one copy however many of its bindings match.

Nothing survives a lost connection: the next one declares a fresh queue, binds it, and tells the receiver to compare
with the store. Publishing and consuming have a connection each, since a broker in alarm blocks publishers. A message
to ourselves every few seconds shows that what is published arrives.
"""

import asyncio
import contextlib
from collections import deque

import aio_pika
import msgspec
import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError

from chassis import amqp, tracing
from chat_service import canary, metrics
from chat_service.canary import Canary
from chat_service.relay import Receiver

log = structlog.get_logger(__name__)

MAX_PENDING_BYTES = 16 * 1024 * 1024  # while the broker is away; the store has them all
MAX_BATCH_ITEMS = 500
MAX_BATCH_TOPICS = 100  # the header has to fit into one frame
MAX_BATCH_BYTES = 256 * 1024
PUBLISH_TIMEOUT_SECONDS = 5.0  # a broker in memory or disk alarm blocks without a word
BIND_TIMEOUT_SECONDS = 5.0
DRAIN_SECONDS = 1.0

Item = tuple[str, bytes]
_encode = msgspec.msgpack.encode
_batches = msgspec.msgpack.Decoder(list[Item])


class RabbitMQRelay:
    """`replica` names this process: no two may share a name, since a message of one's own name is not delivered."""

    def __init__(self, url: str, replica: str, exchange: str) -> None:
        self._url = url
        self._replica = replica
        self._exchange = exchange
        self._topics: set[str] = set()
        self._pending: deque[Item] = deque()
        self._pending_bytes = 0
        self._under_way: list[Item] = []
        self._something_pending = asyncio.Event()
        self._nothing_pending = asyncio.Event()
        self._nothing_pending.set()
        self._queue: AbstractQueue | None = None
        self._publishing = False
        self._unbinding: set[asyncio.Task[None]] = set()
        self._origins: deque[str] = deque(maxlen=MAX_BATCH_ITEMS)  # of what is pending, where that is traced
        self._canary = Canary()
        self._canary_topic = f"canary:{replica}"

    @property
    def in_doubt(self) -> bool:
        return not self._publishing or self._queue is None or self._canary.missed

    def publish(self, topic: str, payload: bytes) -> None:
        self._pending.append((topic, payload))
        if origin := tracing.here():
            self._origins.append(origin)
        self._pending_bytes += len(payload)
        while self._pending_bytes > MAX_PENDING_BYTES and len(self._pending) > 1:
            self._next()  # the oldest is lost: whoever needed it has long asked the store
        self._something_pending.set()
        self._nothing_pending.clear()

    async def listen(self, topic: str) -> None:
        self._topics.add(topic)
        if self._queue is not None:
            try:
                await self._queue.bind(self._exchange, topic, timeout=BIND_TIMEOUT_SECONDS)
            except (AMQPError, OSError, TimeoutError, RuntimeError) as reason:
                # the connection is going down: the next one binds all topics, and `recovered` follows
                log.warning("not bound", topic=topic, reason=repr(reason))

    def ignore(self, topic: str) -> None:
        self._topics.discard(topic)
        if self._queue is not None:
            task = asyncio.create_task(self._unbind(self._queue, topic))
            self._unbinding.add(task)
            task.add_done_callback(self._unbinding.discard)

    async def drain(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._nothing_pending.wait()

    async def run(self, receiver: Receiver) -> None:
        async def consume(connection: AbstractConnection) -> None:
            await self._consume(connection, receiver)

        async with asyncio.TaskGroup() as both:
            both.create_task(amqp.keep_connected(self._url, f"{self._replica} consumes", consume))
            both.create_task(amqp.keep_connected(self._url, f"{self._replica} publishes", self._publish))
            both.create_task(self._send_canaries())

    async def _send_canaries(self) -> None:
        while True:
            await asyncio.sleep(canary.CANARY_SECONDS)
            if self._publishing and self._queue is not None:  # else nobody expects it back
                self.publish(self._canary_topic, self._canary.send())
            self._show_state()

    async def _consume(self, connection: AbstractConnection, receiver: Receiver) -> None:
        channel = await connection.channel(publisher_confirms=False)
        await channel.declare_exchange(self._exchange, "direct", durable=True)
        queue = await channel.declare_queue(exclusive=True, auto_delete=True)

        async def enqueue(message: AbstractIncomingMessage) -> None:  # never awaits: tasks would overtake each other
            if message.app_id != self._replica:
                with tracing.batch("process", [str(message.headers.get(tracing.HEADER, ""))]):
                    for topic, payload in _batches.decode(message.body):
                        if topic in self._topics:
                            receiver.receive(topic, payload)
            elif message.type == self._canary_topic:
                for payload in self._canaries(_batches.decode(message.body)):
                    self._canary.returned(payload)

        await queue.consume(enqueue, no_ack=True)
        await queue.bind(self._exchange, self._canary_topic, timeout=BIND_TIMEOUT_SECONDS)
        bound: set[str] = set()
        while missing := self._topics - bound:  # topics come and go while we bind
            for topic in missing:
                await queue.bind(self._exchange, topic, timeout=BIND_TIMEOUT_SECONDS)
            bound |= missing
        self._canary.fresh_queue()
        self._queue = queue
        self._show_state()
        receiver.recovered()
        try:
            await self._until_deaf(channel)
        finally:
            self._queue = None
            self._show_state()

    async def _until_deaf(self, channel: AbstractChannel) -> None:
        closed = asyncio.ensure_future(channel.closed())
        try:
            while not closed.done():
                if self._canary.deaf:
                    raise ConnectionError("what is published does not arrive here")
                await asyncio.wait([closed], timeout=canary.CANARY_SECONDS)
        finally:
            closed.cancel()

    def _canaries(self, batch: list[Item]) -> list[bytes]:
        return [payload for topic, payload in batch if topic == self._canary_topic]

    async def _publish(self, connection: AbstractConnection) -> None:
        channel = await connection.channel(publisher_confirms=True)
        exchange = await channel.declare_exchange(self._exchange, "direct", durable=True)
        if not (self._under_way or self._pending):
            # A broker in alarm lets us connect, and takes nothing: only a confirmation says that we are back.
            self.publish(self._canary_topic, self._canary.send())
        try:
            while True:
                await self._something_pending.wait()
                batch = self._under_way = self._under_way or self._next_batch()
                topics = list(dict.fromkeys(topic for topic, _ in batch))
                origins = [self._origins.popleft() for _ in range(len(self._origins))]
                with tracing.batch("publish", origins, **{"messaging.system": "rabbitmq"}):
                    message = aio_pika.Message(
                        _encode(batch),
                        headers={"CC": [*topics[1:]], **tracing.headers()},
                        app_id=self._replica,
                        type=self._canary_topic if self._canary_topic in topics else None,
                        delivery_mode=aio_pika.DeliveryMode.NOT_PERSISTENT,
                    )
                    await exchange.publish(message, topics[0], mandatory=False, timeout=PUBLISH_TIMEOUT_SECONDS)
                metrics.RELAY_PUBLISHED.inc()
                if not self._publishing:
                    self._publishing = True
                    self._show_state()
                for payload in self._canaries(batch):
                    self._canary.confirmed(payload)
                self._under_way = []
                if not self._pending:
                    self._something_pending.clear()
                    self._nothing_pending.set()
        except (AMQPError, ChannelInvalidStateError, OSError, TimeoutError):
            metrics.RELAY_FAILED.inc()  # the batch stays for the next connection: readers drop what they have
            raise
        finally:
            self._publishing = False
            self._show_state()

    def _next_batch(self) -> list[Item]:
        batch = [self._next()]
        topics = {batch[0][0]}
        size = len(batch[0][1])
        while self._pending and len(batch) < MAX_BATCH_ITEMS:
            topic, payload = self._pending[0]
            topics.add(topic)
            size += len(payload)
            if size > MAX_BATCH_BYTES or len(topics) > MAX_BATCH_TOPICS:
                break
            batch.append(self._next())
        return batch

    def _next(self) -> Item:
        item = self._pending.popleft()
        self._pending_bytes -= len(item[1])
        return item

    async def _unbind(self, queue: AbstractQueue, topic: str) -> None:
        if topic in self._topics:  # somebody came back meanwhile
            return
        try:
            await queue.unbind(self._exchange, topic, timeout=BIND_TIMEOUT_SECONDS)
        except (AMQPError, OSError, TimeoutError, RuntimeError) as reason:  # it goes with its connection
            log.warning("not unbound", topic=topic, reason=repr(reason))

    def _show_state(self) -> None:
        metrics.RELAY_CONNECTED.set(not self.in_doubt)
