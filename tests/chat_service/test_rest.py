"""JSON for programs under `/api/`: who may ask for it, and what they are told when they may not."""

import re
from pathlib import Path

import pytest

from chassis import mongo
from chassis.access_tokens import ACCESS_COOKIE
from chat_service import errors, rest, writer
from chat_service.errors import ChatError
from chat_service.events import Person
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.issuer import Issuer
from tests.chat_service.program import EVENTS, Program
from tests.chat_service.replicas import Replicas, RunningReplica
from tests.chat_service.tcp_proxy import proxy_to

LOBBY = {"id": "lobby", "name": "lobby", "kind": "public"}


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
    monkeypatch.setattr(mongo, "SERVER_SELECTION_TIMEOUT_MS", 300)
    with proxy_to(mongo_url) as database:
        chat = await replicas.start(mongo_url=database.url)
        monkeypatch.setattr(writer, "DEADLINE_SECONDS", 0.5)
        database.shut()
        answer = await chat.client.get("/api/rooms", headers={"Authorization": f"Bearer {issuer.token(ADA)}"})
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert (await answer.json())["code"] == "unavailable"
        await chat.client.close()


async def test_who_has_never_been_here_is_in_the_lobby_from_their_first_request_on(chat: RunningReplica) -> None:
    eve = Program(chat, Person("p-eve", "Eve"))
    assert (await eve.send("Hi", "k-1")).status == 201
    bob = await chat.welcome(BOB)
    page = await bob.page()
    assert [event["type"] for event in page["events"]] == ["join", "message", "join"]
    assert (await (await Program(chat, BOB).get("/api/people?query=ev")).json())["people"] == [
        {"id": "p-eve", "name": "Eve"}
    ]


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
