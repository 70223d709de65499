import asyncio
import time
from typing import Any

import pytest

from auth_service.services import Services
from tests.auth_service.asking import ADA, bearer, me, post, problem, registered
from tests.auth_service.conftest import Client, forged
from tests.chassis.raw_http import exchange

# Going on


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


# Ending


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
