"""One socket's life, as a client meets it: how it begins, and every way to end."""

import asyncio
import time
from typing import Any

import pytest

from chat_service import connection, limits, notices
from chat_service.errors import Close, Unavailable
from chat_service.events import Person
from chat_service.store import StoreUnavailable
from tests.chat_service.eventually import eventually
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.issuer import Issuer
from tests.chat_service.replicas import RunningReplica
from tests.chat_service.talker import refused

BRIEF_SECONDS = 4  # a token's life: connecting and what comes next fit into it on a busy machine

# Hello


async def test_hello_is_answered_by_all_that_a_client_needs_to_begin(chat: RunningReplica) -> None:
    talker = await chat.connect(ADA)
    welcome = await talker.hello()
    assert welcome.pop("expires_in") in range(590, 601)
    assert welcome.pop("epoch") == chat.replica.epoch
    assert welcome == {
        "op": "welcome",
        "you": {"id": "p-ada", "name": "Ada"},
        "replica": "chat1",
        "rooms": [{"id": "lobby", "name": "lobby", "kind": "public", "head": 1}],
        "heartbeat": 25.0,
        "limits": {
            "text_chars": 4000,
            "name_chars": 64,
            "topic_chars": 250,
            "frame_bytes": 65536,
            "page_events": 100,
            "conversation_people": 8,
            "watched_rooms": 100,
        },
    }


async def test_welcome_is_the_first_frame_and_nothing_is_told_of_what_nobody_looks_at(chat: RunningReplica) -> None:
    talker = await chat.connect(ADA)
    await talker.hello()
    await chat.welcome(BOB)
    await talker.hear_until(2)
    await talker.ping()
    assert talker.ops == ["welcome", "events", "ok"]


async def test_nothing_is_told_before_welcome_however_long_it_takes(
    chat: RunningReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening, opened = asyncio.Event(), asyncio.Event()
    join = chat.replica.hub.join

    async def slow_join(*args: Any) -> int:
        opening.set()
        await opened.wait()
        return await join(*args)

    monkeypatch.setattr(chat.replica.hub, "join", slow_join)
    talker = await chat.connect(ADA)
    await talker.say("hello")
    await opening.wait()
    chat.replica.connections.broadcast(notices.PresenceChange(room="lobby", online=[BOB.id], offline=[]))
    opened.set()
    await talker.hear("welcome")
    assert talker.ops == ["welcome"]


async def test_the_first_arrival_is_an_event_and_a_second_is_not(chat: RunningReplica) -> None:
    await chat.welcome(ADA)
    talker = await chat.welcome(ADA)
    events = (await talker.page())["events"]
    assert [(event["type"], event["author"]["name"]) for event in events] == [("join", "Ada")]


async def test_another_request_before_hello_is_answered_and_hello_still_possible(chat: RunningReplica) -> None:
    talker = await chat.connect(ADA)
    await talker.say("ping", id="p-1")
    assert refused(await talker.answer("p-1"), "hello_required")
    assert (await talker.hello())["you"]["name"] == "Ada"


async def test_nonsense_before_hello_is_answered_and_hello_still_possible(chat: RunningReplica) -> None:
    talker = await chat.connect(ADA)
    await talker.socket.send_str("nonsense")
    assert refused(await talker.hear("error"), "malformed")
    assert (await talker.hello())["you"]["name"] == "Ada"


async def test_a_second_hello_is_refused_and_the_connection_goes_on(chat: RunningReplica) -> None:
    talker = await chat.welcome()
    await talker.say("hello")
    assert refused(await talker.hear("error"), "hello_required")
    assert (await talker.send("Hi"))["op"] == "ok"


async def test_whoever_says_no_hello_is_closed(chat: RunningReplica, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "HELLO_TIMEOUT_SECONDS", 0.05)
    talker = await chat.connect()
    assert await talker.close_code() == Close.HELLO_TIMEOUT


async def test_whoever_says_only_nonsense_is_closed_as_well(
    chat: RunningReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "HELLO_TIMEOUT_SECONDS", 0.2)
    talker = await chat.connect()

    async def chatter() -> None:
        while not talker.socket.closed:
            await talker.socket.send_str("nonsense")
            await asyncio.sleep(0.01)

    chattering = asyncio.create_task(chatter())
    assert await talker.close_code() == Close.HELLO_TIMEOUT
    await asyncio.gather(chattering, return_exceptions=True)


async def test_whoever_cannot_be_greeted_for_want_of_the_store_is_told_to_come_back(
    chat: RunningReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_args: object) -> int:
        raise StoreUnavailable("away")

    monkeypatch.setattr(chat.replica.hub, "join", away)
    talker = await chat.connect()
    await talker.say("hello")
    assert await talker.close_code() == Close.UNAVAILABLE
    await eventually(lambda: not chat.replica.connections._open)


async def test_a_mistake_of_ours_while_greeting_ends_that_connection_only(
    chat: RunningReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_args: object) -> int:
        raise ZeroDivisionError

    bob = await chat.welcome(BOB)
    with monkeypatch.context() as patch:
        patch.setattr(chat.replica.hub, "join", broken)
        ada = await chat.connect(ADA)
        await ada.say("hello")
        assert await ada.close_code() == Close.INTERNAL
    assert (await bob.send("Still here"))["op"] == "ok"


async def test_one_person_has_so_many_connections_and_no_more(
    chat: RunningReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MAX_CONNECTIONS_A_PERSON", 2)
    first, _ = await chat.welcome(ADA), await chat.welcome(ADA)
    third = await chat.connect(ADA)
    await third.say("hello")
    assert await third.close_code() == Close.TOO_MANY_CONNECTIONS
    await chat.welcome(BOB)
    await first.socket.close()
    await eventually(lambda: chat.replica.attendance.connections(ADA.id) == 1)
    await chat.welcome(ADA)


# Endings


async def test_a_token_that_ends_closes_the_connection(chat: RunningReplica) -> None:
    talker = await chat.welcome(ADA, seconds=BRIEF_SECONDS)
    assert await talker.close_code() == Close.TOKEN_EXPIRED


async def test_a_renewed_token_keeps_the_connection_also_where_the_store_is_away_meanwhile(
    chat: RunningReplica, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_args: object) -> None:
        raise Unavailable

    ada, bob = await chat.welcome(ADA, seconds=BRIEF_SECONDS), await chat.welcome(BOB, seconds=BRIEF_SECONDS)
    end = max(one.identity.expires_at for one in chat.replica.connections._open)
    await ada.say("renew", id="r-1", token=issuer.token(ADA))
    assert await ada.answer("r-1") == {"op": "ok", "id": "r-1"}
    with monkeypatch.context() as patch:
        patch.setattr(chat.replica.lobby, "visit", away)
        await bob.say("renew", id="r-1", token=issuer.token(BOB))
        assert refused(await bob.answer("r-1"), "unavailable")
    await asyncio.sleep(end - time.time() + 0.1)  # past the first tokens' end
    assert [(await talker.send("Still here"))["op"] for talker in (ada, bob)] == ["ok", "ok"]


@pytest.mark.parametrize("person", [ADA, BOB], ids=["another session", "another person"])
async def test_a_token_of_another_session_renews_nothing(chat: RunningReplica, issuer: Issuer, person: Person) -> None:
    talker = await chat.welcome(ADA, seconds=BRIEF_SECONDS)
    await talker.say("renew", id="r-1", token=issuer.token(person, session="s-2"))
    assert refused(await talker.answer("r-1"), "invalid", "token")
    assert await talker.close_code() == Close.TOKEN_EXPIRED


@pytest.mark.parametrize("token", ["", "nonsense"])
async def test_a_token_that_is_none_renews_nothing_and_the_connection_goes_on(chat: RunningReplica, token: str) -> None:
    talker = await chat.welcome()
    await talker.say("renew", id="r-1", token=token)
    assert refused(await talker.answer("r-1"), "invalid", "token")
    assert (await talker.send("Hi"))["op"] == "ok"


async def test_an_expired_token_renews_nothing(chat: RunningReplica, issuer: Issuer) -> None:
    talker = await chat.welcome()
    await talker.say("renew", id="r-1", token=issuer.token(ADA, seconds=-60))
    assert refused(await talker.answer("r-1"), "invalid", "token")


async def test_whoever_left_leaves_nothing_behind(chat: RunningReplica) -> None:
    talker = await chat.welcome()
    await talker.socket.close()
    await eventually(lambda: not chat.replica.connections._open)
    assert not chat.replica.hub._rooms["lobby"].members


@pytest.mark.parametrize("greeted", [True, False])
async def test_whoever_vanishes_leaves_nothing_behind_and_no_alarm(
    chat: RunningReplica, greeted: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    talker = await chat.connect()
    if greeted:
        await talker.hello()
    await eventually(lambda: chat.replica.connections._open)
    assert talker.socket._conn is not None
    transport = talker.socket._conn.transport
    assert transport is not None
    transport.abort()
    await eventually(lambda: not chat.replica.connections._open)
    assert "connection failed" not in "".join(capfd.readouterr())


async def test_a_frame_too_large_is_no_alarm_even_before_hello(
    chat: RunningReplica, capfd: pytest.CaptureFixture[str]
) -> None:
    talker = await chat.connect()
    await talker.socket.send_str("x" * (limits.MAX_FRAME_BYTES + 1))
    await talker.close_code()
    await eventually(lambda: not chat.replica.connections._open)
    assert "connection failed" not in "".join(capfd.readouterr())


async def test_what_a_client_sent_before_it_left_is_stored(chat: RunningReplica) -> None:
    ada, bob = await chat.welcome(ADA), await chat.welcome(BOB)
    for number in range(20):
        await ada.say("send", id=f"m-{number}", room="lobby", text=f"{number}")
    await ada.socket.close()
    await bob.hear_until(22)
    assert bob.texts == [str(number) for number in range(20)]
