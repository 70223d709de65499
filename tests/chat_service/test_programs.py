"""What programs do by HTTP: send and read messages, and look after rooms and the people in them."""

from collections import defaultdict
from typing import Any

import pytest
from aiohttp import ClientResponse

from chassis.access_tokens import ACCESS_COOKIE
from chat_service.operations import OPERATIONS, ROOM
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.program import EVENTS, Program
from tests.chat_service.replicas import RunningReplica


@pytest.fixture
async def ada(chat: RunningReplica) -> Program:
    """A program of somebody who has been in the lobby."""
    await (await chat.welcome(ADA)).socket.close()
    return Program(chat)


async def problem(answer: ClientResponse) -> tuple[int, str, list[str]]:
    """The status, the code, and the fields that something is wrong with."""
    assert answer.content_type == "application/problem+json"
    told = await answer.json()
    assert told["status"] == answer.status
    return answer.status, told["code"], list(told.get("errors", {}))


# Events


async def test_a_message_sent_by_http_reaches_who_is_connected(chat: RunningReplica, ada: Program) -> None:
    bob = await chat.welcome(BOB)
    answer = await ada.send("Hi", "k-1")
    sent = await answer.json()
    assert answer.status == 201
    await bob.hear_until(sent["seq"])
    assert bob.texts == ["Hi"]
    assert sent.keys() == {"seq", "at"}


async def test_the_same_key_again_is_the_same_message(chat: RunningReplica, ada: Program) -> None:
    first, again, other = await ada.send("Hi", "k-1"), await ada.send("Hi", "k-1"), await ada.send("Hi", "k-2")
    assert await first.json() == await again.json()
    assert (await other.json())["seq"] == (await first.json())["seq"] + 1
    told = await (await chat.welcome(BOB)).page()
    assert [event.get("text") for event in told["events"]] == [None, "Hi", "Hi", None]


async def test_a_key_is_that_of_the_socket_too(chat: RunningReplica, ada: Program) -> None:
    answer = await (await chat.welcome(ADA)).send("Hi", id="k-1")
    assert (await (await ada.send("Hi", "k-1")).json())["seq"] == answer["seq"]


async def test_without_a_key_nothing_is_sent(ada: Program) -> None:
    assert await problem(await ada.ask("POST", EVENTS, {"text": "Hi"})) == (400, "idempotency_key_required", [])


@pytest.mark.parametrize("key", ["", "with space", "x" * 65, "ü"])
async def test_a_key_has_to_be_one(ada: Program, key: str) -> None:
    assert await problem(await ada.send("Hi", key)) == (422, "invalid", ["Idempotency-Key"])


async def test_what_was_said_is_read_in_pages(ada: Program) -> None:
    for number in range(5):
        await ada.send(f"Message {number}", f"k-{number}")
    page = await (await ada.get(EVENTS + "?limit=2")).json()
    assert [event["text"] for event in page["events"]] == ["Message 3", "Message 4"]
    assert page["more"] is True
    page = await (await ada.get(f"{EVENTS}?limit=2&before={page['events'][0]['seq']}")).json()
    assert [event["text"] for event in page["events"]] == ["Message 1", "Message 2"]


async def test_a_page_that_is_known_is_not_sent_again(ada: Program) -> None:
    first = await ada.get(EVENTS)
    known = await ada.get(EVENTS, If_None_Match=first.headers["ETag"])
    assert (known.status, await known.read(), known.headers["ETag"]) == (304, b"", first.headers["ETag"])
    await ada.send("Hi", "k-1")
    changed = await ada.get(EVENTS, If_None_Match=first.headers["ETag"])
    assert changed.status == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


@pytest.mark.parametrize(
    ("query", "field"),
    [("limit=0", "limit"), ("limit=101", "limit"), ("limit=many", "limit"), ("before=-1", "before"), ("raw=x", "raw")],
)
async def test_a_query_out_of_its_limits_is_told_by_its_field(ada: Program, query: str, field: str) -> None:
    assert await problem(await ada.get(f"{EVENTS}?{query}")) == (422, "invalid", [field])


@pytest.mark.parametrize(
    ("body", "field"), [({}, "text"), ({"text": 5}, "text"), ({"text": ""}, "text"), ({"text": "x" * 4001}, "text")]
)
async def test_a_body_that_will_not_do_is_told_by_its_field(ada: Program, body: Any, field: str) -> None:
    assert await problem(await ada.ask("POST", EVENTS, body, Idempotency_Key="k")) == (422, "invalid", [field])


async def test_a_body_is_json(chat: RunningReplica, ada: Program) -> None:
    headers = {"Authorization": f"Bearer {chat.issuer.token(ADA)}", "Idempotency-Key": "k"}
    asked = {(one.method, one.path) for one in OPERATIONS if one.method not in {"GET", "DELETE"}} | {("PATCH", ROOM)}
    for method, path in asked:
        where = path.format_map(defaultdict(lambda: "1", room="lobby"))
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
            form = headers | {"Content-Type": kind}
            assert (await chat.client.request(method, where, data=b"{}", headers=form)).status == 415, (method, path)
    answer = await chat.client.post(EVENTS, data="{", headers=headers | {"Content-Type": "application/json"})
    assert answer.status == 400
    assert await problem(await ada.ask("POST", EVENTS, ["Hi"], Idempotency_Key="k")) == (422, "invalid", [])


async def test_a_room_one_may_not_see_does_not_exist(ada: Program) -> None:
    assert await problem(await ada.get("/api/rooms/nowhere/events")) == (404, "unknown_room", ["room"])


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_without_a_token_nothing_is_answered(ada: Program, method: str) -> None:
    answer = await ada.ask(method, EVENTS, {"text": "Hi"}, Idempotency_Key="k", Authorization="Bearer nonsense")
    assert await problem(answer) == (401, "unauthenticated", [])
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_another_site_can_not_write_with_somebodys_cookie(chat: RunningReplica, ada: Program) -> None:
    headers = {"Cookie": f"{ACCESS_COOKIE}={chat.issuer.token(ADA)}", "Idempotency-Key": "k"}
    for origin in ({}, {"Origin": "https://elsewhere.example"}):
        answer = await chat.client.post(EVENTS, json={"text": "Hi"}, headers=headers | origin)
        assert await problem(answer) == (403, "cross_site", [])


# Rooms and people


async def test_who_left_the_lobby_is_not_brought_back_by_asking(chat: RunningReplica, ada: Program) -> None:
    assert (await ada.ask("POST", "/api/rooms/lobby/leave")).status == 200
    assert await (await ada.get("/api/rooms")).json() == {"rooms": []}
    assert await problem(await ada.send("Hi", "k-1")) == (404, "unknown_room", ["room"])


async def test_a_room_is_made_found_changed_and_archived(chat: RunningReplica, ada: Program) -> None:
    made = await ada.ask("POST", "/api/rooms", {"name": "attic", "kind": "public"}, Idempotency_Key="k-1")
    again = await ada.ask("POST", "/api/rooms", {"name": "attic", "kind": "public"}, Idempotency_Key="k-1")
    assert made.status == 201
    room = (await made.json())["room"]
    assert (await again.json())["room"] == room
    bob = Program(chat, BOB)
    found = await (await bob.get("/api/public-rooms?query=att")).json()
    assert [(one["id"], one["members"], one.get("joined", False)) for one in found["rooms"]] == [(room, 1, False)]
    path = f"/api/rooms/{room}"
    changed = await ada.ask("PATCH", path, {"name": "cellar", "topic": "Old things", "slow_mode": 5})
    told = {"id": room, "name": "cellar", "kind": "public", "topic": "Old things", "slow_mode": 5}
    for answer in (changed, await bob.get(path)):
        assert told.items() <= (await answer.json()).items()
    assert await problem(await bob.ask("PATCH", path, {"name": "mine"})) == (403, "not_allowed", [])
    assert (await (await ada.ask("PATCH", path, {"archived": True})).json())["archived"] is True
    sent = await ada.ask("POST", f"{path}/events", {"text": "Hi"}, Idempotency_Key="k-2")
    assert await problem(sent) == (409, "archived", ["room"])


async def test_people_are_invited_given_roles_muted_banned_and_removed(chat: RunningReplica, ada: Program) -> None:
    bob = Program(chat, BOB)
    assert (await bob.get("/api/rooms")).status == 200
    made = await ada.ask("POST", "/api/rooms", {"name": "attic", "kind": "private"}, Idempotency_Key="k-1")
    path = f"/api/rooms/{(await made.json())['room']}"
    assert await problem(await bob.get(path)) == (404, "unknown_room", ["room"])
    assert (await ada.ask("PUT", f"{path}/members/{BOB.id}")).status == 200
    assert (await ada.ask("PATCH", f"{path}/members/{BOB.id}", {"role": "moderator"})).status == 200
    members = await (await bob.get(f"{path}/members")).json()
    assert [(one["person"]["name"], one["role"]) for one in members["members"]] == [
        ("Ada", "owner"),
        ("Bob", "moderator"),
    ]
    assert (await ada.ask("PUT", f"{path}/mutes/{BOB.id}", {"seconds": 60})).status == 200
    said = await bob.ask("POST", f"{path}/events", {"text": "Hi"}, Idempotency_Key="k-2")
    assert await problem(said) == (403, "muted", [])
    assert 0 < int(said.headers["Retry-After"]) <= 60
    assert (await ada.ask("DELETE", f"{path}/mutes/{BOB.id}")).status == 200
    assert (await ada.ask("PUT", f"{path}/bans/{BOB.id}")).status == 200
    assert await problem(await bob.get(f"{path}/events")) == (404, "unknown_room", ["room"])
    assert (await ada.ask("DELETE", f"{path}/bans/{BOB.id}")).status == 200


async def test_a_conversation_opened_twice_is_one(chat: RunningReplica, ada: Program) -> None:
    await Program(chat, BOB).get("/api/rooms")
    first = await ada.ask("POST", "/api/conversations", {"people": [BOB.id]})
    again = await Program(chat, BOB).ask("POST", "/api/conversations", {"people": [ADA.id]})
    assert await first.json() == await again.json()


async def test_messages_are_edited_reacted_to_pinned_and_deleted(chat: RunningReplica, ada: Program) -> None:
    seq = (await (await ada.send("Helo", "k-1")).json())["seq"]
    path = f"{EVENTS}/{seq}"
    assert (await ada.ask("PATCH", path, {"text": "Hello"})).status == 200
    assert (await ada.ask("PUT", f"{path}/reactions/👍")).status == 200
    [message] = (await (await ada.get(f"{EVENTS}?around={seq}&limit=1")).json())["events"]
    assert (message["text"], message["reactions"]) == ("Hello", [{"emoji": "👍", "people": [ADA.id]}])
    assert (await ada.ask("DELETE", f"{path}/reactions/👍")).status == 200
    assert (await ada.ask("DELETE", path)).status == 200
    [message] = (await (await ada.get(f"{EVENTS}?around={seq}&limit=1")).json())["events"]
    assert (message["text"], message["erased"]) == ("", True)
    assert await problem(await ada.ask("PATCH", path, {"text": "Again"})) == (404, "unknown_message", ["target"])


async def test_what_was_said_is_read_from_where_it_is_asked(chat: RunningReplica, ada: Program) -> None:
    seqs = [(await (await ada.send(f"Message {number}", f"k-{number}")).json())["seq"] for number in range(9)]
    around = await (await ada.get(f"{EVENTS}?around={seqs[4]}&limit=3")).json()
    assert [event["seq"] for event in around["events"]] == seqs[3:6]
    assert (around["more"], around["more_after"]) == (True, True)
    after = await (await ada.get(f"{EVENTS}?after={seqs[6]}&raw=true")).json()
    assert [event["seq"] for event in after["events"]] == seqs[7:]
