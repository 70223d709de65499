"""JSON for programs under `/api/`."""

import pytest

from chassis import mongo
from chassis.access_tokens import ACCESS_COOKIE
from chat_service import writer
from tests.chat_service.examples import ADA
from tests.chat_service.issuer import Issuer
from tests.chat_service.replicas import Replicas, RunningReplica
from tests.chat_service.tcp_proxy import proxy_to

LOBBY = {"id": "lobby", "name": "lobby", "kind": "public"}


async def test_a_program_gets_the_rooms_it_is_in(chat: RunningReplica, issuer: Issuer) -> None:
    answer = await chat.client.get("/api/rooms", headers={"Authorization": f"Bearer {issuer.token(ADA)}"})
    assert answer.status == 200
    assert await answer.json() == {"rooms": [LOBBY]}
    assert answer.headers["Cache-Control"] == "no-store"


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
