"""Sessions that are planted, replayed, guessed or kept let nobody in, and hurt nobody but the attacker."""

from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from pytest_aiohttp.plugin import AiohttpClient

from auth_service.services import Services
from tests.attacks.place import Place, until
from tests.auth_service.conftest import Browser, new_browser, person_id

ACCESS, REFRESH = "__Host-access", "__Host-refresh"


@pytest.fixture
async def victim(browser: Browser) -> Browser:
    await browser.register("Ada")
    return browser


async def test_cookies_that_an_attacker_planted_are_replaced_by_signing_in(
    browser: Browser, stranger: Browser, services: Services
) -> None:
    await stranger.register("Mallory")
    planted = {name: stranger.cookie(name) for name in (ACCESS, REFRESH)}
    await browser.register("Ada")
    await browser.open("/signout")
    await browser.submit("/signout")
    for name, value in planted.items():
        browser.set_cookie(name, value or "")
    await browser.sign_in("Ada")
    ada = await person_id(services, "Ada")
    session = str(planted[REFRESH]).split(".", maxsplit=1)[0]
    assert {browser.cookie(name) for name in planted}.isdisjoint(planted.values())
    assert session not in {one.id for one in await services.sessions.of(ada)}
    assert (await stranger.open("/account")).status == 303  # what was planted is nobody's any more


async def test_a_session_is_named_by_us_alone(place: Place) -> None:
    wanted = "a-session-of-the-attacker"
    await place.register("Ada")
    answer = await place.sign_in("Ada", session=wanted, sid=wanted, _id=wanted)
    sessions = (await place.ask("GET", "/api/auth/sessions", token=answer.body["access_token"])).body["sessions"]
    assert wanted not in repr(sessions)


async def test_a_replayed_refresh_token_ends_the_session_for_the_thief_and_the_owner_in_both_services(
    place: Place,
) -> None:
    first = await place.register("Ada")
    stolen = first["refresh_token"]
    current = stolen
    for _ in range(2):
        renewed = await place.ask("POST", "/api/auth/refresh", {"refresh_token": current})
        current = renewed.body["refresh_token"]
    replayed = await place.ask("POST", "/api/auth/refresh", {"refresh_token": stolen})
    assert (replayed.status, replayed.code) == (401, "signed_out")
    assert (await place.ask("POST", "/api/auth/refresh", {"refresh_token": current})).status == 401
    token = renewed.body["access_token"]
    assert (await place.ask("GET", "/api/auth/me", token=token)).status == 401

    async def refused() -> bool:
        return (await place.ask("GET", "/api/rooms", token=token)).status == 401

    await until(refused)


async def test_a_guessed_counter_or_session_makes_no_refresh_token(place: Place) -> None:
    token = (await place.register("Ada"))["refresh_token"]
    session, counter, mac = token.split(".")
    guesses = [
        f"{session}.{int(counter) + 1}.{mac}",
        f"{session}..{mac}",
        f"{session}.{counter}.",
        f"{session}.{counter}",
        f".{counter}.{mac}",
        f"{session}.{counter}.{mac[:-1]}",
        f"{session}.-1.{mac}",
        session,
    ]
    assert {(await place.ask("POST", "/api/auth/refresh", {"refresh_token": guess})).status for guess in guesses} == {
        401
    }
    assert (await place.ask("POST", "/api/auth/refresh", {"refresh_token": token})).status == 200


async def test_nobody_ends_reads_or_revokes_what_is_another_s_and_learns_whether_it_is_there(place: Place) -> None:
    await place.register("Root")
    ada, mallory = await place.register("Ada"), (await place.register("Mallory"))["access_token"]
    access = ada["access_token"]
    sessions = (await place.ask("GET", "/api/auth/sessions", token=access)).body["sessions"]
    token = (await place.ask("POST", "/api/auth/tokens", {"name": "bot"}, access)).body
    invitation = (await place.ask("POST", "/api/auth/invitations", {}, access)).body
    for kind, theirs in (("sessions", sessions[0]["id"]), ("tokens", token["id"]), ("invitations", invitation["id"])):
        foreign = await place.ask("DELETE", f"/api/auth/{kind}/{theirs}", token=mallory)
        unknown = await place.ask("DELETE", f"/api/auth/{kind}/{'0' * len(theirs)}", token=mallory)
        assert (foreign.status, foreign.body) == (unknown.status, unknown.body)
        assert foreign.status == 404
        listed = (await place.ask("GET", f"/api/auth/{kind}", token=mallory)).body
        assert theirs not in repr(listed)
        assert theirs in repr((await place.ask("GET", f"/api/auth/{kind}", token=access)).body)
    assert (await place.ask("POST", "/api/auth/token", {"token": token["token"]})).status == 200


async def test_a_form_ends_nobody_else_s_session(
    victim: Browser, stranger: Browser, services: Services, aiohttp_client: AiohttpClient, server: TestServer
) -> None:
    ada = await person_id(services, "Ada")
    (session,) = await services.sessions.of(ada)
    await stranger.register("Mallory")
    await stranger.submit("/account/sessions", session=session.id)
    await stranger.submit("/account/sessions")  # all others
    assert [one.id for one in await services.sessions.of(ada)] == [session.id]
    assert (await victim.open("/account")).status == 200
    thief = await new_browser(aiohttp_client, server)
    thief.set_cookie(ACCESS, session.id)
    thief.set_cookie(REFRESH, f"{session.id}.0.")
    assert (await thief.open("/account")).status == 303


@pytest.mark.parametrize("path", ["/account", "/admin", "/admin/people/x", "/admin/sign-up", "/admin/audit"])
async def test_no_page_is_shown_for_the_token_of_a_session_that_ended(
    victim: Browser, services: Services, path: str
) -> None:
    await services.sessions.end_all(await person_id(services, "Ada"))
    victim.lose(REFRESH)
    assert (await victim.open(path)).status in {303, 404}


async def everything_refused(place: Place, name: str, granted: dict[str, Any]) -> dict[str, int]:
    """What still lets somebody in, of all the ways there are."""
    lent = await place.auth.get(
        "/login", headers={"Cookie": f"{REFRESH}={granted['refresh_token']}"}, allow_redirects=False
    )
    asked = {
        "password": (await place.sign_in(name)).status,
        "access token": (await place.ask("GET", "/api/auth/me", token=granted["access_token"])).status,
        "refresh": (await place.ask("POST", "/api/auth/refresh", {"refresh_token": granted["refresh_token"]})).status,
        "lent": 401 if ACCESS not in lent.cookies else 200,
    }
    return {way: status for way, status in asked.items() if status not in {401, 403}}


async def test_who_is_disabled_is_refused_at_every_way_in_of_both_services(place: Place) -> None:
    root = await place.register("Root")
    bob = await place.register("Bob")
    made = await place.ask("POST", "/api/auth/tokens", {"name": "bot"}, bob["access_token"])
    program = (await place.ask("POST", "/api/auth/token", {"token": made.body["token"]})).body["access_token"]
    talkers = [await place.socket(bob["access_token"]), await place.socket(program)]
    for talker in talkers:
        await talker.hello()
    page = await place.auth.post(
        f"/admin/people/{bob['person']['id']}",
        data={"act": "disable"},
        headers={"Cookie": f"{ACCESS}={root['access_token']}", "Sec-Fetch-Site": "same-origin"},
        allow_redirects=False,
    )
    assert page.status == 303
    assert await everything_refused(place, "Bob", bob) == {}
    assert (await place.ask("POST", "/api/auth/token", {"token": made.body["token"]})).status == 401

    async def refused() -> bool:
        asked = [await place.ask("GET", "/api/rooms", token=token) for token in (bob["access_token"], program)]
        return {answer.status for answer in asked} == {401} and all(talker.socket.closed for talker in talkers)

    for talker in talkers:
        while (await talker.socket.receive()).type.name == "TEXT":
            pass
    await until(refused)


async def test_a_program_does_no_more_than_its_scopes_in_either_service(place: Place) -> None:
    access = (await place.register("Ada"))["access_token"]  # the first one, who administers
    made = await place.ask("POST", "/api/auth/tokens", {"name": "bot", "scopes": ["read"]}, access)
    program = (await place.ask("POST", "/api/auth/token", {"token": made.body["token"]})).body["access_token"]
    assert (await place.ask("GET", "/api/rooms", token=program)).status == 200
    writes = [
        await place.ask("POST", "/api/rooms", {"name": "mine"}, program, **{"Idempotency-Key": "k"}),
        await place.ask("POST", "/api/rooms/lobby/events", {"text": "hi"}, program, **{"Idempotency-Key": "k"}),
        await place.ask("POST", "/api/auth/invitations", {}, program),
    ]
    assert [answer.status for answer in writes] == [403, 403, 403]
    for method, path in (("GET", "tokens"), ("POST", "tokens"), ("GET", "sessions"), ("DELETE", "sessions")):
        body = {"name": "more"} if method == "POST" else None
        assert (await place.ask(method, f"/api/auth/{path}", body, program)).status == 401
    assert (await place.ask("GET", "/admin", token=program)).status == 404
    assert (await place.ask("GET", "/account", token=program)).status == 303
    talker = await place.socket(program)
    await talker.hello()
    answer = await talker.send("hi")
    assert (answer["op"], answer["code"]) == ("error", "not_allowed")
    await talker.socket.close()
