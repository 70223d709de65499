import asyncio
from typing import Any

import pytest

from auth_service.personal_tokens import MAX_TOKENS
from auth_service.services import Services
from tests.auth_service.conftest import PASSWORD, Client, person_id


async def call(program: Client, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = await program.request(method, f"/api/auth/{path}", json=body, headers=headers)
    return answer.status, await answer.json(content_type=None) if answer.status != 204 else None


async def registered(program: Client, name: str) -> str:
    status, grant = await call(program, "POST", "register", {"name": name, "password": PASSWORD})
    assert status == 201
    return str(grant["access_token"])


@pytest.fixture
async def root(program: Client) -> str:
    return await registered(program, "Root")


@pytest.fixture
async def bob(program: Client, root: str) -> str:
    return await registered(program, "Bob")


async def made(program: Client, access: str, /, **asked: Any) -> dict[str, Any]:
    status, answer = await call(program, "POST", "tokens", {"name": "bot", **asked}, access)
    assert status == 201, answer
    return dict(answer)


async def exchanged(program: Client, code: str) -> dict[str, Any]:
    status, answer = await call(program, "POST", "token", {"token": code})
    assert status == 200, answer
    return dict(answer)


async def test_a_token_is_made_shown_once_listed_and_exchanged(program: Client, bob: str) -> None:
    answer = await made(program, bob, name="my bot", scopes=["read"], expires_in=3600)
    assert set(answer) == {"id", "name", "scopes", "created_at", "last_used_at", "expires_at", "token"}
    status, listed = await call(program, "GET", "tokens", token=bob)
    assert (status, listed) == (200, {"tokens": [{k: v for k, v in answer.items() if k != "token"}]})
    grant = await exchanged(program, answer["token"])
    assert set(grant) == {"access_token", "person", "scope", "expires_in", "token_type"}
    assert (grant["person"]["name"], grant["scope"], grant["token_type"]) == ("Bob", "read", "Bearer")


async def test_an_exchange_gives_no_cookies_and_is_never_cached(program: Client, bob: str) -> None:
    code = (await made(program, bob))["token"]
    answer = await program.post("/api/auth/token", json={"token": code})
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_revoked_token_is_no_token(program: Client, bob: str) -> None:
    answer = await made(program, bob)
    access = (await exchanged(program, answer["token"]))["access_token"]
    assert (await call(program, "GET", "me", token=access))[0] == 200
    assert (await call(program, "DELETE", f"tokens/{answer['id']}", token=bob))[0] == 204
    status, problem = await call(program, "POST", "token", {"token": answer["token"]})
    assert (status, problem["code"]) == (401, "bad_token")
    assert (await call(program, "GET", "me", token=access))[0] == 401
    assert (await call(program, "DELETE", f"tokens/{answer['id']}", token=bob))[0] == 404


async def test_a_program_of_somebody_disabled_may_nothing_any_more(
    program: Client, bob: str, services: Services
) -> None:
    code = (await made(program, bob))["token"]
    access = (await exchanged(program, code))["access_token"]
    invitation: tuple[str, str, Any] = ("POST", "invitations", {})
    assert (await call(program, *invitation, token=access))[0] == 201
    await services.people.disable(await person_id(services, "Bob"))
    for method, path, body in (("GET", "me", None), ("GET", "invitations", None), invitation):
        status, problem = await call(program, method, path, body, access)
        assert (status, problem["code"]) == (401, "unauthenticated"), path
    assert (await call(program, "POST", "token", {"token": code}))[0] == 401


async def test_whatever_is_no_token_gets_one_answer(program: Client, bob: str) -> None:
    answers = [await call(program, "POST", "token", {"token": code}) for code in ("", "x", "parley_pat_x", bob)]
    assert {status for status, _ in answers} == {401}
    assert len({repr(body) for _, body in answers}) == 1


async def test_a_program_makes_itself_no_token_and_sees_and_ends_none(program: Client, root: str) -> None:
    answer = await made(program, root, scopes=["read", "write", "admin"])
    access = (await exchanged(program, answer["token"]))["access_token"]
    for method, path, body in (
        ("POST", "tokens", {"name": "another"}),
        ("GET", "tokens", None),
        ("DELETE", f"tokens/{answer['id']}", None),
        ("GET", "sessions", None),
        ("DELETE", "sessions", None),
    ):
        status, problem = await call(program, method, path, body, access)
        assert (status, problem["code"]) == (401, "unauthenticated"), path
    for path in ("/admin", "/account", "/account/delete"):
        page = await program.get(path, headers={"Authorization": f"Bearer {access}"}, allow_redirects=False)
        assert page.status in {303, 404}, path


async def test_who_is_signed_out_makes_no_token_though_the_access_token_is_good(program: Client, bob: str) -> None:
    assert (await call(program, "POST", "logout", token=bob))[0] == 204
    assert (await call(program, "POST", "tokens", {"name": "bot"}, bob))[0] == 401


async def test_nobody_reaches_another_s_token(program: Client, root: str, bob: str) -> None:
    roots = await made(program, root)
    status, problem = await call(program, "DELETE", f"tokens/{roots['id']}", token=bob)
    unknown = await call(program, "DELETE", "tokens/nothing", token=bob)
    assert (status, problem["code"]) == (404, "unknown_token")
    assert unknown == (status, problem)
    assert (await call(program, "GET", "tokens", token=bob))[1] == {"tokens": []}
    await exchanged(program, roots["token"])


async def test_only_an_administrator_makes_one_that_administers(program: Client, root: str, bob: str) -> None:
    status, problem = await call(program, "POST", "tokens", {"name": "bot", "scopes": ["admin"]}, bob)
    assert (status, problem["code"]) == (403, "not_administrator")
    await made(program, root, scopes=["admin"])


async def test_a_person_s_tokens_are_limited(program: Client, bob: str) -> None:
    await asyncio.gather(*(made(program, bob, name=f"bot {number}") for number in range(MAX_TOKENS)))
    status, problem = await call(program, "POST", "tokens", {"name": "one more"}, bob)
    assert (status, problem["code"]) == (409, "too_many_tokens")


async def test_what_is_not_asked_for_cannot_be_set(program: Client, root: str, bob: str) -> None:
    answer = await made(program, bob, id="chosen", person="root", token="chosen", last_used_at="2000-01-01T00:00:00Z")
    assert answer["id"] != "chosen"
    assert answer["token"] != "chosen"
    assert answer["last_used_at"] is None
    assert (await exchanged(program, answer["token"]))["person"]["name"] == "Bob"


@pytest.mark.parametrize("value", [7, True, ["x"], {"$gt": ""}, {"$ne": None}, {"$regex": ".*"}])
@pytest.mark.parametrize("field", ["name", "scopes", "expires_in"])
async def test_no_operator_gets_into_a_field_of_a_token(program: Client, bob: str, field: str, value: Any) -> None:
    if (field, value) == ("expires_in", 7):
        value = {"$gt": 0}
    status, problem = await call(program, "POST", "tokens", {"name": "bot", field: value}, bob)
    assert (status, problem["code"]) == (422, "invalid")
    assert field in problem["detail"]


@pytest.mark.parametrize("value", [None, 7, True, ["x"], {"$gt": ""}, {"$ne": None}, {"$regex": ".*"}])
async def test_no_operator_is_a_token(program: Client, bob: str, value: Any) -> None:
    await made(program, bob)
    status, problem = await call(program, "POST", "token", {"token": value})
    assert (status, problem["code"]) == (422, "invalid")
