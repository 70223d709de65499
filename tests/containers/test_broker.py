"""A broker of one's own in trouble: in memory alarm, and killed again and again."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from chassis import amqp
from chat_service import relay_rabbitmq
from chat_service.relay_rabbitmq import RabbitMQRelay
from tests import services
from tests.chat_service.ear import Ear
from tests.chat_service.eventually import eventually
from tests.conftest import missing
from tests.drill_lengths import BROKER_KILLS

START_SECONDS = 90
RETURN_SECONDS = 60.0
LOAD_PAUSE_SECONDS = 0.005


class Broker:
    def __init__(self, container: DockerContainer) -> None:
        self.container = container
        self.url = f"amqp://guest:guest@{container.get_container_host_ip()}:{container.get_exposed_port(5672)}/"

    async def ctl(self, *arguments: str) -> str:
        code, output = await asyncio.to_thread(self.container.exec, ["rabbitmqctl", "--quiet", *arguments])
        assert code == 0, output
        return str(output.decode())

    async def remember(self, megabytes: float) -> None:
        """How much memory it may use; above, it is in alarm."""
        await self.ctl("set_vm_memory_high_watermark", "absolute", f"{megabytes:.0f}MB")

    async def queues(self) -> list[dict[str, object]]:
        listed: list[dict[str, object]] = json.loads(
            await self.ctl("list_queues", "name", "consumers", "--formatter", "json")
        )
        return listed

    async def kill(self) -> None:
        """As kill -9 of the whole node, and start it again: what was not durable is gone."""
        container = self.container.get_wrapped_container()
        await asyncio.to_thread(container.kill)
        await asyncio.to_thread(container.start)


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    (port,) = services.free_ports(1)
    try:
        services.with_image(services.RABBITMQ_IMAGE)
    except Exception as reason:  # noqa: BLE001 - no engine, no registry, no image: none of them can be helped here
        missing(f"a RabbitMQ to be mistreated can't be had: {reason}")
    container = DockerContainer(services.RABBITMQ_IMAGE).with_bind_ports(5672, port)  # the same after it was killed
    container.waiting_for(LogMessageWaitStrategy("Server startup complete").with_startup_timeout(START_SECONDS))
    with container:
        yield Broker(container)


@pytest.fixture
async def ears(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[Ear]]:
    """Two replicas' relays that listen to "topic"."""
    monkeypatch.setattr(amqp, "FIRST_RETRY_SECONDS", 0.05)
    monkeypatch.setattr(amqp, "LONGEST_RETRY_SECONDS", 0.5)
    monkeypatch.setattr(relay_rabbitmq, "PUBLISH_TIMEOUT_SECONDS", 1.0)
    async with AsyncExitStack() as stack:
        ears = [Ear(RabbitMQRelay(broker.url, name, "parley.broker")) for name in ("one", "two")]
        for ear in ears:
            ear.start()
            stack.push_async_callback(ear.stop)
            await ear.relay.listen("topic")
        for ear in ears:
            await ear.ready()
        yield ears


async def recovered(ear: Ear, before: int) -> None:
    await eventually(lambda: ear.recoveries > before, RETURN_SECONDS)


async def test_in_a_memory_alarm_nothing_hangs_or_grows_and_it_recovers_by_itself(
    broker: Broker, ears: list[Ear], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_rabbitmq, "MAX_PENDING_BYTES", 100_000)
    one, two = ears
    await broker.remember(1)
    one.relay.publish("topic", b"lost or late")
    await eventually(lambda: one.relay.in_doubt)
    for _ in range(1000):
        one.relay.publish("topic", b"x" * 1000)  # never waits
    assert isinstance(one.relay, RabbitMQRelay)
    assert one.relay._pending_bytes <= 100_000
    await asyncio.sleep(3)  # some attempts: a broker in alarm lets one connect
    assert one.relay.in_doubt
    assert one.running
    async with asyncio.timeout(relay_rabbitmq.DRAIN_SECONDS * 2):
        await one.relay.drain()
    await broker.remember(1000)
    await eventually(lambda: not one.relay.in_doubt, RETURN_SECONDS)
    one.relay.publish("topic", b"the end")
    await eventually(lambda: two.payloads[-1:] == [b"the end"], RETURN_SECONDS)


@pytest.mark.timeout(BROKER_KILLS * RETURN_SECONDS)
async def test_a_broker_killed_again_and_again_under_load_leaves_one_queue_and_one_consumer_each(
    broker: Broker, ears: list[Ear]
) -> None:
    one, two = ears
    async with under_load(ears):
        for _ in range(BROKER_KILLS):
            before = [ear.recoveries for ear in ears]
            await broker.kill()
            for ear, had in zip(ears, before, strict=True):
                await recovered(ear, had)
            await eventually(lambda: not one.relay.in_doubt and not two.relay.in_doubt, RETURN_SECONDS)
    one.relay.publish("topic", b"the end")
    await eventually(lambda: two.payloads[-1:] == [b"the end"], RETURN_SECONDS)
    assert [queue["consumers"] for queue in await broker.queues()] == [1, 1]


@asynccontextmanager
async def under_load(ears: list[Ear]) -> AsyncIterator[None]:
    """All relays publish all the while."""

    async def publish() -> None:
        while True:
            for ear in ears:
                ear.relay.publish("topic", b"said meanwhile")
            await asyncio.sleep(LOAD_PAUSE_SECONDS)

    publishing = asyncio.create_task(publish())
    try:
        yield
    finally:
        publishing.cancel()
