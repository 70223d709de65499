"""Replicas put together: what two of them do for the people at each, whatever is away."""

import asyncio
import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
import pytest
import structlog

from chassis import application, mongo
from chat_service import account_changes, hub, writer
from chat_service.errors import Close
from tests.chat_service.eventually import PATIENCE_SECONDS, eventually
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.issuer import Issuer
from tests.chat_service.replicas import Replicas, RunningReplica
from tests.chat_service.tcp_proxy import TcpProxy, proxy_to
from tests.services import free_ports


@pytest.fixture
def database(mongo_url: str) -> Iterator[TcpProxy]:
    with proxy_to(mongo_url) as proxy:
        yield proxy


async def status(chat: RunningReplica) -> tuple[str, dict[str, str]]:
    readiness = await chat.app[application.HEALTH].readiness()
    return readiness.status, dict(readiness.dependencies)


async def _readiness_once(ops_port: int, holds: Callable[[Any], bool]) -> Any:
    """What /health/ready answers, as soon as it is so."""
    async with asyncio.timeout(PATIENCE_SECONDS), aiohttp.ClientSession() as http:
        while True:
            with contextlib.suppress(aiohttp.ClientConnectionError):  # it does not listen yet
                async with http.get(f"http://127.0.0.1:{ops_port}/health/ready") as answer:
                    told = await answer.json()
                    if holds(told):
                        return told
            await asyncio.sleep(0.01)


# Two replicas


async def test_people_at_two_replicas_talk_live(chat: RunningReplica, other: RunningReplica) -> None:
    ada, bob = await chat.welcome(ADA), await other.welcome(BOB)
    answer = await ada.send("Hello from one")
    await bob.hear_until(answer["seq"])
    answer = await bob.send("Hello from two")
    await ada.hear_until(answer["seq"])
    assert ada.texts == bob.texts == ["Hello from one", "Hello from two"]


async def test_all_read_one_order_whoever_writes_where(chat: RunningReplica, other: RunningReplica) -> None:
    ada, bob = await chat.welcome(ADA), await other.welcome(BOB)
    for number in range(50):
        await ada.say("send", id=f"a-{number}", room="lobby", text=f"a{number}")
        await bob.say("send", id=f"b-{number}", room="lobby", text=f"b{number}")
    await asyncio.gather(ada.hear_until(102), bob.hear_until(102))
    assert ada.seqs[-100:] == bob.seqs[-100:] == list(range(3, 103))
    assert ada.texts[-100:] == bob.texts[-100:]
    assert [text for text in bob.texts if text[0] == "a"] == [f"a{number}" for number in range(50)]


async def test_a_message_sent_again_at_the_other_replica_is_said_once(
    chat: RunningReplica, other: RunningReplica
) -> None:
    first = await (await chat.welcome(ADA)).send("Hi", id="m-1")
    again = await (await other.welcome(ADA)).send("Hi", id="m-1")
    assert again == first


async def test_whoever_moves_to_the_other_replica_resumes_there(chat: RunningReplica, other: RunningReplica) -> None:
    ada, bob = await chat.welcome(ADA), await chat.welcome(BOB)
    await ada.socket.close()
    await bob.send("Missed")
    back = await other.connect(ADA)
    await back.resume(1, ada.welcome["epoch"])
    await bob.send("New")
    await back.hear_until(4)
    assert back.seqs == [2, 3, 4]


# What a replica depends on


async def test_a_replica_that_has_everything_is_ready(chat: RunningReplica) -> None:
    assert await status(chat) == (
        "ready",
        {"mongodb": "ok", "auth keys": "ok", "account changes": "ok", "relay": "ok"},
    )


async def test_a_replica_is_starting_as_long_as_it_could_recognise_nobody(
    replicas: Replicas, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_changes, "RETRY_SECONDS", 0.05)
    issuer.away = True
    (port,) = free_ports(1)
    starting = asyncio.create_task(replicas.start(ops_port=port))
    try:
        answer = await _readiness_once(port, lambda told: told["dependencies"].get("auth keys") == "ok")
        assert (answer["status"], answer["dependencies"]["account changes"]) == ("starting", "degraded")
    finally:
        issuer.away = False
        chat = await starting
    await chat.welcome(ADA)


async def test_a_replica_without_a_broker_address_serves_alone(replicas: Replicas) -> None:
    chat = await replicas.start(amqp_url=None)
    ada, bob = await chat.welcome(ADA), await chat.welcome(BOB)
    await ada.send("Hi")
    await bob.hear_until(3)
    assert bob.texts == ["Hi"]


async def test_without_the_broker_messages_are_stored_and_others_see_them_by_comparing_heads(
    broker: TcpProxy, replicas: Replicas, other: RunningReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "HEAD_CHECK_SECONDS", 0.2)
    cut_off = await replicas.start("cut off", amqp_url=broker.url)
    ada, bob = await cut_off.welcome(ADA), await other.welcome(BOB)
    other.replica.hub.compare_heads_now()  # ends the long pause that has begun
    broker.shut()
    await eventually(lambda: broker.connections == 0)
    assert (await ada.send("Into the silence"))["op"] == "ok"
    await bob.hear_until(3)
    assert (await bob.send("And back"))["op"] == "ok"
    await ada.hear_until(4)
    assert ada.texts == bob.texts == ["Into the silence", "And back"]
    assert await status(cut_off) == (
        "degraded",
        {"mongodb": "ok", "auth keys": "ok", "account changes": "ok", "relay": "degraded"},
    )


async def test_once_the_broker_is_back_messages_are_live_again(
    broker: TcpProxy, replicas: Replicas, other: RunningReplica
) -> None:
    cut_off = await replicas.start("cut off", amqp_url=broker.url)
    ada, bob = await cut_off.welcome(ADA), await other.welcome(BOB)
    broker.shut()
    await ada.send("One")
    await bob.send("Two")
    broker.open()
    await cut_off.ready()
    await ada.send("Three")
    await asyncio.gather(ada.hear_until(5), bob.hear_until(5))
    assert ada.texts == bob.texts == ["One", "Two", "Three"]


async def test_without_the_database_nothing_is_acknowledged_and_the_same_id_is_stored_once_it_is_back(
    database: TcpProxy, replicas: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongo, "SERVER_SELECTION_TIMEOUT_MS", 300)
    chat = await replicas.start(mongo_url=database.url)
    ada = await chat.welcome(ADA)
    monkeypatch.setattr(writer, "DEADLINE_SECONDS", 0.5)  # now: what goes before is written however long it takes
    database.shut()
    answer = await ada.send("Hi", id="m-1")
    assert (answer["op"], answer["code"], answer["retry_after"]) == ("error", "unavailable", 1.0)
    database.open()
    while (answer := await ada.send("Hi", id="m-1"))["op"] == "error":
        assert answer["code"] == "unavailable"
    await ada.hear_until(answer["seq"])
    assert ada.texts == ["Hi"]


async def test_without_the_database_nobody_is_greeted_and_everybody_told_to_come_back(
    database: TcpProxy, replicas: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongo, "SERVER_SELECTION_TIMEOUT_MS", 300)
    chat = await replicas.start(mongo_url=database.url)
    monkeypatch.setattr(writer, "DEADLINE_SECONDS", 0.5)
    database.shut()
    talker = await chat.connect(ADA)
    await talker.say("hello")
    assert await talker.close_code() == Close.UNAVAILABLE


async def test_a_replica_started_anew_still_has_what_was_said(replicas: Replicas) -> None:
    first = await replicas.start()
    ada = await first.welcome(ADA)
    await ada.send("Still there")
    await first.client.close()
    again = await (await replicas.start()).welcome(ADA)
    assert again.welcome["epoch"] == ada.welcome["epoch"]
    assert (await again.page())["events"][-1]["text"] == "Still there"


async def test_a_stopping_replica_says_that_it_is_draining(replicas: Replicas) -> None:
    chat = await replicas.start()
    health = chat.app[application.HEALTH]
    await chat.client.server.close()
    assert (await health.readiness()).status == "draining"


# What is logged


@pytest.fixture
def tracebacks_as_in_production() -> Iterator[None]:
    """Without the variables of each frame: chassis/logs.py."""
    structlog.configure(processors=[structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)])
    yield
    structlog.reset_defaults()


@pytest.mark.usefixtures("tracebacks_as_in_production")
async def test_neither_texts_nor_tokens_are_logged(
    chat: RunningReplica, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_args: object) -> None:
        raise ZeroDivisionError

    secret = "unspeakable"
    token = chat.issuer.token(ADA)
    talker = await chat.connect_with({"Authorization": f"Bearer {token}"})
    await talker.hello()
    await talker.send(secret)
    await talker.send(secret + "\0")
    await talker.send(secret, room="nowhere")
    await talker.socket.send_str(f"{secret} is no JSON")
    await talker.say("renew", id="r-1", token=token + secret)
    await talker.answer("r-1")
    monkeypatch.setattr(chat.replica.requests, "answer", broken)
    await talker.send(secret)
    await (await chat.connect_with({"Authorization": f"Bearer {token}{secret}"})).close_code()
    await chat.client.get("/", headers={"Authorization": f"Bearer {token}{secret}"})
    logged = "".join(capfd.readouterr())
    assert "request failed" in logged
    assert secret not in logged
    assert not re.search(r"eyJ[\w-]+\.", logged)
