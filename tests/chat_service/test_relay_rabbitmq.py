"""What only the relay through RabbitMQ does with messages; tests/contracts/test_relay.py holds it to its port."""

import asyncio
from collections.abc import AsyncIterator

import aio_pika
import msgspec
import pytest

from chat_service import relay_rabbitmq
from chat_service.relay_rabbitmq import RabbitMQRelay
from tests.chat_service.ear import Start
from tests.chat_service.eventually import eventually
from tests.chat_service.tcp_proxy import TcpProxy

pytestmark = pytest.mark.usefixtures("broker_soon_tried_again")


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
    async with asyncio.timeout(10):
        await one.relay.drain()


async def test_a_publish_that_the_broker_does_not_take_is_given_up_in_time(
    broker: TcpProxy, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_rabbitmq, "PUBLISH_TIMEOUT_SECONDS", 0.1)
    one = await start("one", broker.url)
    await one.ready()
    broker.swallow()
    one.relay.publish("topic", b"hello")
    await eventually(lambda: one.relay.in_doubt)


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
