"""What other services may ask, and nobody from outside."""

from typing import Any

import pytest

from auth_service.services import Services
from tests.auth_service.conftest import Client

FEED = "/internal/account-changes"


async def feed(program: Client, **asked: Any) -> dict[str, Any]:
    answer = await program.get(FEED, params=asked)
    assert answer.status == 200
    told: dict[str, Any] = await answer.json()
    return told


async def test_the_feed_tells_what_changed_and_its_head(program: Client, services: Services) -> None:
    await services.changes.record("session_ended", "ada", session="s-1")
    await services.changes.record("person_deleted", "bob", erase=True)
    told = await feed(program, after=0)
    assert told["head"] == 2
    assert [(change["seq"], change["kind"], change["person"]) for change in told["changes"]] == [
        (1, "session_ended", "ada"),
        (2, "person_deleted", "bob"),
    ]
    assert set(told["changes"][0]) == {"seq", "at", "kind", "person", "session"}
    assert told["changes"][1]["erase"] is True


async def test_a_reader_goes_on_or_begins_with_the_last_minutes(program: Client, services: Services) -> None:
    await services.changes.record("session_ended", "ada", session="s-1")
    await services.changes.record("person_deleted", "bob")
    assert [change["seq"] for change in (await feed(program, after=1))["changes"]] == [2]
    assert [change["seq"] for change in (await feed(program, within=60))["changes"]] == [1, 2]
    assert [change["seq"] for change in (await feed(program, kind="person_deleted"))["changes"]] == [2]
    assert await feed(program, after=2) == {"changes": [], "head": 2}


@pytest.mark.parametrize(
    "asked",
    [{"after": "x"}, {"after": -1}, {"after": 2**60}, {"kind": "x"}, {"within": 0}, {"$gt": 1}, {"after[$gt]": 1}],
)
async def test_another_question_is_refused_by_name(program: Client, asked: dict[str, Any]) -> None:
    answer = await program.get(FEED, params=asked)
    assert (answer.status, answer.content_type) == (422, "application/problem+json")


async def test_whoever_comes_through_a_proxy_finds_nothing(program: Client) -> None:
    answer = await program.get(FEED, headers={"X-Forwarded-For": "192.0.2.7"})
    assert answer.status == 404


async def test_signing_out_is_in_the_feed(program: Client) -> None:
    ada = {"name": "Ada", "password": "seven teal otters waltz"}
    granted = await (await program.post("/api/auth/register", json=ada)).json()
    bearer = {"Authorization": f"Bearer {granted['access_token']}"}
    assert (await program.post("/api/auth/logout", headers=bearer)).status == 204
    (change,) = (await feed(program))["changes"]
    assert (change["kind"], change["person"]) == ("session_ended", granted["person"]["id"])
