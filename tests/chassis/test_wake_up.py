"""A wake-up call through a real RabbitMQ, and through one that goes away."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from chassis import amqp, wake_up
from chassis.wake_up import Caller
from tests.chat_service.eventually import eventually
from tests.chat_service.own_exchange import own_exchange
from tests.chat_service.tcp_proxy import TcpProxy, proxy_to

Start = Callable[..., object]


class Sleeper:
    woken = 0

    def __call__(self) -> None:
        self.woken += 1


@pytest.fixture
async def exchange(amqp_url: str) -> AsyncIterator[str]:
    async with own_exchange(amqp_url) as name:
        yield name


@pytest.fixture
async def start(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    monkeypatch.setattr(amqp, "FIRST_RETRY_SECONDS", 0.02)
    monkeypatch.setattr(amqp, "LONGEST_RETRY_SECONDS", 0.2)
    tasks: list[asyncio.Task[None]] = []
    yield lambda coroutine: tasks.append(asyncio.create_task(coroutine))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_call_wakes_every_listener(amqp_url: str, exchange: str, start: Start) -> None:
    sleepers, caller = [Sleeper(), Sleeper()], Caller(amqp_url, "auth", exchange)
    for number, sleeper in enumerate(sleepers):
        start(wake_up.listen(amqp_url, f"chat-{number}", exchange, sleeper))
    start(caller.run())
    await eventually(lambda: all(sleeper.woken == 1 for sleeper in sleepers))  # each is woken when it begins to listen
    caller.call()
    await eventually(lambda: all(sleeper.woken == 2 for sleeper in sleepers))


async def test_many_calls_at_once_may_arrive_as_one_but_one_does(amqp_url: str, exchange: str, start: Start) -> None:
    sleeper, caller = Sleeper(), Caller(amqp_url, "auth", exchange)
    start(wake_up.listen(amqp_url, "chat", exchange, sleeper))
    await eventually(lambda: sleeper.woken == 1)
    start(caller.run())
    for _ in range(1000):
        caller.call()
    await eventually(lambda: sleeper.woken > 1)
    assert sleeper.woken < 100


async def test_a_call_made_while_the_broker_is_away_arrives_once_it_is_back(
    amqp_url: str, exchange: str, start: Start
) -> None:
    with proxy_to(amqp_url) as proxy:
        sleeper, caller = Sleeper(), Caller(proxy.url, "auth", exchange)
        start(wake_up.listen(amqp_url, "chat", exchange, sleeper))
        await eventually(lambda: sleeper.woken == 1)
        start(caller.run())
        await eventually(lambda: proxy.connections == 1)
        await _lose(proxy)
        caller.call()
        proxy.open()
        await eventually(lambda: sleeper.woken == 2)


async def test_who_lost_the_broker_is_woken_when_it_is_back(amqp_url: str, exchange: str, start: Start) -> None:
    with proxy_to(amqp_url) as proxy:
        sleeper = Sleeper()
        start(wake_up.listen(proxy.url, "chat", exchange, sleeper))
        await eventually(lambda: sleeper.woken == 1)
        await _lose(proxy)
        proxy.open()
        await eventually(lambda: sleeper.woken == 2)


async def test_a_call_that_the_broker_does_not_take_in_time_is_made_by_another_connection(
    amqp_url: str, exchange: str, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wake_up, "PUBLISH_TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(amqp, "CLOSE_TIMEOUT_SECONDS", 0.1)
    with proxy_to(amqp_url) as proxy:
        sleeper, caller = Sleeper(), Caller(proxy.url, "auth calls", exchange)
        start(wake_up.listen(amqp_url, "chat", exchange, sleeper))
        start(caller.run())
        await eventually(lambda: sleeper.woken)  # when it begins to listen
        before = sleeper.woken
        caller.call()
        await eventually(lambda: sleeper.woken > before and not caller.called)
        proxy.swallow_where(b"auth calls")  # nothing arrives, and nothing says so
        before = sleeper.woken  # no fixed number: a call that is confirmed too late for the caller wakes twice
        caller.call()
        await eventually(lambda: sleeper.woken > before)


async def test_without_a_broker_a_call_is_nothing() -> None:
    caller = Caller(None, "auth", "parley.accounts")
    caller.call()
    await caller.run()


async def _lose(proxy: TcpProxy) -> None:
    proxy.shut()
    await eventually(lambda: proxy.connections == 0)
