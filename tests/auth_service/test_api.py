import asyncio
import itertools
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auth_service.services import Services
from tests.auth_service.asking import ADA, bearer, me, post, problem, registered
from tests.auth_service.conftest import PASSWORD, PUBLIC_URL, Client, forged
from tests.chassis.signing import Signer


async def test_registering_gives_a_grant(program: Client) -> None:
    granted = await registered(program)
    assert set(granted) == {"access_token", "refresh_token", "token_type", "expires_in", "person"}
    assert (granted["token_type"], granted["expires_in"]) == ("Bearer", 600)
    assert granted["person"] == {"id": granted["person"]["id"], "name": "Ada"}


async def test_signing_in_gives_a_grant_for_the_same_person(program: Client) -> None:
    granted = await registered(program)
    answer = await post(program, "login", ADA)
    assert answer.status == 200
    assert (await answer.json())["person"] == granted["person"]


@pytest.mark.parametrize(("path", "status"), [("register", 201), ("login", 200), ("refresh", 200)])
async def test_a_grant_comes_as_cookies_too_and_is_never_cached(program: Client, path: str, status: int) -> None:
    granted = {} if path == "register" else await registered(program)
    answer = await post(program, path, granted if path == "refresh" else ADA)
    body = await answer.json()
    assert answer.status == status
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.cookies["__Host-access"].value == body["access_token"]
    assert answer.cookies["__Host-refresh"].value == body["refresh_token"]


async def test_the_cookies_have_exactly_these_attributes(program: Client) -> None:
    answer = await post(program, "register", ADA)
    lines = {line.split("=")[0]: set(line.split("; ")[1:]) for line in answer.headers.getall("Set-Cookie")}
    kept = {"HttpOnly", "Secure", "SameSite=Lax", "Path=/"}
    assert lines == {
        "__Host-access": {*kept, "Max-Age=600"},
        "__Host-refresh": {*kept, "Max-Age=2592000"},
        "__Host-device": {*kept, "Max-Age=31536000"},
    }


async def test_a_taken_name_is_refused_at_the_field(program: Client) -> None:
    await registered(program)
    answer = await post(program, "register", {**ADA, "name": "aDA"})
    body = await answer.json(content_type="application/problem+json")
    assert (answer.status, body["code"], set(body["errors"])) == (409, "name_taken", {"name"})
    assert "Set-Cookie" not in answer.headers


async def test_of_two_who_register_a_name_at_once_one_gets_it(program: Client) -> None:
    answers = await asyncio.gather(*(post(program, "register", {**ADA, "name": name}) for name in ("Ada", "ADA")))
    assert sorted(answer.status for answer in answers) == [201, 409]


async def test_what_is_wrong_with_name_and_password_is_told_by_field(program: Client) -> None:
    answer = await post(program, "register", {"name": "<b>", "password": "short"})
    body = await answer.json(content_type="application/problem+json")
    assert (answer.status, body["code"], set(body["errors"])) == (422, "invalid", {"name", "password"})


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(program: Client) -> None:
    await registered(program)
    wrong = await post(program, "login", {**ADA, "password": "seven teal otters walk"})
    unknown = await post(program, "login", {**ADA, "name": "nobody"})
    assert wrong.status == unknown.status == 401
    assert await wrong.read() == await unknown.read()
    assert list(wrong.headers) == list(unknown.headers)


@pytest.mark.parametrize("value", [None, 7, True, ["Ada"], {"$gt": ""}, {"$ne": None}, {"$regex": ".*"}])
async def test_a_field_of_another_type_is_named_and_refused(program: Client, value: Any) -> None:
    for path, field in itertools.product(["register", "login"], ["name", "password"]):
        answer = await post(program, path, {**ADA, field: value})
        body = await answer.json(content_type="application/problem+json")
        assert (answer.status, body["code"]) == (422, "invalid")
        assert field in body["detail"]


async def test_a_missing_field_is_named(program: Client) -> None:
    for path, field in itertools.product(["register", "login"], ["name", "password"]):
        answer = await post(program, path, {name: value for name, value in ADA.items() if name != field})
        body = await answer.json(content_type="application/problem+json")
        assert answer.status == 422
        assert field in body["detail"]


async def test_a_refresh_token_of_another_type_is_refused(program: Client) -> None:
    for token in (7, ["x"], {"$gt": ""}):
        assert await problem(await post(program, "refresh", {"refresh_token": token})) == (422, "invalid")


async def test_fields_of_nobody_s_business_are_ignored(program: Client, services: Services) -> None:
    answer = await post(program, "register", {**ADA, "_id": "chosen", "id": "chosen", "admin": True, "$set": {}})
    person = (await answer.json())["person"]
    assert person["id"] != "chosen"
    assert await services.accounts.find("chosen") is None


@pytest.mark.parametrize("path", ["register", "login", "refresh"])
async def test_what_is_no_json_is_malformed(program: Client, path: str) -> None:
    for body in (b"", b"{", b'{"name": "\\ud800"}', b"\xff", b'{"x":' + b"[" * 9000):
        answer = await program.post(f"/api/auth/{path}", data=body, headers={"Content-Type": "application/json"})
        assert await problem(answer) == (400, "malformed")


async def test_a_huge_body_is_refused(program: Client) -> None:
    for path in ("register", "login", "refresh"):
        answer = await post(program, path, {**ADA, "password": "x" * 17_000, "refresh_token": "x" * 17_000})
        assert await problem(answer) == (413, "request_entity_too_large")


async def test_a_password_of_a_kibibyte_is_accepted_and_one_byte_more_is_not(program: Client) -> None:
    long = (PASSWORD + " ") * 50
    assert (await post(program, "register", {**ADA, "password": long[:1024]})).status == 201
    assert (await post(program, "login", {**ADA, "password": long[:1024]})).status == 200
    answer = await post(program, "register", {"name": "Bob", "password": long[:1025]})
    assert set((await answer.json(content_type=None))["errors"]) == {"password"}


async def test_me_is_who_the_access_token_says(program: Client) -> None:
    granted = await registered(program)
    answer = await me(program, granted["access_token"])
    assert (answer.status, await answer.json()) == (200, granted["person"])


async def test_me_by_cookie_is_the_same(program: Client) -> None:
    granted = await registered(program)
    answer = await program.get("/api/auth/me", headers={"Cookie": f"__Host-access={granted['access_token']}"})
    assert await answer.json() == granted["person"]


async def refused(program: Client, token: str) -> bool:
    answer = await me(program, token)
    assert answer.headers.get("WWW-Authenticate") == "Bearer"
    return await problem(answer) == (401, "unauthenticated")


async def test_a_refresh_token_is_no_access_token(program: Client) -> None:
    assert await refused(program, (await registered(program))["refresh_token"])


async def test_an_expired_token_is_refused(program: Client, services: Services) -> None:
    granted = jwt.decode((await registered(program))["access_token"], options={"verify_signature": False})
    assert (await me(program, forged(services, **granted))).status == 200
    assert await refused(program, forged(services, **granted | {"exp": int(time.time()) - 60}))


async def test_a_foreign_token_is_refused(program: Client, services: Services) -> None:
    assert await refused(program, Signer(services.keys.signing.kid).token())
    assert await refused(program, forged(services, iss="https://evil.test"))


async def test_an_unsigned_token_is_refused(program: Client, services: Services) -> None:
    claims = jwt.decode(forged(services), options={"verify_signature": False})
    headers = {"kid": services.keys.signing.kid, "typ": "at+jwt"}
    assert await refused(program, jwt.encode(claims, "", "none", headers))


async def test_the_token_of_an_ended_session_is_nobody(program: Client) -> None:
    granted = await registered(program)
    assert (await me(program, granted["access_token"])).status == 200
    await post(program, "logout", **bearer(granted))
    assert await refused(program, granted["access_token"])


async def test_without_a_token_nobody_is_me(program: Client) -> None:
    answer = await program.get("/api/auth/me")
    assert await problem(answer) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_the_keys_are_public_halves_that_verify_our_tokens(program: Client) -> None:
    granted = await registered(program)
    answer = await program.get("/.well-known/jwks.json")
    published = await answer.json()
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert [set(key) for key in published["keys"]] == [{"kty", "crv", "x", "kid", "alg", "use"}]
    keys = jwt.PyJWKSet.from_dict(published)
    kid = jwt.get_unverified_header(granted["access_token"])["kid"]
    claims = jwt.decode(granted["access_token"], keys[kid], algorithms=["EdDSA"], audience="parley", issuer=PUBLIC_URL)
    assert claims["name"] == "Ada"


async def test_nobody_finds_a_private_key_among_them(program: Client, services: Services) -> None:
    body = await (await program.get("/.well-known/jwks.json")).text()
    private = services.keys.signing.private
    assert isinstance(private, Ed25519PrivateKey)
    assert '"d"' not in body
    assert "PRIVATE" not in body
