"""What a client says on its socket, and how it is answered; also what is no request at all."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from aiohttp import WSCloseCode

from chat_service import connection, limits
from chat_service.visitor import Visitor
from tests.chat_service.eventually import eventually
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.replicas import RunningReplica
from tests.chat_service.talker import refused

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
    await ada.fill(24)
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
    await ada.fill(100, "😀" * 4000)
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


async def test_no_more_is_read_than_may_be_under_way_until_something_is_answered(
    chat: RunningReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, begun, gate = chat.replica.requests.answer, [], asyncio.Event()

    async def held(visitor: Visitor, command: Any) -> Any:
        begun.append(command.id)
        await gate.wait()
        return await answer(visitor, command)

    ada = await chat.welcome(ADA)
    monkeypatch.setattr(chat.replica.requests, "answer", held)
    ids = [f"h-{number}" for number in range(connection.MAX_REQUESTS_UNDER_WAY + 5)]
    for request_id in ids:
        await ada.say("history", id=request_id, room="lobby")
    await eventually(lambda: len(begun) == connection.MAX_REQUESTS_UNDER_WAY)
    await (await chat.welcome(BOB)).ping()  # others are read meanwhile
    assert len(begun) == connection.MAX_REQUESTS_UNDER_WAY
    gate.set()
    for request_id in ids:
        assert (await ada.answer(request_id))["op"] == "page"


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
