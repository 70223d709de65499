"""The connection of the relay through RabbitMQ and its queue: lost, silent or deaf, noticed, and back again."""

import asyncio

import aio_pika
import aiormq
import pytest
from aiohttp.test_utils import unused_port

from chassis import amqp
from chat_service import canary, relay_rabbitmq
from chat_service.relay_rabbitmq import RabbitMQRelay
from tests.chat_service.ear import Ear, Start
from tests.chat_service.eventually import eventually
from tests.chat_service.tcp_proxy import TcpProxy

pytestmark = pytest.mark.usefixtures("broker_soon_tried_again")


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


async def test_a_stopped_relay_leaves_no_queue_behind(amqp_url: str, start: Start) -> None:
    one = await start("one", amqp_url)
    queue = await queue_of(one)
    await one.stop()
    assert await consumers(amqp_url, queue) is None
