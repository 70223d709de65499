"""Clients that do not read what they are told: they are cut off, and nobody else waits for them."""

import asyncio
import json
import socket as sockets
from typing import Any

import pytest

from chat_service import connection
from chat_service.events import Person
from tests.chat_service.eventually import eventually
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.replicas import RunningReplica


async def stuck(chat: RunningReplica, person: Person, hello: dict[str, Any]) -> sockets.socket:
    """A client that says hello and then never reads; its own buffer is small."""
    raw = sockets.socket()
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, (chat.client.host, chat.client.port))
    request = (
        "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nAuthorization: Bearer {chat.issuer.token(person)}\r\n\r\n"
    )
    payload = json.dumps(hello).encode()
    assert len(payload) < 126
    await loop.sock_sendall(raw, request.encode() + bytes([0x81, 0x80 | len(payload), 0, 0, 0, 0]) + payload)
    return raw


async def test_a_reader_that_does_not_read_is_cut_off_the_others_notice_nothing_and_resuming_completes(
    chat: RunningReplica,
) -> None:
    ada = await chat.welcome(ADA)
    with await stuck(chat, BOB, {"op": "hello"}):
        await eventually(lambda: len(chat.replica.connections._greeted) == 2)
        said = 0
        while len(chat.replica.connections._open) == 2:
            await ada.fill(50, "😀" * 4000)
            said += 50
            assert said < 2000
        await ada.ping()
        await ada.hear_until(said + 2)
        assert ada.seqs[-said:] == list(range(3, said + 3))
    back = await chat.connect(BOB)
    await back.resume(2, ada.welcome["epoch"])
    await back.hear_until(said + 2)
    assert back.seqs == list(range(3, said + 3))


async def test_a_client_that_does_not_read_its_replay_is_cut_off(
    chat: RunningReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "REPLAY_PATIENCE_SECONDS", 0.2)
    ada = await chat.welcome(ADA)
    await ada.fill(600, "😀" * 4000)
    hello = {"op": "hello", "resume": {"epoch": ada.welcome["epoch"], "rooms": {"lobby": 1}}}
    with await stuck(chat, ADA, hello):
        await eventually(lambda: len(chat.replica.connections._open) == 2)
        await eventually(lambda: len(chat.replica.connections._open) == 1)
    assert (await ada.send("Still here"))["op"] == "ok"
