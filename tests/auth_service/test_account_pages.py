"""`/account`, as a person meets it in a browser without JavaScript."""

import html
import re

import pytest
from aiohttp.test_utils import TestServer
from pytest_aiohttp.plugin import AiohttpClient

from auth_service.audit import Act
from auth_service.proofs import OWNER, RENAMES
from auth_service.services import Services
from chassis.mongo import Database
from tests.auth_service.conftest import PASSWORD, Browser, Client, away, new_browser, person_id

ACCESS, REFRESH = "__Host-access", "__Host-refresh"
NEW_PASSWORD = "nine purple walruses hum"
POSTS = ["/account/name", "/account/password", "/account/sessions"]


@pytest.fixture
async def other_browser(aiohttp_client: AiohttpClient, server: TestServer) -> Browser:
    return await new_browser(aiohttp_client, server)


@pytest.fixture
async def ada(browser: Browser) -> Browser:
    await browser.register("Ada")
    return browser


async def change_password(
    browser: Browser, password: str = PASSWORD, new: str = NEW_PASSWORD, again: str = NEW_PASSWORD
) -> tuple[int, str | None, str]:
    answer = await browser.submit("/account/password", password=password, new_password=new, new_password_again=again)
    return answer.status, answer.location, html.unescape(answer.text)


async def test_the_page_shows_the_account_and_needs_no_script(ada: Browser) -> None:
    page = await ada.open("/account")
    assert page.status == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert "<bdi>Ada</bdi>" in page.text
    assert "<script>" not in page.text
    for path in [*POSTS, "/account/second-factor"]:
        assert f'method="post" action="{path}"' in page.text or path == "/account/sessions"


async def test_password_fields_say_what_they_are_for_and_let_one_paste(ada: Browser) -> None:
    page = (await ada.open("/account")).text
    fields = dict(re.findall(r'<input id="([^"]*)"[^>]*?autocomplete="([^"]*)"', page, re.DOTALL))
    assert fields == {
        "name": "username",
        "password": "current-password",
        "new_password": "new-password",
        "new_password_again": "new-password",
        "on-password": "current-password",
    }
    assert "onpaste" not in page
    assert "maxlength" not in page


async def test_who_is_not_signed_in_does_that_first(browser: Browser, other_browser: Browser) -> None:
    await other_browser.register("Ada")
    assert (await browser.open("/account")).location == "/login?next=/account"
    for path in POSTS:
        answer = await browser.submit(path, name="Eve", session="x")
        assert (answer.status, answer.location) == (303, "/login?next=/account")
    assert (await browser.sign_in("Ada", next="/account")).location == "/account"


async def test_a_session_that_ended_elsewhere_sees_and_changes_nothing(ada: Browser, database: Database) -> None:
    await database["sessions"].delete_many({})
    assert (await ada.open("/account")).location == "/login?next=/account"
    assert (await ada.submit("/account/name", name="Eve")).location == "/login?next=/account"
    assert await database["people"].count_documents({"name": "Ada"}) == 1


async def test_forms_work_after_the_access_cookie_is_over_and_lend_a_new_one(ada: Browser) -> None:
    ada.lose(ACCESS)
    page = await ada.open("/account")
    assert page.status == 200
    assert set(page.cookies) == {ACCESS}
    ada.lose(ACCESS)
    assert (await ada.submit("/account/name", name="Countess")).location == "/account?done=name"
    assert "<bdi>Countess</bdi>" in (await ada.open("/account")).text


@pytest.mark.parametrize("path", POSTS)
async def test_a_form_of_another_site_is_refused(program: Client, ada: Browser, database: Database, path: str) -> None:
    cookie = f"{ACCESS}={ada.cookie(ACCESS)}; {REFRESH}={ada.cookie(REFRESH)}"
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.test"}, {}):
        answer = await program.post(path, data={"name": "Eve"}, headers={"Cookie": cookie, **headers})
        assert answer.status == 403
    assert await database["people"].count_documents({"name": "Ada"}) == 1


async def test_only_known_words_are_told_as_done(ada: Browser) -> None:
    assert "You have a new name." in (await ada.open("/account?done=name")).text
    assert "evil" not in (await ada.open("/account?done=evil")).text


# Name


async def test_one_takes_another_name_which_the_token_carries_at_once(ada: Browser, program: Client) -> None:
    answer = await ada.submit("/account/name", name="Countess")
    assert (answer.status, answer.location) == (303, "/account?done=name")
    bearer = {"Authorization": f"Bearer {ada.cookie(ACCESS)}"}
    assert (await (await program.get("/api/auth/me", headers=bearer)).json())["name"] == "Countess"
    page = (await ada.open("/account?done=name")).text
    assert 'value="Countess"' in page
    assert "You have a new name." in page


@pytest.mark.parametrize(("name", "status"), [("bOB", 409), ("<b>", 422), ("", 422)])
async def test_a_name_that_won_t_do_is_told_at_its_field(
    ada: Browser, other_browser: Browser, name: str, status: int
) -> None:
    await other_browser.register("Bob")
    answer = await ada.submit("/account/name", name=name)
    assert answer.status == status
    assert answer.problem_at("name")
    assert f'value="{html.escape(name)}"' in answer.text
    assert "<bdi>Ada</bdi>" in answer.text


async def test_names_can_be_changed_only_so_often(ada: Browser) -> None:
    answers = [
        (await ada.submit("/account/name", name=f"Ada{number}")).status for number in range(RENAMES.attempts + 1)
    ]
    assert answers == [303] * RENAMES.attempts + [429]


# Password


async def test_changing_the_password_ends_the_other_sessions_and_keeps_this_one(
    ada: Browser, other_browser: Browser, database: Database
) -> None:
    await other_browser.sign_in("Ada")
    assert (await change_password(ada))[:2] == (303, "/account?done=password")
    assert await database["sessions"].count_documents({}) == 1
    assert (await ada.open("/account?done=password")).status == 200
    assert (await other_browser.open("/account")).location == "/login?next=/account"
    assert (await other_browser.sign_in("Ada")).status == 401
    assert (await other_browser.sign_in("Ada", NEW_PASSWORD)).status == 303


async def test_the_session_that_changed_the_password_ends_once_there_is_another(
    ada: Browser, database: Database
) -> None:
    await change_password(ada)
    ended = await database["changes"].find_one({"kind": "session_ended"})
    begun = await database["sessions"].find_one({})
    assert ended
    assert begun
    assert ended["at"] >= begun["created_at"]


async def test_what_was_stolen_before_the_password_changed_is_worth_nothing_after_it(
    ada: Browser, other_browser: Browser, services: Services
) -> None:
    stolen = {name: ada.cookie(name) or "" for name in (ACCESS, REFRESH)}
    link = await services.reset_links.make(await person_id(services, "Ada"))
    await change_password(ada)
    for name, value in stolen.items():
        other_browser.set_cookie(name, value)
    assert (await other_browser.open("/account")).location == "/login?next=/account"
    assert (await other_browser.open(f"/reset/{link}")).status == 404
    assert (await ada.open("/account")).status == 200


async def test_a_new_password_is_in_the_audit_log_though_an_error_leaves_the_rest_to_be_finished(
    ada: Browser, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services.sessions, "end_all", away)
    assert (await change_password(ada))[0] == 503
    assert (await services.audit.page())[0].what == Act.PASSWORD_CHANGED


async def test_without_the_present_password_nothing_changes(
    ada: Browser, other_browser: Browser, database: Database
) -> None:
    await other_browser.sign_in("Ada")
    status, _, text = await change_password(ada, password="not the password")
    assert status == 422
    assert "That is not your password." in text
    assert "not the password" not in text
    assert NEW_PASSWORD not in text
    assert await database["sessions"].count_documents({}) == 2
    assert (await other_browser.sign_in("Ada")).status == 303


async def test_a_new_password_has_to_be_typed_twice_and_to_be_good(ada: Browser) -> None:
    assert "The two passwords differ." in (await change_password(ada, again=NEW_PASSWORD + " "))[2]
    assert "at least 12 characters" in (await change_password(ada, new="short", again="short"))[2]
    assert "too easy to guess" in (await change_password(ada, new="password1234", again="password1234"))[2]


async def test_the_present_password_can_be_guessed_only_so_often(ada: Browser) -> None:
    answers = [(await change_password(ada, password=f"guess number {n}"))[0] for n in range(OWNER.free + 2)]
    assert answers == [422] * (OWNER.free + 1) + [429]


# Sessions


async def test_sessions_are_listed_and_this_one_is_marked(ada: Browser, other_browser: Browser) -> None:
    await other_browser.sign_in("Ada")
    page = (await ada.open("/account")).text
    assert len(re.findall(r'<li class="session">', page)) == 2
    assert page.count("This one") == 1
    assert page.count('name="session"') == 1
    assert "127.0.0.1" in page


async def test_a_session_can_be_ended(ada: Browser, other_browser: Browser) -> None:
    await other_browser.sign_in("Ada")
    (session,) = re.findall(r'name="session" value="([^"]*)"', (await ada.open("/account")).text)
    for _ in range(2):
        assert (await ada.submit("/account/sessions", session=session)).location == "/account?done=session"
    assert (await other_browser.open("/account")).location == "/login?next=/account"
    assert (await ada.open("/account")).status == 200


async def test_nobody_ends_another_person_s_session(ada: Browser, other_browser: Browser, services: Services) -> None:
    await other_browser.register("Bob")
    bob = await services.accounts.named("Bob")
    (session,) = await services.sessions.of(bob or "")
    await ada.submit("/account/sessions", session=session.id)
    assert (await other_browser.open("/account")).status == 200


async def test_all_others_can_be_ended(ada: Browser, other_browser: Browser, database: Database) -> None:
    await other_browser.sign_in("Ada")
    assert "End all others" in (await ada.open("/account")).text
    assert (await ada.submit("/account/sessions")).location == "/account?done=sessions"
    assert await database["sessions"].count_documents({}) == 1
    page = (await ada.open("/account")).text
    assert "End all others" not in page


async def test_a_device_s_name_is_text(program: Client, ada: Browser) -> None:
    agent = {"User-Agent": "Mozilla/5.0 <script>alert(1)</script> (X11; Linux) Firefox/1"}
    await program.post("/api/auth/login", json={"name": "Ada", "password": PASSWORD}, headers=agent)
    page = (await ada.open("/account")).text
    assert "Firefox on Linux" in page
    assert "alert" not in page
