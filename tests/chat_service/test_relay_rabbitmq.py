"""What only the relay through RabbitMQ does; tests/contracts/test_relay.py holds it to the port's promises."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import aio_pika
import aiormq
import msgspec
import pytest
from aiohttp.test_utils import unused_port

from chassis import amqp
from chat_service import canary, relay_rabbitmq
from chat_service.relay_rabbitmq import RabbitMQRelay
from tests.chat_service.ear import Ear
from tests.chat_service.eventually import eventually
from tests.chat_service.own_exchange import own_exchange
from tests.chat_service.tcp_proxy import TcpProxy

Start = Callable[[str, str], Awaitable[Ear]]


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amqp, "FIRST_RETRY_SECONDS", 0.02)
    monkeypatch.setattr(amqp, "LONGEST_RETRY_SECONDS", 0.1)
    monkeypatch.setattr(amqp, "CLOSE_TIMEOUT_SECONDS", 0.1)


@pytest.fixture
async def exchange(amqp_url: str) -> AsyncIterator[str]:
    async with own_exchange(amqp_url) as exchange:
        yield exchange


@pytest.fixture
async def start(exchange: str) -> AsyncIterator[Start]:
    """Start a replica of this name that reaches the broker at this address."""
    async with AsyncExitStack() as stack:

        async def start(name: str, url: str) -> Ear:
            ear = Ear(RabbitMQRelay(url, name, exchange))
            stack.push_async_callback(ear.stop)
            ear.start()
            return ear

        yield start


@pytest.fixture
async def seen(amqp_url: str, exchange: str) -> AsyncIterator[list[aio_pika.abc.AbstractIncomingMessage]]:
    """The AMQP messages themselves, of the topics `a` and `b`."""
    messages: list[aio_pika.abc.AbstractIncomingMessage] = []
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        await channel.declare_exchange(exchange, "direct", durable=True)
        queue = await channel.declare_queue(exclusive=True)
        for topic in ("a", "b"):
            await queue.bind(exchange, topic)

        async def see(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            messages.append(message)

        await queue.consume(see, no_ack=True)
        yield messages


async def recovered(ear: Ear, before: int) -> None:
    await eventually(lambda: ear.recoveries > before)


async def queue_of(ear: Ear) -> str:
    assert isinstance(ear.relay, RabbitMQRelay)
    await ear.ready()
    queue = ear.relay._queue
    assert queue is not None
    return queue.name


async def consumers(amqp_url: str, queue: str) -> int | None:
    """How many consume from a queue; None for one that is gone. An exclusive queue says that it is locked."""
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        try:
            await channel.declare_queue(queue, passive=True)
        except aio_pika.exceptions.ChannelNotFoundEntity:
            return None
        except aiormq.exceptions.ChannelLockedResource:
            return 1
    return 0


async def test_what_gathers_for_several_rooms_leaves_as_one_message(
    amqp_url: str, start: Start, seen: list[aio_pika.abc.AbstractIncomingMessage]
) -> None:
    one = await start("one", amqp_url)
    await one.ready()
    for topic in ("a", "b", "a"):
        one.relay.publish(topic, topic.encode())
    await eventually(lambda: seen)
    assert [msgspec.msgpack.decode(message.body) for message in seen] == [[["a", b"a"], ["b", b"b"], ["a", b"a"]]]


async def test_a_message_is_not_kept_on_disk(
    amqp_url: str, start: Start, seen: list[aio_pika.abc.AbstractIncomingMessage]
) -> None:
    one = await start("one", amqp_url)
    one.relay.publish("a", b"x")
    await eventually(lambda: seen)
    assert seen[0].delivery_mode == aio_pika.DeliveryMode.NOT_PERSISTENT


async def test_more_than_one_message_may_carry_is_split_and_keeps_its_order(
    amqp_url: str,
    start: Start,
    seen: list[aio_pika.abc.AbstractIncomingMessage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay_rabbitmq, "MAX_BATCH_ITEMS", 10)
    one = await start("one", amqp_url)
    await one.ready()
    for number in range(25):
        one.relay.publish("a", b"%d" % number)
    await eventually(lambda: len(seen) == 3)
    batches = [msgspec.msgpack.decode(message.body) for message in seen]
    assert [len(batch) for batch in batches] == [10, 10, 5]
    assert [int(payload) for batch in batches for _, payload in batch] == list(range(25))


async def test_large_payloads_are_split_by_their_size(
    amqp_url: str, start: Start, seen: list[aio_pika.abc.AbstractIncomingMessage]
) -> None:
    one = await start("one", amqp_url)
    await one.ready()
    for _ in range(4):
        one.relay.publish("a", b"x" * 100_000)
    await eventually(lambda: sum(len(msgspec.msgpack.decode(message.body)) for message in seen) == 4)
    assert max(len(message.body) for message in seen) <= relay_rabbitmq.MAX_BATCH_BYTES


async def test_a_relay_is_in_doubt_until_it_is_connected(amqp_url: str, exchange: str, start: Start) -> None:
    assert RabbitMQRelay(amqp_url, "one", exchange).in_doubt
    one = await start("one", amqp_url)
    await eventually(lambda: not one.relay.in_doubt)


async def test_a_relay_without_a_broker_stays_in_doubt_and_waits_for_it(
    broker: TcpProxy, amqp_url: str, start: Start
) -> None:
    broker.shut()
    one = await start("one", broker.url)
    await one.relay.listen("topic")
    one.relay.publish("topic", b"into the void")
    assert one.relay.in_doubt
    broker.open()
    await one.ready()
    two = await start("two", amqp_url)
    await two.ready()
    two.relay.publish("topic", b"hello")
    await eventually(lambda: one.payloads == [b"hello"])


@pytest.mark.usefixtures("broker")
async def test_an_address_where_nobody_is_does_not_end_the_relay(start: Start) -> None:
    one = await start("one", f"amqp://guest:guest@127.0.0.1:{unused_port()}/")
    await asyncio.sleep(0.2)  # some attempts
    assert one.running
    assert one.recoveries == 0


async def test_a_lost_connection_comes_back_with_a_fresh_queue(broker: TcpProxy, amqp_url: str, start: Start) -> None:
    one = await start("one", broker.url)
    before = await queue_of(one)
    broker.cut()
    await eventually(lambda: one.recoveries == 2)
    assert await queue_of(one) != before
    assert await consumers(amqp_url, before) is None


async def test_listening_goes_on_after_a_lost_connection(broker: TcpProxy, amqp_url: str, start: Start) -> None:
    one, two = await start("one", broker.url), await start("two", amqp_url)
    await one.relay.listen("topic")
    await one.ready()
    await two.ready()
    broker.cut()
    await eventually(lambda: one.recoveries == 2)
    two.relay.publish("topic", b"hello")
    await eventually(lambda: one.payloads == [b"hello"])


async def test_topics_of_interest_while_the_broker_is_away_count_once_it_is_back(
    broker: TcpProxy, amqp_url: str, start: Start
) -> None:
    one, two = await start("one", broker.url), await start("two", amqp_url)
    await one.relay.listen("dropped")
    await one.ready()
    await two.ready()
    broker.shut()
    await eventually(lambda: one.relay.in_doubt)
    await one.relay.listen("new")
    one.relay.ignore("dropped")
    broker.open()
    await eventually(lambda: one.recoveries == 2)
    two.relay.publish("dropped", b"1")
    two.relay.publish("new", b"2")
    await eventually(lambda: one.payloads == [b"2"])


async def test_what_nobody_listens_to_any_more_is_not_even_sent_there(
    amqp_url: str, exchange: str, start: Start
) -> None:
    one = await start("one", amqp_url)
    await one.ready()
    await one.relay.listen("room")
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel(on_return_raises=True)
        everybody = await channel.get_exchange(exchange)

        async def is_routed() -> bool:
            try:
                await everybody.publish(aio_pika.Message(b"\x90"), "room", mandatory=True)
            except aio_pika.exceptions.DeliveryError:
                return False
            return True

        assert await is_routed()
        one.relay.ignore("room")
        async with asyncio.timeout(5):
            while await is_routed():
                await asyncio.sleep(0.01)
        await one.relay.listen("room")
        assert await is_routed()
        one.relay.ignore("room")
        await one.relay.listen("room")  # before the broker was asked
        assert isinstance(one.relay, RabbitMQRelay)
        await asyncio.gather(*one.relay._unbinding)
        assert await is_routed()


async def test_what_was_published_while_the_broker_was_away_is_sent_once_it_is_back(
    broker: TcpProxy, amqp_url: str, start: Start
) -> None:
    one, two = await start("one", broker.url), await start("two", amqp_url)
    await two.relay.listen("topic")
    await one.ready()
    await two.ready()
    broker.shut()
    await eventually(lambda: one.relay.in_doubt)
    for number in range(5):
        one.relay.publish("topic", b"%d" % number)
    broker.open()
    await eventually(lambda: two.payloads[-5:] == [b"0", b"1", b"2", b"3", b"4"])


async def test_what_waits_for_a_broker_is_bounded_and_the_newest_is_kept(
    broker: TcpProxy, amqp_url: str, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_rabbitmq, "MAX_PENDING_BYTES", 1000)
    broker.shut()
    one, two = await start("one", broker.url), await start("two", amqp_url)
    await two.relay.listen("topic")
    await two.ready()
    payloads = [b"%03d" % number + b"x" * 97 for number in range(100)]
    for payload in payloads:
        one.relay.publish("topic", payload)
    broker.open()
    await eventually(lambda: two.payloads[-1:] == payloads[-1:])
    assert two.payloads == payloads[-10:]


async def test_draining_does_not_wait_for_a_broker_that_is_away(
    broker: TcpProxy, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_rabbitmq, "DRAIN_SECONDS", 0.05)
    broker.shut()
    one = await start("one", broker.url)
    one.relay.publish("topic", b"hello")
    async with asyncio.timeout(2):
        await one.relay.drain()


async def test_a_silent_connection_is_noticed(
    broker: TcpProxy, amqp_url: str, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(amqp, "HEARTBEAT_SECONDS", 1)
    one, two = await start("one", broker.url), await start("two", amqp_url)
    await one.relay.listen("topic")
    await one.ready()
    await two.ready()
    broker.swallow()
    await eventually(lambda: one.relay.in_doubt)
    broker.cut()
    broker.flow()
    await eventually(lambda: one.recoveries == 2)
    two.relay.publish("topic", b"hello")
    await eventually(lambda: one.payloads == [b"hello"])


@pytest.fixture
def canaries_in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canary, "CANARY_SECONDS", 0.05)
    monkeypatch.setattr(canary, "PATIENCE_SECONDS", 0.5)


@pytest.mark.usefixtures("canaries_in_a_hurry")
async def test_a_relay_that_hears_itself_is_not_in_doubt(amqp_url: str, start: Start) -> None:
    one = await start("one", amqp_url)
    await one.ready()
    relay = one.relay
    assert isinstance(relay, RabbitMQRelay)
    await eventually(lambda: relay._canary._returned > 5)
    assert not relay.in_doubt
    assert one.heard == []
    assert one.recoveries == 1


@pytest.mark.usefixtures("canaries_in_a_hurry")
async def test_a_relay_that_is_deaf_on_one_connection_is_in_doubt_and_gets_another_queue(
    broker: TcpProxy, amqp_url: str, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canary, "DEAF_SECONDS", 1.0)
    one, two = await start("one", broker.url), await start("two", amqp_url)
    await one.relay.listen("topic")
    await one.ready()
    await two.ready()
    before = await queue_of(one)
    broker.swallow_where(b"one consumes")
    await eventually(lambda: one.relay.in_doubt)
    await recovered(one, 1)
    assert await queue_of(one) != before
    two.relay.publish("topic", b"hello")
    await eventually(lambda: one.payloads == [b"hello"])


@pytest.mark.usefixtures("canaries_in_a_hurry")
async def test_a_publisher_that_is_held_silently_is_in_doubt_and_comes_back(
    broker: TcpProxy, amqp_url: str, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_rabbitmq, "PUBLISH_TIMEOUT_SECONDS", 0.2)
    one, two = await start("one", broker.url), await start("two", amqp_url)
    await two.relay.listen("topic")
    await one.ready()
    await two.ready()
    broker.swallow_where(b"one publishes")
    await eventually(lambda: one.relay.in_doubt)  # nothing was said: the canary found it
    await one.ready()
    one.relay.publish("topic", b"hello")
    await eventually(lambda: two.payloads[-1:] == [b"hello"])


async def test_a_publish_that_the_broker_does_not_take_is_given_up_in_time(
    broker: TcpProxy, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_rabbitmq, "PUBLISH_TIMEOUT_SECONDS", 0.1)
    one = await start("one", broker.url)
    await one.ready()
    broker.swallow()
    one.relay.publish("topic", b"hello")
    await eventually(lambda: one.relay.in_doubt)


async def test_a_broker_lost_again_and_again_under_load_leaves_one_queue_and_a_working_relay(
    broker: TcpProxy, amqp_url: str, start: Start
) -> None:
    one, two = await start("one", broker.url), await start("two", amqp_url)
    for ear in (one, two):
        await ear.relay.listen("topic")
        await ear.ready()
    queues = [await queue_of(one)]
    for number in range(20):
        recoveries = one.recoveries
        one.relay.ignore(f"room {number - 1}")
        await one.relay.listen(f"room {number}")
        for _ in range(50):
            one.relay.publish("topic", b"from one")
            two.relay.publish("topic", b"from two")
        broker.cut()
        await recovered(one, recoveries)
        queues.append(await queue_of(one))
    assert one.running
    assert [await consumers(amqp_url, queue) for queue in queues[:-1]] == [None] * 20
    assert await consumers(amqp_url, queues[-1]) == 1
    two.relay.publish("room 19", b"the end")
    await eventually(lambda: one.payloads[-1:] == [b"the end"])


async def test_a_message_that_is_no_batch_of_ours_harms_nobody(amqp_url: str, exchange: str, start: Start) -> None:
    one, two = await start("one", amqp_url), await start("two", amqp_url)
    await one.relay.listen("topic")
    await one.ready()
    await two.ready()
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        foreign = await channel.get_exchange(exchange)
        await foreign.publish(aio_pika.Message(b"\xc1 not msgpack"), "topic")
    two.relay.publish("topic", b"hello")
    await eventually(lambda: one.payloads == [b"hello"])


async def test_a_stopped_relay_leaves_no_queue_behind(amqp_url: str, start: Start) -> None:
    one = await start("one", amqp_url)
    queue = await queue_of(one)
    await one.stop()
    assert await consumers(amqp_url, queue) is None
