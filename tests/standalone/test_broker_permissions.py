"""What each service's user may do at a real broker: all that the service does, and nothing else."""

import asyncio
import json
import secrets
from collections.abc import Iterator
from contextlib import ExitStack

import aio_pika
import pytest
from aiormq.exceptions import ChannelAccessRefused

from chassis import wake_up
from chassis.wake_up import Caller
from chat_service.relay_rabbitmq import RabbitMQRelay
from standalone import rabbitmq
from tests import services
from tests.chat_service.eventually import eventually
from tests.conftest import missing

NAMES = ("auth", "chat")


@pytest.fixture(scope="module")
def urls() -> Iterator[dict[str, str]]:
    """A broker set up as `make run` sets it up, as each service knows it."""
    if not rabbitmq.found():
        missing("rabbitmq-server is not installed")
    passwords = {name: secrets.token_hex(16) for name in NAMES}
    with ExitStack() as stack:
        port, epmd_port, distribution_port = services.free_ports(3)
        folder = services._folder(stack)
        (folder / "users.json").write_text(json.dumps(passwords))
        environment = {
            "BROKER_FOLDER": str(folder),
            "BROKER_PORT": str(port),
            "BROKER_EPMD_PORT": str(epmd_port),
            "BROKER_DISTRIBUTION_PORT": str(distribution_port),
            "BROKER_USERS": str(folder / "users.json"),
        }
        services._run_here(stack, "rabbitmq", port, environment)
        host = f"127.0.0.1:{port}/{rabbitmq.VIRTUAL_HOST}"
        yield {name: f"amqp://{name}:{password}@{host}" for name, password in passwords.items()}


class Ear:
    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.there = False

    def receive(self, topic: str, payload: bytes) -> None:
        self.heard.append((topic, payload))

    def recovered(self) -> None:
        self.there = True


async def test_auth_wakes_chat(urls: dict[str, str]) -> None:
    woken: list[bool] = []
    caller = Caller(urls["auth"], "auth", "parley.accounts")
    tasks = [
        asyncio.create_task(wake_up.listen(urls["chat"], "chat", "parley.accounts", lambda: woken.append(True))),
        asyncio.create_task(caller.run()),
    ]
    await eventually(lambda: len(woken) == 1)
    caller.call()
    await eventually(lambda: len(woken) == 2)
    await _end(tasks)


async def test_chat_replicas_reach_one_another(urls: dict[str, str]) -> None:
    relays = [RabbitMQRelay(urls["chat"], f"chat-{number}", "parley.events") for number in range(2)]
    ears = [Ear(), Ear()]
    tasks = [asyncio.create_task(relay.run(ear)) for relay, ear in zip(relays, ears, strict=True)]
    await eventually(lambda: all(ear.there for ear in ears) and not any(relay.in_doubt for relay in relays))
    await relays[1].listen("room:lobby")
    relays[0].publish("room:lobby", b"hi")
    await eventually(lambda: ears[1].heard == [("room:lobby", b"hi")])
    await _end(tasks)


async def test_auth_may_neither_read_nor_speak_among_chat_replicas(urls: dict[str, str]) -> None:
    async with await aio_pika.connect(urls["auth"]) as connection:
        with pytest.raises(ChannelAccessRefused):
            await (await connection.channel()).declare_exchange("parley.events", "direct", durable=True)
        with pytest.raises(ChannelAccessRefused):
            await (await connection.channel()).declare_queue(exclusive=True)


async def test_chat_may_not_call_in_auth_s_name(urls: dict[str, str]) -> None:
    async with await aio_pika.connect(urls["chat"]) as connection:
        channel = await connection.channel(publisher_confirms=True)
        exchange = await channel.declare_exchange("parley.accounts", "fanout", durable=True)
        with pytest.raises(ChannelAccessRefused):
            await exchange.publish(aio_pika.Message(b""), "", mandatory=False)


async def _end(tasks: "list[asyncio.Task[None]]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
