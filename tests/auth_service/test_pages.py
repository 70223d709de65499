import re
import time

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from pytest_aiohttp.plugin import AiohttpClient

from auth_service.services import Services
from chassis.mongo import Database
from tests.auth_service.conftest import PASSWORD, Browser, Client, forged, new_browser

ACCESS, REFRESH = "__Host-access", "__Host-refresh"


@pytest.fixture
async def other_browser(aiohttp_client: AiohttpClient, server: TestServer) -> Browser:
    return await new_browser(aiohttp_client, server)


async def sessions_open(database: Database) -> int:
    return await database["sessions"].count_documents({})


# Signing up


async def test_the_page_to_register_is_a_form_that_needs_no_script(browser: Browser) -> None:
    page = await browser.open("/signin")
    assert page.status == 200
    assert '<form method="post" action="/signin"' in page.text
    for field in ("name", "password", "password_again"):
        assert re.search(rf'<input[^>]* name="{field}"', page.text)
    assert "<script>" not in page.text
    assert page.headers["Cache-Control"] == "no-store"


async def test_who_registers_is_signed_in_and_sent_home(browser: Browser) -> None:
    answer = await browser.register()
    assert (answer.status, answer.location) == (303, "/")
    assert answer.headers["Cache-Control"] == "no-store"
    assert browser.cookie(ACCESS)
    assert browser.cookie(REFRESH)


async def test_the_cookies_have_exactly_these_attributes(browser: Browser) -> None:
    answer = await browser.register()
    lines = {line.split("=")[0]: set(line.split("; ")[1:]) for line in answer.headers.getall("Set-Cookie")}
    kept = {"HttpOnly", "Secure", "SameSite=Lax", "Path=/"}
    assert lines == {
        ACCESS: {*kept, "Max-Age=600"},
        REFRESH: {*kept, "Max-Age=2592000"},
        "__Host-device": {*kept, "Max-Age=31536000"},
    }


async def test_who_registers_goes_where_they_wanted_to(browser: Browser) -> None:
    assert (await browser.register(next="/rooms/lobby")).location == "/rooms/lobby"


async def test_a_taken_name_is_refused_at_the_field(browser: Browser, other_browser: Browser) -> None:
    await browser.register("Ada")
    answer = await other_browser.register("aDA")
    assert answer.status == 409
    assert answer.problem_at("name") == "Somebody has this name already."
    assert 'value="aDA"' in answer.text
    assert not other_browser.cookie(REFRESH)


async def test_everything_wrong_is_told_at_its_field(browser: Browser) -> None:
    answer = await browser.register("a", "short")
    assert answer.status == 422
    assert "2 to 32 letters" in (answer.problem_at("name") or "")
    assert "12 characters" in (answer.problem_at("password") or "")
    assert 'aria-invalid="true"' in answer.text


async def test_passwords_that_differ_are_refused_at_the_second(browser: Browser, database: Database) -> None:
    answer = await browser.submit("/signin", name="Ada", password=PASSWORD, password_again=PASSWORD + " ")
    assert answer.status == 422
    assert answer.problem_at("password_again") == "The two passwords differ."
    assert await database["people"].count_documents({}) == 0


@pytest.mark.parametrize("path", ["/signin", "/login"])
async def test_an_empty_form_is_refused_and_no_error(browser: Browser, path: str) -> None:
    answer = await browser.submit(path)
    assert answer.status in {401, 422}
    assert "<form" in answer.text


@pytest.mark.parametrize("path", ["/signin", "/login"])
async def test_what_was_typed_comes_back_as_text_and_passwords_never(browser: Browser, path: str) -> None:
    typed = '"><script>alert(1)</script>'
    answer = await browser.submit(path, name=typed, password="hunter2 " * 3, password_again="hunter2 " * 3, next=typed)
    assert "<script>alert" not in answer.text
    assert "&#34;&gt;&lt;script&gt;" in answer.text
    assert "hunter2" not in answer.text


@pytest.mark.parametrize("path", ["/signin", "/login"])
async def test_a_huge_form_is_refused(browser: Browser, path: str) -> None:
    answer = await browser.submit(path, name="Ada", password="x" * 17_000)
    assert answer.status == 413


# Signing in


async def test_the_page_to_sign_in_is_a_form_that_needs_no_script(browser: Browser) -> None:
    page = await browser.open("/login")
    assert page.status == 200
    assert '<form method="post" action="/login"' in page.text
    assert page.headers["Cache-Control"] == "no-store"


async def test_who_signs_in_is_sent_home(browser: Browser, other_browser: Browser) -> None:
    await browser.register("Ada")
    answer = await other_browser.sign_in("ada")
    assert (answer.status, answer.location) == (303, "/")
    assert other_browser.cookie(REFRESH)


async def test_a_wrong_password_and_an_unknown_name_get_the_same_page(browser: Browser, other_browser: Browser) -> None:
    await browser.register("Ada")
    wrong = await other_browser.sign_in("Ada", "seven teal otters walk")
    unknown = await other_browser.sign_in("Eve", "seven teal otters walk")
    assert wrong.status == unknown.status == 401
    assert wrong.text.replace("Ada", "...") == unknown.text.replace("Eve", "...")
    assert "don&#39;t go together" in wrong.text
    assert not other_browser.cookie(REFRESH)


async def test_the_form_remembers_where_to_go(browser: Browser, other_browser: Browser) -> None:
    await browser.register("Ada")
    page = await other_browser.open("/login?next=/rooms/lobby")
    assert '<input type="hidden" name="next" value="/rooms/lobby">' in page.text
    assert 'href="/signin?next=/rooms/lobby"' in page.text
    failed = await other_browser.sign_in("Ada", "not the password", next="/rooms/lobby")
    assert 'name="next" value="/rooms/lobby"' in failed.text
    assert (await other_browser.sign_in("Ada", next="/rooms/lobby")).location == "/rooms/lobby"


@pytest.mark.parametrize("path", ["/login", "/signin"])
async def test_who_is_signed_in_needs_no_form(browser: Browser, path: str) -> None:
    await browser.register()
    assert (await browser.open(path)).location == "/"
    assert (await browser.open(f"{path}?next=/rooms/lobby")).location == "/rooms/lobby"


async def test_who_has_a_session_gets_an_access_cookie_where_it_is_over(browser: Browser) -> None:
    await browser.register()
    browser.lose(ACCESS)
    answer = await browser.open("/login?next=/rooms/lobby")
    assert (answer.status, answer.location) == (303, "/rooms/lobby")
    assert browser.cookie(ACCESS)


@pytest.mark.parametrize("path", ["/login", "/signout"])
async def test_opening_a_page_changes_nothing_whoever_led_there(
    browser: Browser, database: Database, path: str
) -> None:
    await browser.register()
    before = browser.cookie(REFRESH), await database["sessions"].find_one({})
    browser.lose(ACCESS)
    for _ in range(3):  # the answers of the first two get lost: the browser keeps what it had
        answer = await browser.open(path)
        assert set(answer.cookies) == {ACCESS}
        browser.lose(ACCESS)
    assert (browser.cookie(REFRESH), await database["sessions"].find_one({})) == before


@pytest.mark.parametrize("path", ["/login", "/signin"])
async def test_whose_session_ended_elsewhere_finds_the_form_though_their_token_is_good(
    browser: Browser, services: Services, database: Database, path: str
) -> None:
    await browser.register()
    session = await database["sessions"].find_one({})
    assert session
    await services.sessions.end(session["_id"])
    assert browser.cookie(ACCESS)
    assert (await browser.open(path)).status == 200
    assert (await browser.open("/signout")).location == "/login"


async def test_an_old_refresh_cookie_opens_nothing_and_ends_nothing(browser: Browser, database: Database) -> None:
    await browser.register()
    browser.lose(ACCESS)
    await database["sessions"].update_many({}, {"$inc": {"counter": 2}})
    assert (await browser.open("/login")).status == 200
    assert await sessions_open(database) == 1


async def test_signing_in_again_in_the_same_browser_ends_the_session_one_had(
    browser: Browser, other_browser: Browser, database: Database
) -> None:
    await browser.register("Ada")
    await other_browser.sign_in("Ada")
    for _ in range(3):
        await browser.sign_in("Ada")
        browser.lose(ACCESS)
    assert await sessions_open(database) == 2
    await browser.register("Eve")
    assert await sessions_open(database) == 2


async def test_failing_to_sign_in_ends_nothing(browser: Browser, database: Database) -> None:
    await browser.register("Ada")
    await browser.sign_in("Ada", "not the password")
    await browser.register("Ada")
    assert await sessions_open(database) == 1


@pytest.mark.parametrize("broken", ["garbage", "a.0.b", "x" * 4000])
async def test_a_broken_cookie_leads_to_the_form(browser: Browser, broken: str) -> None:
    browser.set_cookie(ACCESS, broken)
    browser.set_cookie(REFRESH, broken)
    page = await browser.open("/login")
    assert page.status == 200
    assert "<form" in page.text


async def test_a_session_that_is_over_leads_to_the_form(browser: Browser, database: Database) -> None:
    await browser.register()
    browser.lose(ACCESS)
    await database["sessions"].delete_many({})
    assert (await browser.open("/login")).status == 200


async def test_tokens_in_each_other_s_cookies_are_worth_nothing(browser: Browser) -> None:
    await browser.register()
    access, refresh = browser.cookie(ACCESS), browser.cookie(REFRESH)
    browser.set_cookie(ACCESS, refresh or "")
    browser.set_cookie(REFRESH, access or "")
    assert (await browser.open("/login")).status == 200


# From other sites


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/login", {"name": "username", "password": "current-password"}),
        ("/signin", {"name": "username", "password": "new-password", "password_again": "new-password"}),
    ],
)
async def test_password_managers_are_told_what_each_field_is_for_and_one_may_paste(
    browser: Browser, path: str, fields: dict[str, str]
) -> None:
    page = (await browser.open(path)).text
    assert dict(re.findall(r'<input id="([^"]*)"[^>]*?autocomplete="([^"]*)"', page, re.DOTALL)) == fields
    assert "onpaste" not in page
    assert "maxlength" not in page  # nothing of a long one is dropped without a word


@pytest.mark.parametrize("path", ["/login", "/signin", "/signout"])
async def test_a_form_of_another_site_is_refused_with_a_page(
    program: Client, browser: Browser, database: Database, path: str
) -> None:
    await browser.register()
    cookie = f"{ACCESS}={browser.cookie(ACCESS)}; {REFRESH}={browser.cookie(REFRESH)}"
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.test", "Accept": "text/html", "Cookie": cookie}
    answer = await program.post(path, data={"name": "Ada", "password": PASSWORD}, headers=headers)
    assert (answer.status, answer.content_type) == (403, "text/html")
    assert "Set-Cookie" not in answer.headers
    assert await sessions_open(database) == 1


async def test_no_page_may_be_framed_or_run_foreign_scripts(browser: Browser) -> None:
    for path in ("/login", "/signin", "/signout", "/nowhere"):
        policy = (await browser.open(path)).headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "script-src 'self'" in policy


@pytest.mark.parametrize("path", ["/login", "/signin"])
async def test_a_form_in_json_or_parts_is_refused(program: Client, path: str) -> None:
    for body in (aiohttp.JsonPayload({"name": "Ada"}), aiohttp.FormData({"name": "Ada"}, default_to_multipart=True)):
        assert (await program.post(path, data=body)).status == 415


# All pages together


async def test_an_expired_token_counts_as_none(browser: Browser, services: Services) -> None:
    browser.set_cookie(ACCESS, forged(services, exp=int(time.time()) - 60))
    assert (await browser.open("/login")).status == 200
    assert (await browser.open("/signout")).location == "/login"


async def test_the_error_page_names_the_request(program: Client) -> None:
    answer = await program.get("/login/nowhere", headers={"Accept": "text/html"})
    assert answer.status == 404
    assert answer.headers["X-Request-Id"] in await answer.text()
