from typing import Any

import pytest

from tests.auth_service.conftest import PASSWORD, PUBLIC_URL, Client
from tests.auth_service.test_token_api import bob, call, exchanged, made, registered, root

__all__ = ["bob", "root"]


async def invited(program: Client, token: str, **asked: Any) -> dict[str, Any]:
    status, answer = await call(program, "POST", "invitations", asked, token)
    assert status == 201, answer
    return dict(answer)


async def ids(program: Client, token: str) -> set[str]:
    status, answer = await call(program, "GET", "invitations", token=token)
    assert status == 200
    assert "code" not in repr(answer)
    return {one["id"] for one in answer["invitations"]}


async def test_an_invitation_is_made_with_a_link_and_lets_its_uses_in(program: Client, bob: str) -> None:
    answer = await invited(program, bob, uses=1, expires_in=3600, room="r1")
    assert set(answer) == {"id", "by", "room", "uses", "uses_left", "created_at", "ends_at", "url", "code"}
    assert answer["url"] == f"{PUBLIC_URL}/invite/{answer['code']}"
    credentials = {"password": PASSWORD, "invitation": answer["code"]}
    assert (await call(program, "POST", "register", {"name": "Eve", **credentials}))[0] == 201
    status, problem = await call(program, "POST", "register", {"name": "Mallory", **credentials})
    assert (status, problem["code"]) == (404, "invitation_over")


async def test_one_lists_and_revokes_one_s_own_and_an_administrator_all(program: Client, root: str, bob: str) -> None:
    eve = await registered(program, "Eve")
    bobs, eves = (await invited(program, bob))["id"], (await invited(program, eve))["id"]
    assert await ids(program, bob) == {bobs}
    assert await ids(program, root) == {bobs, eves}
    foreign = await call(program, "DELETE", f"invitations/{eves}", token=bob)
    unknown = await call(program, "DELETE", "invitations/nothing", token=bob)
    assert foreign == unknown
    assert (foreign[0], foreign[1]["code"]) == (404, "unknown_invitation")
    assert (await call(program, "DELETE", f"invitations/{bobs}", token=bob))[0] == 204
    assert (await call(program, "DELETE", f"invitations/{eves}", token=root))[0] == 204
    assert await ids(program, root) == set()


async def test_a_stranger_is_told_to_sign_in(program: Client) -> None:
    for method, path in (("GET", "invitations"), ("POST", "invitations"), ("DELETE", "invitations/x")):
        status, problem = await call(program, method, path, {} if method == "POST" else None)
        assert (status, problem["code"]) == (401, "unauthenticated")


async def test_a_program_needs_the_scope(program: Client, root: str, bob: str) -> None:
    theirs = (await invited(program, bob))["id"]
    reading, writing, administering = [
        (await exchanged(program, (await made(program, root, scopes=scopes))["token"]))["access_token"]
        for scopes in (["read"], ["write"], ["read", "write", "admin"])
    ]
    assert await ids(program, reading) == set()  # without the scope admin an administrator's program is anybody's
    assert (await call(program, "POST", "invitations", {}, reading))[1]["code"] == "insufficient_scope"
    assert (await call(program, "GET", "invitations", token=writing))[1]["code"] == "insufficient_scope"
    assert (await call(program, "DELETE", f"invitations/{theirs}", token=writing))[0] == 404
    own = (await invited(program, writing))["id"]
    assert await ids(program, administering) == {own, theirs}
    assert (await call(program, "DELETE", f"invitations/{theirs}", token=administering))[0] == 204


async def test_what_is_not_asked_for_cannot_be_set(program: Client, root: str, bob: str) -> None:
    answer = await invited(program, bob, by="root", uses_left=1000, id="chosen", code="chosen", accepted_by=["x"])
    assert answer["by"] != "root"
    assert (answer["uses"], answer["uses_left"]) == (1, 1)
    assert "chosen" not in {answer["id"], answer["code"]}


@pytest.mark.parametrize("value", [{"$gt": ""}, {"$ne": None}, ["x"], "1", 0, -1, 10**30, True])
@pytest.mark.parametrize("field", ["uses", "expires_in"])
async def test_no_operator_gets_into_a_number(program: Client, bob: str, field: str, value: Any) -> None:
    status, problem = await call(program, "POST", "invitations", {field: value}, bob)
    assert (status, problem["code"]) == (422, "invalid")
    assert field in problem["detail"]


@pytest.mark.parametrize("value", [{"$gt": ""}, {"$ne": None}, ["x"], 7, True, "", "a b", "$where", "x" * 65])
async def test_no_operator_is_a_room(program: Client, bob: str, value: Any) -> None:
    status, problem = await call(program, "POST", "invitations", {"room": value}, bob)
    assert (status, problem["code"]) == (422, "invalid")
    assert "room" in problem["detail"]


@pytest.mark.parametrize("value", [{"$gt": ""}, {"$ne": None}, ["x"], 7, True])
async def test_no_operator_is_an_invitation(program: Client, bob: str, value: Any) -> None:
    await invited(program, bob)
    asked = {"name": "Eve", "password": PASSWORD, "invitation": value}
    status, problem = await call(program, "POST", "register", asked)
    assert (status, problem["code"]) == (422, "invalid")


async def test_nobody_becomes_more_than_they_are_by_saying_so(program: Client, root: str) -> None:
    more = {"admin": True, "administrator": True, "first": True, "scopes": ["admin"], "disabled_at": None}
    asked = {
        "name": "Eve",
        "password": PASSWORD,
        "_id": "chosen",
        "id": "chosen",
        "invitations": [{"room": "r"}],
        **more,
    }
    status, grant = await call(program, "POST", "register", asked)
    assert status == 201
    assert grant["person"]["id"] != "chosen"
    eve = grant["access_token"]
    assert (await call(program, "POST", "tokens", {"name": "bot", "scopes": ["admin"]}, eve))[0] == 403
    page = await program.get("/admin", headers={"Authorization": f"Bearer {eve}"})
    assert page.status == 404
