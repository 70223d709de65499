import asyncio
import itertools
import time
from typing import Any

import aiohttp
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auth_service.services import Services
from tests.auth_service.conftest import PASSWORD, PUBLIC_URL, Client, forged
from tests.chassis.raw_http import exchange
from tests.chassis.signing import Signer

ADA = {"name": "Ada", "password": PASSWORD}


async def post(program: Client, path: str, body: Any = None, **headers: str) -> aiohttp.ClientResponse:
    return await program.post(f"/api/auth/{path}", json={} if body is None else body, headers=headers)


async def problem(answer: aiohttp.ClientResponse) -> tuple[int, str]:
    return answer.status, (await answer.json(content_type="application/problem+json"))["code"]


async def registered(program: Client) -> dict[str, Any]:
    answer = await post(program, "register", ADA)
    assert answer.status == 201
    granted: dict[str, Any] = await answer.json()
    return granted


async def me(program: Client, token: str) -> aiohttp.ClientResponse:
    return await program.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})


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
async def test_what_a_foreign_form_could_send_is_refused(program: Client, path: str) -> None:
    body = b'{"name": "Ada", "password": "seven teal otters waltz", "refresh_token": "x"}'
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = await program.post(f"/api/auth/{path}", data=body, headers={"Content-Type": content_type})
        assert await problem(answer) == (415, "unsupported_media_type")


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


async def test_a_refresh_token_is_exchanged_for_the_next_grant(program: Client) -> None:
    granted = await registered(program)
    answer = await post(program, "refresh", {"refresh_token": granted["refresh_token"]})
    refreshed = await answer.json()
    assert answer.status == 200
    assert refreshed["refresh_token"] != granted["refresh_token"]
    assert (await me(program, refreshed["access_token"])).status == 200


async def test_a_refresh_token_may_come_in_its_cookie(program: Client) -> None:
    granted = await registered(program)
    cookie = f"__Host-refresh={granted['refresh_token']}"
    answer = await post(program, "refresh", **{"Cookie": cookie, "Sec-Fetch-Site": "same-origin"})
    assert answer.status == 200
    assert "refresh_token" not in await answer.json()  # no script in a page gets what the cookie keeps from it
    assert answer.cookies["__Host-refresh"].value != granted["refresh_token"]


async def test_two_tabs_that_refresh_at_once_both_go_on(program: Client) -> None:
    granted = await registered(program)
    answers = await asyncio.gather(*(post(program, "refresh", granted) for _ in range(2)))
    first, second = [await answer.json() for answer in answers]
    assert first["refresh_token"] == second["refresh_token"]
    assert (await post(program, "refresh", first)).status == 200


async def test_reuse_of_an_older_token_signs_the_session_out(program: Client) -> None:
    first = await registered(program)
    second = await (await post(program, "refresh", first)).json()
    third = await (await post(program, "refresh", second)).json()
    assert await problem(await post(program, "refresh", first)) == (401, "signed_out")
    assert await problem(await post(program, "refresh", third)) == (401, "signed_out")


async def test_a_forged_refresh_token_is_refused_and_harms_nobody(program: Client) -> None:
    granted = await registered(program)
    session = granted["refresh_token"].split(".")[0]
    for forgery in ("", "x", "a.0.b", "\N{PILE OF POO}", "x" * 5000):
        for token in (forgery, f"{session}.0.{forgery}", f"{session}.7.{forgery}"):
            assert await problem(await post(program, "refresh", {"refresh_token": token})) == (401, "signed_out")
    assert (await post(program, "refresh", granted)).status == 200


@pytest.mark.parametrize("cookie", ["__Host-refresh", "__Host-access"])
async def test_a_broken_cookie_is_no_cookie(program: Client, cookie: str) -> None:
    for verb, path, status in (
        (b"GET", b"/api/auth/me", b"401"),
        (b"POST", b"/api/auth/refresh", b"401"),
        (b"POST", b"/api/auth/logout", b"401"),
        (b"GET", b"/login", b"200"),
        (b"GET", b"/signout", b"303"),
    ):
        request = (
            verb + b" " + path + b" HTTP/1.1\r\nHost: parley.test\r\nSec-Fetch-Site: same-origin\r\n"
            b"Content-Type: application/json\r\nContent-Length: 2\r\n"
            b"Cookie: " + cookie.encode() + b"=\xff.0.\xfe\r\n\r\n{}"
        )
        assert (await exchange(program, request)).split(b" ")[1] == status


async def test_without_any_token_there_is_nothing_to_refresh(program: Client) -> None:
    assert await problem(await post(program, "refresh")) == (401, "signed_out")


async def test_an_access_token_is_no_refresh_token(program: Client) -> None:
    granted = await registered(program)
    answer = await post(program, "refresh", {"refresh_token": granted["access_token"]})
    assert await problem(answer) == (401, "signed_out")


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


async def test_signing_out_ends_the_session_and_takes_the_cookies_back(program: Client) -> None:
    granted = await registered(program)
    answer = await post(program, "logout", Authorization=f"Bearer {granted['access_token']}")
    assert answer.status == 204
    assert {name: cookie["max-age"] for name, cookie in answer.cookies.items()} == {
        "__Host-access": "0",
        "__Host-refresh": "0",
    }
    assert await problem(await post(program, "refresh", granted)) == (401, "signed_out")


async def test_signing_out_ends_that_session_only(program: Client) -> None:
    here = await registered(program)
    elsewhere = await (await post(program, "login", ADA)).json()
    await post(program, "logout", Authorization=f"Bearer {here['access_token']}")
    assert (await post(program, "refresh", elsewhere)).status == 200


async def test_signing_out_twice_is_no_mistake(program: Client) -> None:
    granted = await registered(program)
    for _ in range(2):
        answer = await post(program, "logout", Authorization=f"Bearer {granted['access_token']}")
        assert answer.status == 204


async def test_signing_out_with_only_an_expired_access_token_says_that_nothing_ended(
    program: Client, services: Services
) -> None:
    granted = await registered(program)
    expired = forged(services, exp=int(time.time()) - 60)
    for headers in ({}, {"Authorization": f"Bearer {expired}"}, {"Authorization": "Bearer garbage"}):
        assert await problem(await post(program, "logout", **headers)) == (401, "unauthenticated")
    assert (await post(program, "refresh", granted)).status == 200


async def test_signing_out_by_the_refresh_token_ends_the_session(program: Client, services: Services) -> None:
    granted = await registered(program)
    expired = forged(services, exp=int(time.time()) - 60)
    answer = await post(
        program, "logout", {"refresh_token": granted["refresh_token"]}, Authorization=f"Bearer {expired}"
    )
    assert answer.status == 204
    assert await problem(await post(program, "refresh", granted)) == (401, "signed_out")


async def test_signing_out_needs_no_body(program: Client) -> None:
    granted = await registered(program)
    answer = await program.post("/api/auth/logout", headers={"Authorization": f"Bearer {granted['access_token']}"})
    assert answer.status == 204


# One's sessions


def bearer(granted: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {granted['access_token']}"}


async def signed_in(program: Client, **headers: str) -> dict[str, Any]:
    granted: dict[str, Any] = await (await post(program, "login", ADA, **headers)).json()
    return granted


async def test_one_sees_one_s_sessions_and_which_is_this_one(program: Client) -> None:
    here = await registered(program)
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    await signed_in(program, **{"User-Agent": firefox, "X-Forwarded-For": "6.6.6.6, 192.0.2.7"})
    await post(program, "register", {**ADA, "name": "Bob"})
    answer = await program.get("/api/auth/sessions", headers=bearer(here))
    there, this = (await answer.json())["sessions"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert set(this) == {"id", "device", "address", "created_at", "used_at", "current"}
    assert (this["current"], there["current"]) == (True, False)
    assert (there["device"], there["address"]) == ("Firefox on Linux", "192.0.2.7")
    assert abs(there["used_at"] - time.time() * 1000) < 60_000


async def test_one_can_end_a_session_of_one_s_own(program: Client) -> None:
    here, there = await registered(program), await signed_in(program)
    bobs = await (await post(program, "register", {**ADA, "name": "Bob"})).json()
    session = there["refresh_token"].split(".")[0]
    for path, status in ((session, 204), (session, 404), (bobs["refresh_token"].split(".")[0], 404), ("$ne", 404)):
        assert (await program.delete(f"/api/auth/sessions/{path}", headers=bearer(here))).status == status
    assert await problem(await post(program, "refresh", there)) == (401, "signed_out")
    assert (await post(program, "refresh", here)).status == 200
    assert (await post(program, "refresh", bobs)).status == 200


async def test_one_can_end_all_other_sessions(program: Client) -> None:
    here, *others = await registered(program), await signed_in(program), await signed_in(program)
    assert (await program.delete("/api/auth/sessions", headers=bearer(here))).status == 204
    assert [(await post(program, "refresh", other)).status for other in others] == [401, 401]
    assert (await post(program, "refresh", here)).status == 200


async def test_the_token_of_an_ended_session_manages_nothing_any_more(program: Client) -> None:
    here, there = await registered(program), await signed_in(program)
    await post(program, "logout", **bearer(here))
    assert await problem(await program.get("/api/auth/sessions", headers=bearer(here))) == (401, "unauthenticated")
    assert (await program.delete("/api/auth/sessions", headers=bearer(here))).status == 401
    assert (await post(program, "refresh", there)).status == 200


async def test_signing_in_with_a_session_s_cookie_ends_that_session(program: Client) -> None:
    here = await registered(program)
    cookie = {"Cookie": f"__Host-refresh={here['refresh_token']}", "Sec-Fetch-Site": "same-origin"}
    there = await signed_in(program, **cookie)
    assert await problem(await post(program, "refresh", here)) == (401, "signed_out")
    assert (await post(program, "refresh", there)).status == 200


async def test_another_site_can_not_do_it_in_somebody_s_name(program: Client) -> None:
    granted = await registered(program)
    cookie = f"__Host-access={granted['access_token']}; __Host-refresh={granted['refresh_token']}"
    for path in ("register", "login", "refresh", "logout"):
        answer = await post(program, path, ADA, Cookie=cookie, Origin="https://evil.test")
        assert await problem(answer) == (403, "cross_site")
    assert (await post(program, "refresh", granted)).status == 200


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
