"""One socket's life, as a client meets it: hello, requests, events, and every way to end."""

import asyncio
import json
import socket as sockets
from typing import Any

import aiohttp
import pytest
from aiohttp import WSCloseCode

from chat_service import connection, limits, notices
from chat_service.errors import Close, Unavailable
from chat_service.events import Person
from chat_service.store import StoreUnavailable
from tests.chat_service.eventually import eventually
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.issuer import Issuer
from tests.chat_service.replicas import RunningReplica
from tests.chat_service.talker import Frame, Talker

VERBATIM = {
    "markup": "<img src=x onerror=alert(1)> <script>alert('x')</script> &lt; **bold** [a](javascript:x)",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽",
    "right to left": "שלום \u202eabc\u202c مرحبا \u200f!",
    "lines and tabs": "one\n\ttwo\n\n three ",
    "operators": '{"$ne": null} $where',
    "the most characters": "x" * 4000,
    "the most astral characters": "😀" * 4000,
}
EMPTY = {
    "nothing": "",
    "spaces": "   ",
    "line breaks": "\n\t\n",
    "marks of direction": "\u200f\u200e\u202e\u2066",
    "joiners": "\u200b\u200d\ufeff",
    "wide spaces": "\u3000\u00a0\u2003",
}
CONTROL = {"NUL": "a\0b", "bell": "a\x07", "carriage return": "a\rb", "delete": "\x7f", "C1": "a\x85b"}


async def fill(talker: Talker, count: int, text: str = "Hi") -> None:
    """Say so many things at once."""
    for start in range(0, count, 50):
        ids = [talker.next_id() for _ in range(min(50, count - start))]
        for request_id in ids:
            await talker.say("send", id=request_id, room="lobby", text=text)
        for request_id in ids:
            assert (await talker.answer(request_id))["op"] == "ok"


def refused(answer: Frame, code: str, field: str | None = None) -> bool:
    return (answer["op"], answer["code"], answer.get("field")) == ("error", code, field)


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


# Requests


async def test_a_message_is_acknowledged_and_reaches_everybody_in_the_room(chat: RunningReplica) -> None:
    ada, bob = await chat.welcome(ADA), await chat.welcome(BOB)
    answer = await ada.send("Hello, Bob")
    assert answer["seq"] == 3
    assert answer["at"] > 1_700_000_000_000
    for talker in (ada, bob):
        await talker.hear_until(3)
        assert talker.texts == ["Hello, Bob"]


async def test_an_event_says_who_when_and_under_which_id(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    answer = await ada.send("Hi", id="my-own-id")
    await ada.hear_until(answer["seq"])
    (event,) = (await ada.page(limit=1))["events"]
    assert event == {
        "type": "message",
        "id": "my-own-id",
        "author": {"id": "p-ada", "name": "Ada"},
        "seq": answer["seq"],
        "at": answer["at"],
        "text": "Hi",
    }


@pytest.mark.parametrize("text", VERBATIM.values(), ids=VERBATIM)
async def test_text_is_carried_verbatim(chat: RunningReplica, text: str) -> None:
    ada, bob = await chat.welcome(ADA), await chat.welcome(BOB)
    answer = await ada.send(text)
    await bob.hear_until(answer["seq"])
    assert bob.texts == [text]
    assert (await bob.page(limit=1))["events"][0]["text"] == text


@pytest.mark.parametrize("text", EMPTY.values(), ids=EMPTY)
async def test_a_text_that_shows_nothing_is_refused(chat: RunningReplica, text: str) -> None:
    talker = await chat.welcome()
    assert refused(await talker.send(text), "invalid", "text")


@pytest.mark.parametrize("text", CONTROL.values(), ids=CONTROL)
async def test_a_text_with_control_characters_is_refused(chat: RunningReplica, text: str) -> None:
    talker = await chat.welcome()
    assert refused(await talker.send(text), "invalid", "text")


@pytest.mark.parametrize("text", ["x" * 4001, "😀" * 4001])
async def test_a_text_that_is_too_long_is_refused_with_its_limit(chat: RunningReplica, text: str) -> None:
    answer = await (await chat.welcome()).send(text)
    assert refused(answer, "invalid", "text")
    assert "4000" in answer["message"]
    assert "4001" in answer["message"]


@pytest.mark.parametrize("room", ["nowhere", "Lobby", "lobby ", "$where"])
async def test_a_room_that_is_none_of_mine_is_unknown(chat: RunningReplica, room: str) -> None:
    talker = await chat.welcome()
    assert refused(await talker.send("Hi", room=room), "unknown_room", "room")
    assert refused(await talker.page(room=room), "unknown_room", "room")


async def test_the_same_message_again_gets_the_first_answer_and_is_said_once(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    first = await ada.send("Hi", id="m-1")
    again = await ada.send("Hi", id="m-1")
    assert again == first
    assert (await ada.send("The next", id="m-2"))["seq"] == first["seq"] + 1


async def test_the_same_message_again_after_a_reconnect_gets_the_first_answer(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    first = await ada.send("Hi", id="m-1")
    await ada.socket.close()
    assert await (await chat.welcome(ADA)).send("Hi", id="m-1") == first


async def test_what_is_sent_without_waiting_keeps_its_order(chat: RunningReplica) -> None:
    ada, bob = await chat.welcome(ADA), await chat.welcome(BOB)
    words = [f"word {number}" for number in range(200)]
    for word in words:
        await ada.say("send", id=word.replace(" ", "-"), room="lobby", text=word)
    await bob.hear_until(202)
    assert bob.texts == words


async def test_history_comes_in_pages_back_to_the_beginning(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    await fill(ada, 24)
    pages = [await ada.page(limit=10)]
    while pages[-1].get("more"):
        pages.append(await ada.page(limit=10, before=pages[-1]["events"][0]["seq"]))
    seqs = [[event["seq"] for event in page["events"]] for page in pages]
    assert seqs == [list(range(16, 26)), list(range(6, 16)), list(range(1, 6))]


async def test_nothing_is_before_the_beginning(chat: RunningReplica) -> None:
    page = await (await chat.welcome()).page(before=1)
    assert page["events"] == []
    assert "more" not in page


async def test_the_largest_page_there_can_be_arrives(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    await fill(ada, 100, "😀" * 4000)
    page = await ada.page(limit=100)
    assert len(page["events"]) == 100
    assert (await ada.send("Still here"))["op"] == "ok"


async def test_many_long_messages_at_once_cut_nobody_off(chat: RunningReplica) -> None:
    ada, bob = await chat.welcome(ADA), await chat.welcome(BOB)
    ids = [ada.next_id() for _ in range(60)]
    for request_id in ids:
        await ada.say("send", id=request_id, room="lobby", text="😀" * 4000)
    await asyncio.gather(ada.hear_until(62), bob.hear_until(62))
    assert ada.seqs[-60:] == bob.seqs[-60:] == list(range(3, 63))


async def test_a_ping_is_answered(chat: RunningReplica) -> None:
    talker = await chat.welcome()
    await talker.say("ping", id="p-1")
    assert await talker.answer("p-1") == {"op": "ok", "id": "p-1"}


async def test_more_requests_than_may_be_under_way_are_all_answered(chat: RunningReplica) -> None:
    talker = await chat.welcome()
    ids = [f"p-{number}" for number in range(connection.MAX_REQUESTS_UNDER_WAY * 3)]
    for request_id in ids:
        await talker.say("history", id=request_id, room="lobby", limit=1)
    for request_id in ids:
        assert (await talker.answer(request_id))["op"] == "page"


async def test_a_mistake_of_ours_ends_one_request_only(chat: RunningReplica, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_args: object) -> None:
        raise ZeroDivisionError

    ada, bob = await chat.welcome(ADA), await chat.welcome(BOB)
    with monkeypatch.context() as patch:
        patch.setattr(chat.replica.requests, "answer", broken)
        answer = await ada.page()
    assert refused(answer, "internal")
    assert "Zero" not in answer["message"]
    assert (await ada.send("Hi"))["op"] == (await bob.send("Hi"))["op"] == "ok"


# Frames that are none

BAD_FRAMES = {
    "no JSON": ("nonsense", "malformed", None),
    "an array": ("[]", "malformed", None),
    "a number": ("5", "malformed", None),
    "no op": ("{}", "malformed", None),
    "an unknown op": ('{"op": "dance"}', "unknown_op", None),
    "a wrong type": ('{"op": "send", "id": "m", "room": "lobby", "text": 5}', "invalid", "text"),
    "a missing field": ('{"op": "send", "id": "m", "room": "lobby"}', "invalid", "text"),
    "an operator for a room": ('{"op": "send", "id": "m", "room": {"$ne": 1}, "text": "x"}', "invalid", "room"),
    "a lone surrogate": ('{"op": "send", "id": "m", "room": "lobby", "text": "\\ud800"}', "malformed", None),
    "deep nesting": ('{"op": "ping", "id": "p", "x": ' + "[" * 30_000 + "]" * 30_000 + "}", "malformed", None),
    "a truncated frame": ('{"op": "send", "id": 5', "malformed", None),
}


@pytest.mark.parametrize(("frame", "code", "field"), BAD_FRAMES.values(), ids=BAD_FRAMES)
async def test_a_frame_that_is_no_request_is_answered_and_the_connection_goes_on(
    chat: RunningReplica, frame: str, code: str, field: str | None
) -> None:
    talker = await chat.welcome()
    await talker.socket.send_str(frame)
    assert refused(await talker.hear("error"), code, field)
    assert (await talker.send("Hi"))["op"] == "ok"


async def test_a_binary_frame_is_answered_and_the_connection_goes_on(chat: RunningReplica) -> None:
    talker = await chat.welcome()
    await talker.socket.send_bytes(b'{"op": "ping", "id": "p"}')
    assert refused(await talker.hear("error"), "malformed")
    assert (await talker.send("Hi"))["op"] == "ok"


async def test_the_largest_frame_is_read(chat: RunningReplica) -> None:
    talker = await chat.welcome()
    frame = json.dumps({"op": "ping", "id": "p", "filler": ""})
    await talker.socket.send_str(frame[:-2] + "x" * (limits.MAX_FRAME_BYTES - len(frame)) + frame[-2:])
    assert (await talker.answer("p"))["op"] == "ok"


@pytest.mark.parametrize("greeted", [True, False])
async def test_a_larger_frame_ends_its_connection_and_no_other(chat: RunningReplica, greeted: bool) -> None:
    bob = await chat.welcome(BOB)
    ada = await chat.connect(ADA)
    if greeted:
        await ada.hello()
    await ada.socket.send_str("x" * (limits.MAX_FRAME_BYTES + 1))
    assert await ada.close_code() == WSCloseCode.MESSAGE_TOO_BIG
    assert (await bob.send("Still here"))["op"] == "ok"


async def test_a_frame_of_broken_utf_8_ends_its_connection(chat: RunningReplica) -> None:
    talker = await chat.welcome()
    await talker.socket.send_frame(b'"\xff"', aiohttp.WSMsgType.TEXT)
    assert await talker.close_code() == WSCloseCode.INVALID_TEXT


# Resuming


async def test_whoever_comes_back_gets_what_was_missed_and_then_what_is_new(chat: RunningReplica) -> None:
    ada, bob = await chat.welcome(ADA), await chat.welcome(BOB)
    await bob.socket.close()
    await fill(ada, 5)
    back = await chat.connect(BOB)
    await back.resume(2, bob.welcome["epoch"])
    await ada.send("New")
    await back.hear_until(8)
    assert back.seqs == [3, 4, 5, 6, 7, 8]


async def test_whoever_missed_nothing_gets_nothing_again(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    await ada.send("Hi")
    back = await chat.connect(BOB)
    await back.resume(3, ada.welcome["epoch"])  # 3 is Bob's own joining
    await ada.send("New")
    await back.hear_until(4)
    assert back.seqs == [4]


async def test_nothing_is_missed_or_repeated_while_the_room_goes_on(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    await fill(ada, 300)
    talking = asyncio.create_task(fill(ada, 200))
    backs = []
    for _ in range(5):
        back = await chat.connect(ADA)
        await back.resume(1, ada.welcome["epoch"])
        backs.append(back)
    await talking
    for back in backs:
        await back.hear_until(501)
        assert back.seqs == list(range(2, 502))


async def test_a_first_visit_replays_nothing(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    await fill(ada, 3)
    bob = await chat.welcome(BOB)
    await bob.ping()
    assert bob.seqs == []


async def test_another_epoch_replays_nothing(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    await fill(ada, 3)
    back = await chat.connect(ADA)
    assert (await back.resume(1, "another"))["epoch"] == ada.welcome["epoch"]
    await back.ping()
    assert back.seqs == []
    assert "limited" not in back.ops


async def test_whoever_is_too_far_behind_is_told_to_load_a_page(
    chat: RunningReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MAX_REPLAY_EVENTS", 10)
    ada = await chat.welcome(ADA)
    await fill(ada, 11)
    back = await chat.connect(ADA)
    await back.resume(1, ada.welcome["epoch"])
    assert await back.hear("limited") == {"op": "limited", "room": "lobby", "head": 12}
    await ada.send("New")
    await back.hear_until(13)
    assert back.seqs == [13]


async def test_whoever_is_just_not_too_far_behind_gets_all_of_it(
    chat: RunningReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MAX_REPLAY_EVENTS", 10)
    monkeypatch.setattr(connection, "REPLAY_FRAME_EVENTS", 3)
    ada = await chat.welcome(ADA)
    await fill(ada, 10)
    back = await chat.connect(ADA)
    await back.resume(1, ada.welcome["epoch"])
    await back.hear_until(11)
    assert back.seqs == list(range(2, 12))
    assert back.ops.count("events") == 4


async def test_whoever_comes_from_the_future_is_told_to_load_a_page(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    back = await chat.connect(ADA)
    await back.resume(99, ada.welcome["epoch"])
    assert (await back.hear("limited"))["head"] == 1


async def test_a_room_that_is_none_of_mine_resumes_nothing(chat: RunningReplica) -> None:
    ada = await chat.connect(ADA)
    await ada.hello(resume={"epoch": chat.replica.epoch, "rooms": {"nowhere": 5}})
    await ada.ping()
    assert "limited" not in ada.ops


async def test_a_replay_of_the_longest_messages_arrives(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    await fill(ada, 400, "😀" * 4000)
    back = await chat.connect(ADA)
    await back.resume(1, ada.welcome["epoch"])
    await back.hear_until(401)
    assert back.seqs == list(range(2, 402))


# Endings


async def test_a_token_that_ends_closes_the_connection(chat: RunningReplica) -> None:
    talker = await chat.welcome(ADA, seconds=2)
    assert await talker.close_code() == Close.TOKEN_EXPIRED


async def test_a_renewed_token_keeps_the_connection_also_where_the_store_is_away_meanwhile(
    chat: RunningReplica, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_args: object) -> None:
        raise Unavailable

    ada, bob = await chat.welcome(ADA, seconds=2), await chat.welcome(BOB, seconds=2)
    await ada.say("renew", id="r-1", token=issuer.token(ADA))
    assert await ada.answer("r-1") == {"op": "ok", "id": "r-1"}
    with monkeypatch.context() as patch:
        patch.setattr(chat.replica.lobby, "visit", away)
        await bob.say("renew", id="r-1", token=issuer.token(BOB))
        assert refused(await bob.answer("r-1"), "unavailable")
    await asyncio.sleep(2.1)  # past the first tokens' end
    assert [(await talker.send("Still here"))["op"] for talker in (ada, bob)] == ["ok", "ok"]


@pytest.mark.parametrize("person", [ADA, BOB], ids=["another session", "another person"])
async def test_a_token_of_another_session_renews_nothing(chat: RunningReplica, issuer: Issuer, person: Person) -> None:
    talker = await chat.welcome(ADA, seconds=2)
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
            await fill(ada, 50, "😀" * 4000)
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
    await fill(ada, 600, "😀" * 4000)
    hello = {"op": "hello", "resume": {"epoch": ada.welcome["epoch"], "rooms": {"lobby": 1}}}
    with await stuck(chat, ADA, hello):
        await eventually(lambda: len(chat.replica.connections._open) == 2)
        await eventually(lambda: len(chat.replica.connections._open) == 1)
    assert (await ada.send("Still here"))["op"] == "ok"
