"""JSON for programs under `/api/`."""

import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse

from chassis import mongo
from chassis.access_tokens import ACCESS_COOKIE
from chat_service import errors, rest, writer
from chat_service.errors import ChatError
from chat_service.events import Person
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.issuer import Issuer
from tests.chat_service.replicas import Replicas, RunningReplica
from tests.chat_service.tcp_proxy import proxy_to

LOBBY = {"id": "lobby", "name": "lobby", "kind": "public"}
EVENTS = "/api/rooms/lobby/events"


class Program:
    """A program with a person's token."""

    def __init__(self, chat: RunningReplica, person: Person = ADA) -> None:
        self._chat = chat
        self._person = person

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> ClientResponse:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers.setdefault("Authorization", f"Bearer {self._chat.issuer.token(self._person)}")
        return await self._chat.client.request(method, path, json=body, headers=headers)

    async def get(self, path: str, **headers: str) -> ClientResponse:
        return await self.ask("GET", path, **headers)

    async def send(self, text: str, key: str) -> ClientResponse:
        return await self.ask("POST", EVENTS, {"text": text}, Idempotency_Key=key)


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


async def test_a_program_gets_the_rooms_it_is_in(chat: RunningReplica, issuer: Issuer) -> None:
    answer = await chat.client.get("/api/rooms", headers={"Authorization": f"Bearer {issuer.token(ADA)}"})
    assert answer.status == 200
    assert await answer.json() == {"rooms": [LOBBY]}
    assert answer.headers["Cache-Control"] == "private, no-cache"


async def test_a_program_that_never_had_a_socket_reads_and_writes_in_the_lobby(chat: RunningReplica) -> None:
    ada = Program(chat)
    assert [event["type"] for event in (await (await ada.get(EVENTS)).json())["events"]] == ["join"]
    bob = Program(chat, BOB)
    assert (await bob.send("Hi", "k-1")).status == 201


async def test_a_program_with_an_invitation_in_its_token_is_in_its_room(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    room = (await ada.do("create", name="cellar", kind="private"))["room"]
    token = chat.issuer.token(BOB, invitations=[{"id": "i-1", "room": room, "by": ADA.id}])
    answer = await Program(chat).get(f"/api/rooms/{room}/events", Authorization=f"Bearer {token}")
    assert [event["type"] for event in (await answer.json())["events"]] == ["create", "join"]


async def test_a_browser_gets_them_with_its_cookie(chat: RunningReplica, issuer: Issuer) -> None:
    answer = await chat.client.get("/api/rooms", headers={"Cookie": f"{ACCESS_COOKIE}={issuer.token(ADA)}"})
    assert await answer.json() == {"rooms": [LOBBY]}


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer nonsense", "Basic YTpi"])
async def test_anybody_else_is_told_to_sign_in(chat: RunningReplica, header: str | None) -> None:
    answer = await chat.client.get("/api/rooms", headers={"Authorization": header} if header else {})
    assert (answer.status, answer.content_type) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert (await answer.json())["code"] == "unauthenticated"


async def test_an_expired_token_is_no_token(chat: RunningReplica, issuer: Issuer) -> None:
    headers = {"Authorization": f"Bearer {issuer.token(ADA, seconds=-60)}"}
    assert (await chat.client.get("/api/rooms", headers=headers)).status == 401


@pytest.mark.parametrize(("scope", "status"), [("read", 200), ("read write", 200), ("write", 403), ("", 403)])
async def test_a_token_for_programs_needs_the_scope_to_read(
    chat: RunningReplica, issuer: Issuer, scope: str, status: int
) -> None:
    headers = {"Authorization": f"Bearer {issuer.token(ADA, scope=scope)}"}
    answer = await chat.client.get("/api/rooms", headers=headers)
    assert answer.status == status
    assert status == 200 or (await answer.json())["code"] == "insufficient_scope"


async def test_another_method_is_refused_as_a_problem(chat: RunningReplica, issuer: Issuer) -> None:
    answer = await chat.client.delete("/api/rooms", headers={"Authorization": f"Bearer {issuer.token(ADA)}"})
    assert (answer.status, answer.content_type) == (405, "application/problem+json")


async def test_without_the_database_a_program_is_told_when_to_come_back(
    replicas: Replicas, issuer: Issuer, mongo_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "DEADLINE_SECONDS", 0.5)
    monkeypatch.setattr(mongo, "SERVER_SELECTION_TIMEOUT_MS", 300)
    with proxy_to(mongo_url) as database:
        chat = await replicas.start(mongo_url=database.url)
        database.shut()
        answer = await chat.client.get("/api/rooms", headers={"Authorization": f"Bearer {issuer.token(ADA)}"})
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert (await answer.json())["code"] == "unavailable"
        await chat.client.close()


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
    answer = await chat.client.post(EVENTS, data="text=Hi", headers=headers)
    assert answer.status == 415
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


async def test_who_has_never_been_here_is_in_the_lobby_from_their_first_request_on(chat: RunningReplica) -> None:
    eve = Program(chat, Person("p-eve", "Eve"))
    assert (await eve.send("Hi", "k-1")).status == 201
    bob = await chat.welcome(BOB)
    page = await bob.page()
    assert [event["type"] for event in page["events"]] == ["join", "message", "join"]
    assert (await (await Program(chat, BOB).get("/api/people?query=ev")).json())["people"] == [
        {"id": "p-eve", "name": "Eve"}
    ]


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


def codes(kind: type[ChatError] = ChatError) -> set[str]:
    return {kind.code}.union(*(codes(one) for one in kind.__subclasses__()))


def test_every_error_has_a_status() -> None:
    assert rest.STATUSES.keys() == codes()


def test_when_to_come_back_is_told_in_whole_seconds() -> None:
    told = rest.as_problem(errors.SlowMode(2.1))
    assert (told.status, told.headers) == (429, {"Retry-After": "3"})


def test_the_protocols_page_tells_the_status_of_every_code() -> None:
    page = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8").split("## By HTTP")[1]
    told = {
        code: int(status)
        for status, codes in re.findall(r"^\| (\d{3}) \| (`.*`) \|$", page, re.MULTILINE)
        for code in re.findall(r"`(\w+)`", codes)
    }
    assert told == rest.STATUSES
