import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import AMQPError
from structlog.testing import capture_logs

from chassis import amqp
from chassis.amqp import Session
from tests.chat_service.eventually import eventually
from tests.chat_service.tcp_proxy import TcpProxy, proxy_to

pytestmark = pytest.mark.usefixtures("_impatient")

Keep = Callable[[str, Session], asyncio.Task[None]]


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amqp, "FIRST_RETRY_SECONDS", 0.01)
    monkeypatch.setattr(amqp, "LONGEST_RETRY_SECONDS", 0.05)


@pytest.fixture
async def proxy(amqp_url: str) -> AsyncIterator[TcpProxy]:
    with proxy_to(amqp_url) as proxy:
        yield proxy


@pytest.fixture
async def keep() -> AsyncIterator[Keep]:
    """Keeps connections for the length of a test, each in its own task."""
    tasks: list[asyncio.Task[None]] = []

    def keep(url: str, session: Session) -> asyncio.Task[None]:
        tasks.append(asyncio.create_task(amqp.keep_connected(url, "a test", session)))
        return tasks[-1]

    yield keep
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class Idle:
    """A session that does nothing until its connection is lost."""

    def __init__(self) -> None:
        self.connections: list[AbstractConnection] = []
        self.over = 0

    async def __call__(self, connection: AbstractConnection) -> None:
        self.connections.append(connection)
        try:
            await asyncio.Event().wait()
        finally:
            self.over += 1


def with_password(url: str, user: str, password: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{parts.hostname}:{parts.port}"))


async def test_a_session_runs_with_a_connection(amqp_url: str, keep: Keep) -> None:
    session = Idle()
    keep(amqp_url, session)
    await eventually(lambda: session.connections)
    channel = await session.connections[0].channel()
    queue = await channel.declare_queue(exclusive=True)
    assert queue.declaration_result.message_count == 0


async def test_it_comes_back_after_the_connection_was_reset(proxy: TcpProxy, keep: Keep) -> None:
    session = Idle()
    keep(proxy.url, session)
    for _ in range(3):
        await eventually(lambda: len(session.connections) > session.over)
        proxy.cut()
        await eventually(lambda: len(session.connections) == session.over)
    await eventually(lambda: len(session.connections) == 4)


async def test_it_comes_back_after_the_broker_closed_the_connection(amqp_url: str, keep: Keep) -> None:
    session = Idle()
    keep(amqp_url, session)
    await eventually(lambda: session.connections)
    channel = await session.connections[0].channel()
    with pytest.raises(AMQPError, match="NOT_IMPLEMENTED"):
        await channel.set_qos(prefetch_size=1)  # by which RabbitMQ ends the whole connection
    await eventually(lambda: len(session.connections) == 2)


async def test_it_waits_for_a_broker_that_is_not_there_yet(proxy: TcpProxy, keep: Keep) -> None:
    session = Idle()
    proxy.shut()
    with capture_logs() as logged:
        keep(proxy.url, session)
        await eventually(lambda: len(logged) >= 3)
    proxy.open()
    await eventually(lambda: session.connections)


async def test_it_comes_back_whatever_a_session_was_doing(proxy: TcpProxy, keep: Keep) -> None:
    """aio-pika answers calls under way with AMQP errors, RuntimeError, a bare Exception or a cancellation."""
    begun = over = 0

    async def busy(connection: AbstractConnection) -> None:
        nonlocal begun, over
        begun += 1
        try:
            while True:
                channel = await connection.channel()
                queue = await channel.declare_queue(exclusive=True)
                await queue.bind("amq.direct", "a key")
                await channel.close()
        finally:
            over += 1

    kept = keep(proxy.url, busy)
    for cut in range(30):
        await eventually(lambda: begun > over or kept.done())
        await asyncio.sleep(cut / 1000)  # at another point of the work each time
        proxy.cut()
        await eventually(lambda: begun == over or kept.done())
        assert not kept.done()


@pytest.mark.parametrize(
    "trouble", [RuntimeError("closed"), Exception(), ValueError("a mistake of ours"), asyncio.CancelledError()]
)
async def test_a_session_that_fails_is_begun_anew(amqp_url: str, keep: Keep, trouble: BaseException) -> None:
    begun = 0

    async def failing(_connection: AbstractConnection) -> None:
        nonlocal begun
        begun += 1
        raise trouble

    keep(amqp_url, failing)
    await eventually(lambda: begun == 3)


async def test_a_session_that_ends_is_begun_anew(amqp_url: str, keep: Keep) -> None:
    begun = 0

    async def short(_connection: AbstractConnection) -> None:
        nonlocal begun
        begun += 1

    keep(amqp_url, short)
    await eventually(lambda: begun == 3)


async def test_a_mistake_of_ours_is_logged_with_its_trace(amqp_url: str, keep: Keep) -> None:
    async def failing(_connection: AbstractConnection) -> None:
        raise ValueError("a mistake of ours")

    with capture_logs() as logged:
        keep(amqp_url, failing)
        await eventually(lambda: lost(logged))
    assert lost(logged)[0]["exc_info"] is True


async def test_a_lost_connection_is_logged_without_a_trace(proxy: TcpProxy, keep: Keep) -> None:
    session = Idle()
    with capture_logs() as logged:
        keep(proxy.url, session)
        await eventually(lambda: session.connections)
        proxy.cut()
        await eventually(lambda: lost(logged))
    assert lost(logged)[0]["exc_info"] is False


async def test_a_session_that_fails_at_once_does_not_hammer_the_broker(
    amqp_url: str, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(amqp, "FIRST_RETRY_SECONDS", 0.1)
    monkeypatch.setattr(amqp, "LONGEST_RETRY_SECONDS", 0.3)
    now, close = 0.0, amqp._close
    monkeypatch.setattr(amqp, "time", SimpleNamespace(monotonic=lambda: now))

    async def refused(_connection: AbstractConnection) -> None:
        raise TimeoutError

    async def closing_slowly(connection: AbstractConnection) -> None:
        nonlocal now
        await close(connection)
        now += 2 * amqp.STABLE_SECONDS

    monkeypatch.setattr(amqp, "_close", closing_slowly)

    with capture_logs() as logged:
        keep(amqp_url, refused)
        await eventually(lambda: len(lost(logged)) >= 4)
    assert [event["retry_seconds"] for event in lost(logged)[:4]] == [0.1, 0.2, 0.3, 0.3]


async def test_after_a_connection_that_lasted_it_is_back_at_once(
    proxy: TcpProxy, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(amqp, "FIRST_RETRY_SECONDS", 0.1)
    monkeypatch.setattr(amqp, "STABLE_SECONDS", 0.0)
    session = Idle()
    with capture_logs() as logged:
        keep(proxy.url, session)
        while len(lost(logged)) < 3:
            await eventually(lambda: len(session.connections) > len(lost(logged)))
            proxy.cut()
            await eventually(lambda: len(session.connections) == len(lost(logged)))
    assert [event["retry_seconds"] for event in lost(logged)] == [0.1, 0.1, 0.1]


async def test_stopping_ends_the_session_and_closes_the_connection(amqp_url: str, keep: Keep) -> None:
    session = Idle()
    kept = keep(amqp_url, session)
    await eventually(lambda: session.connections)
    kept.cancel()
    await asyncio.gather(kept, return_exceptions=True)
    assert kept.cancelled()
    assert session.over == 1
    assert session.connections[0].is_closed


async def test_a_session_that_loses_its_cancellation_is_ended_all_the_same(amqp_url: str, keep: Keep) -> None:
    begun, lost_one = asyncio.Event(), asyncio.Event()

    async def losing(_connection: AbstractConnection) -> None:
        begun.set()
        with contextlib.suppress(asyncio.CancelledError):  # as asyncio.wait_for does when its result comes just then
            await asyncio.Event().wait()
        lost_one.set()
        await asyncio.Event().wait()

    kept = keep(amqp_url, losing)
    await begun.wait()
    kept.cancel()
    async with asyncio.timeout(5):
        await asyncio.gather(kept, return_exceptions=True)
    assert lost_one.is_set()


@pytest.mark.parametrize("reachable", [True, False])
async def test_it_can_be_stopped_at_any_moment_of_connecting(proxy: TcpProxy, keep: Keep, reachable: bool) -> None:
    """aio-pika's `connect` takes some cancellations for an error, and others for nothing."""
    if not reachable:
        proxy.shut()
    for milliseconds in range(40):
        kept = keep(proxy.url, Idle())
        await asyncio.sleep(milliseconds / 1000)
        kept.cancel()
        async with asyncio.timeout(5):
            await asyncio.gather(kept, return_exceptions=True)


async def test_the_password_is_never_logged(
    amqp_url: str, proxy: TcpProxy, keep: Keep, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logged:
        keep(with_password(amqp_url, "somebody", "hunter2"), Idle())
        keep(with_password("amqp://127.0.0.1:1/", "somebody", "hunter2"), Idle())
        proxy.shut()
        keep(with_password(proxy.url, "somebody", "hunter2"), Idle())
        await eventually(lambda: len({event["reason"] for event in lost(logged)}) >= 2 and len(lost(logged)) > 9)
    assert "hunter2" not in repr(logged)
    assert "hunter2" not in caplog.text


def lost(logged: list[Any]) -> list[Any]:
    return [event for event in logged if event["event"] == "RabbitMQ lost"]
