"""Replicas of the chat service to talk to, whole ones and what they are made of."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack

import pytest
from pytest_aiohttp.plugin import AiohttpClient, AiohttpServer

from chassis import amqp
from chat_service.relay_memory import MemoryBus
from chat_service.relay_rabbitmq import RabbitMQRelay
from chat_service.store_memory import MemoryEventStore
from tests.chat_service.ear import Ear, Start
from tests.chat_service.examples import ADA, BOB, EVE
from tests.chat_service.in_memory import Service, Somebody
from tests.chat_service.issuer import Issuer
from tests.chat_service.own_database import own_database
from tests.chat_service.own_exchange import own_exchange
from tests.chat_service.replicas import Replicas, RunningReplica
from tests.chat_service.tcp_proxy import TcpProxy, proxy_to
from tests.drills.virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """What happens in memory alone runs in virtual time where it is marked so: no busy machine makes it late."""
    return {"loop": VirtualTimeLoop if item.get_closest_marker("virtual_time") else asyncio.new_event_loop}


@pytest.fixture
async def broker(amqp_url: str) -> AsyncIterator[TcpProxy]:
    """The way to RabbitMQ, to be broken. Ask for it first, so that it outlives what goes through it."""
    # aio-pika's connections that never came about close themselves when they are collected: a loop has to run then.
    gc.disable()
    with proxy_to(amqp_url) as proxy:
        yield proxy
    gc.collect()
    await asyncio.sleep(0)
    gc.enable()


@pytest.fixture
def broker_soon_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amqp, "FIRST_RETRY_SECONDS", 0.02)
    monkeypatch.setattr(amqp, "LONGEST_RETRY_SECONDS", 0.1)
    monkeypatch.setattr(amqp, "CLOSE_TIMEOUT_SECONDS", 0.1)


@pytest.fixture
async def exchange(amqp_url: str) -> AsyncIterator[str]:
    async with own_exchange(amqp_url) as exchange:
        yield exchange


@pytest.fixture
async def start(exchange: str) -> AsyncIterator[Start]:
    """Start a relay of this name that reaches the broker at this address."""
    async with AsyncExitStack() as stack:

        async def start(name: str, url: str) -> Ear:
            ear = Ear(RabbitMQRelay(url, name, exchange))
            stack.push_async_callback(ear.stop)
            ear.start()
            return ear

        yield start


@pytest.fixture
def memory() -> MemoryEventStore:
    """The room logs' store, for whatever needs no database."""
    return MemoryEventStore()


@pytest.fixture
def bus() -> MemoryBus:
    """What replicas without a broker talk over."""
    return MemoryBus()


@pytest.fixture
async def service() -> Service:
    """A replica without servers."""
    return await Service().start()


@pytest.fixture
async def ada(service: Service) -> Somebody:
    return await service.somebody(ADA)


@pytest.fixture
async def bob(service: Service) -> Somebody:
    return await service.somebody(BOB)


@pytest.fixture
async def eve(service: Service) -> Somebody:
    return await service.somebody(EVE)


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
async def shared(
    mongo_url: str, amqp_url: str, issuer: Issuer, aiohttp_server: AiohttpServer
) -> AsyncIterator[dict[str, object]]:
    """What all replicas of one test are told."""
    auth = await aiohttp_server(issuer.app)
    async with (
        own_database(mongo_url) as database,
        own_exchange(amqp_url) as exchange,
        own_exchange(amqp_url) as accounts_exchange,
    ):
        yield {
            "mongo_url": mongo_url,
            "mongo_database": database.name,
            "amqp_url": amqp_url,
            "amqp_exchange": exchange,
            "amqp_accounts_exchange": accounts_exchange,
            "jwks_url": str(auth.make_url("/jwks.json")),
        }


@pytest.fixture
def replicas(
    shared: dict[str, object], aiohttp_client: AiohttpClient, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> Replicas:
    monkeypatch.setattr(amqp, "FIRST_RETRY_SECONDS", 0.02)
    monkeypatch.setattr(amqp, "LONGEST_RETRY_SECONDS", 0.2)
    return Replicas(aiohttp_client, issuer, shared)


@pytest.fixture
async def chat(replicas: Replicas) -> RunningReplica:
    """One replica."""
    return await replicas.start()


@pytest.fixture
async def other(replicas: Replicas, chat: RunningReplica) -> RunningReplica:
    """A second replica beside `chat`."""
    return await replicas.start("chat2")
