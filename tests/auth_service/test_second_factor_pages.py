"""Turning the second factor on and off, and signing in with it, in a browser without JavaScript."""

import re
import time
import xml.etree.ElementTree as ET

import pyotp
import pytest
from aiohttp.test_utils import TestServer
from pytest_aiohttp.plugin import AiohttpClient

from auth_service.accounts import Proof
from auth_service.audit import Actor
from auth_service.proofs import ACCOUNT, OWNER_CODE
from auth_service.second_steps import COOKIE as SECOND_STEP
from auth_service.services import Services
from chassis.mongo import Database
from tests.auth_service.conftest import PASSWORD, Browser, Client, new_browser, person_id

PATH, QR = "/account/second-factor", "/account/second-factor/qr.svg"
REFRESH = "__Host-refresh"


class App:
    """The app on a phone, which has scanned the key."""

    def __init__(self, page: str) -> None:
        (key,) = re.findall(r'<p class="key"><code>([^<]*)</code>', page)
        self._totp = pyotp.TOTP(key.replace(" ", ""))
        self._steps_ahead = 0

    def code(self) -> str:
        return self._totp.at(time.time() + 30 * self._steps_ahead)

    def next_code(self) -> str:
        """One that was not used, without waiting: the next step's is good already."""
        self._steps_ahead += 1
        return self.code()


@pytest.fixture
async def other_browser(aiohttp_client: AiohttpClient, server: TestServer) -> Browser:
    return await new_browser(aiohttp_client, server)


@pytest.fixture
async def app(browser: Browser) -> App:
    """Ada's, ready to give the first code."""
    await browser.register("Ada")
    await browser.submit(PATH, password=PASSWORD)
    return App((await browser.open(PATH)).text)


@pytest.fixture
async def recovery(browser: Browser, app: App) -> list[str]:
    return codes_on((await browser.submit(PATH, code=app.code())).text)


def codes_on(page: str) -> list[str]:
    return re.findall(r"<li><code>([^<]*)</code></li>", page)


async def test_setting_up_asks_for_the_password_first(browser: Browser) -> None:
    await browser.register("Ada")
    assert (await browser.open(PATH)).location == "/account"
    assert (await browser.open(QR)).status == 404
    answer = await browser.submit(PATH, password="not the password")
    assert answer.status == 422
    assert "That is not your password." in answer.text
    assert (await browser.open(PATH)).location == "/account"
    assert (await browser.submit(PATH, password=PASSWORD)).location == PATH


@pytest.mark.usefixtures("app")
async def test_the_key_is_shown_as_a_picture_of_its_own_and_as_letters(browser: Browser) -> None:
    page = await browser.open(PATH)
    assert (page.status, page.headers["Cache-Control"]) == (200, "no-store")
    assert f'<img class="qr" src="{QR}"' in page.text
    assert "data:" not in page.text
    picture = await browser.open(QR)
    assert (picture.status, picture.headers["Content-Type"]) == (200, "image/svg+xml")
    assert picture.headers["Cache-Control"] == "no-store"
    assert ET.fromstring(picture.text).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - made here
    assert "<script" not in picture.text


async def test_it_is_on_only_after_a_right_code_and_then_ten_codes_are_shown_once(browser: Browser, app: App) -> None:
    wrong = await browser.submit(PATH, code="000000")
    assert wrong.status == 422
    assert wrong.problem_at("code")
    assert "Set up" in (await browser.open("/account")).text
    on = await browser.submit(PATH, code=app.code())
    assert (on.status, on.headers["Cache-Control"]) == (200, "no-store")
    codes = codes_on(on.text)
    assert len(set(codes)) == 10
    page = (await browser.open("/account")).text
    assert "10 of your recovery codes" in page
    assert not any(code in page for code in codes)
    assert (await browser.open(PATH)).location == "/account"
    assert (await browser.submit(PATH, password=PASSWORD)).location == "/account"
    assert (await browser.open(QR)).status == 404


async def test_after_ten_minutes_the_key_is_over_and_one_is_told_so(
    browser: Browser, app: App, database: Database
) -> None:
    await database["second_factors"].update_one({}, {"$inc": {"pending.until": -600}})
    assert (await browser.open(PATH)).location == "/account"
    assert (await browser.open(QR)).status == 404
    late = await browser.submit(PATH, code=app.code())
    assert late.status == 422
    assert "Please start again." in late.text
    assert "Set up" in late.text


async def test_another_session_of_the_same_person_neither_sees_the_key_nor_turns_it_on(
    browser: Browser, app: App, other_browser: Browser
) -> None:
    await other_browser.sign_in("Ada")
    assert (await other_browser.open(PATH)).location == "/account"
    assert (await other_browser.open(QR)).status == 404
    assert (await other_browser.submit(PATH, code=app.code())).status == 422
    assert (await browser.submit(PATH, code=app.code())).status == 200


async def test_signing_in_then_asks_for_a_code_on_a_second_page(
    app: App, recovery: list[str], other_browser: Browser
) -> None:
    asked = await other_browser.sign_in("Ada", next="/rooms/lobby")
    assert (asked.status, asked.location) == (200, None)
    assert 'autocomplete="one-time-code"' in asked.text
    assert PASSWORD not in asked.text
    assert 'name="next" value="/rooms/lobby"' in asked.text
    assert not other_browser.cookie(REFRESH)
    wrong = await other_browser.submit("/login", code="000000", next="/rooms/lobby")
    assert wrong.status == 401
    assert "used before" in wrong.text
    assert not other_browser.cookie(REFRESH)
    right = await other_browser.submit("/login", code=app.next_code(), next="/rooms/lobby")
    assert (right.status, right.location) == (303, "/rooms/lobby")
    assert other_browser.cookie(REFRESH)
    assert not other_browser.cookie(SECOND_STEP)


async def test_a_recovery_code_does_too_once(recovery: list[str], other_browser: Browser) -> None:
    await other_browser.sign_in("Ada")
    assert (await other_browser.submit("/login", code=recovery[0])).status == 303
    await other_browser.submit("/signout")
    await other_browser.sign_in("Ada")
    assert (await other_browser.submit("/login", code=recovery[0])).status == 401
    assert (await other_browser.submit("/login", code=recovery[1])).status == 303


async def test_a_code_that_was_used_to_sign_in_signs_nobody_else_in(
    app: App, recovery: list[str], other_browser: Browser, aiohttp_client: AiohttpClient, server: TestServer
) -> None:
    thief = await new_browser(aiohttp_client, server)
    for browser in (other_browser, thief):
        await browser.sign_in("Ada")
    code = app.next_code()
    assert (await other_browser.submit("/login", code=code)).status == 303
    assert (await thief.submit("/login", code=code)).status == 401


async def test_a_code_without_the_password_before_is_worth_nothing(recovery: list[str], other_browser: Browser) -> None:
    answer = await other_browser.submit("/login", code=recovery[0])
    assert answer.status == 401
    assert "Please start again." in answer.text
    other_browser.set_cookie(SECOND_STEP, "ada.99999999999.x")
    assert (await other_browser.submit("/login", code=recovery[0])).status == 401


async def test_codes_can_be_guessed_only_so_often_also_on_the_second_page(
    recovery: list[str], other_browser: Browser
) -> None:
    await other_browser.sign_in("Ada")  # counts too, as long as nothing is right
    answers = [(await other_browser.submit("/login", code=f"{number:06}")).status for number in range(ACCOUNT.free + 1)]
    assert answers == [401] * ACCOUNT.free + [429]
    late = await other_browser.submit("/login", code=recovery[0])
    assert (late.status, 0 < int(late.headers["Retry-After"]) <= 2) == (429, True)
    assert "Too many attempts." in late.text
    assert 'autocomplete="one-time-code"' in late.text
    assert not other_browser.cookie(REFRESH)


@pytest.mark.usefixtures("recovery")
async def test_the_first_page_signs_nobody_in(other_browser: Browser, database: Database) -> None:
    await other_browser.sign_in("Ada")
    assert (await other_browser.open("/account")).location == "/login?next=/account"
    assert await database["sessions"].count_documents({}) == 1


@pytest.mark.parametrize("meanwhile", ["disabled", "another password", "deleted"])
async def test_what_happened_to_the_account_since_the_first_step_counts_at_the_second(
    administrator: Browser,
    recovery: list[str],
    other_browser: Browser,
    services: Services,
    meanwhile: str,
) -> None:
    await other_browser.sign_in("Ada")
    ada = await person_id(services, "Ada")
    person = await services.accounts.find(ada)
    assert person
    if meanwhile == "disabled":
        await services.people.disable(ada)
    elif meanwhile == "deleted":
        await services.deletion.delete(Actor(ada), erase=False)
    else:
        await services.accounts.change_password(Proof(person, 0), "nine velvet trombones")
    answer = await other_browser.submit("/login", code=recovery[0])
    assert answer.status == (403 if meanwhile == "disabled" else 401)
    assert not other_browser.cookie(REFRESH)
    assert (await other_browser.open("/account")).status == 303


async def test_turning_it_off_needs_the_password_and_a_code(browser: Browser, app: App, recovery: list[str]) -> None:
    for fields in (
        {"password": "not the password", "code": recovery[0]},
        {"password": PASSWORD, "code": "000000"},
        {"password": PASSWORD},
        {"code": recovery[0]},
    ):
        assert (await browser.submit(f"{PATH}/off", **fields)).status == 422
    assert "Turn off" in (await browser.open("/account")).text
    off = await browser.submit(f"{PATH}/off", password=PASSWORD, code=app.next_code())
    assert off.location == "/account?done=second-factor-off"
    await browser.submit("/signout")
    assert (await browser.sign_in("Ada")).status == 303


async def test_deleting_the_account_needs_a_code_too(
    administrator: Browser, browser: Browser, app: App, recovery: list[str]
) -> None:
    assert 'autocomplete="one-time-code"' in (await browser.open("/account/delete")).text
    for code in ("", "000000"):
        answer = await browser.submit("/account/delete", password=PASSWORD, messages="erase", code=code)
        assert (answer.status, bool(answer.problem_at("code"))) == (422, True)
    assert (await browser.open("/account")).status == 200
    assert (await browser.submit("/account/delete", password=PASSWORD, code=app.next_code())).status == 200


async def test_codes_can_be_guessed_only_so_often_also_by_who_knows_the_password(
    browser: Browser, recovery: list[str]
) -> None:
    answers = [
        (await browser.submit(f"{PATH}/off", password=PASSWORD, code=f"{number:06}")).status
        for number in range(OWNER_CODE.free + 2)
    ]
    assert answers == [422] * (OWNER_CODE.free + 1) + [429]
    assert (await browser.submit(f"{PATH}/off", password=PASSWORD, code=recovery[0])).status == 429


async def test_sessions_from_before_it_was_on_bring_no_guesses_of_their_own(
    browser: Browser, other_browser: Browser, app: App
) -> None:
    await other_browser.sign_in("Ada")
    await browser.submit(PATH, code=app.code())
    for number in range(OWNER_CODE.free + 1):
        await browser.submit(f"{PATH}/off", password=PASSWORD, code=f"{number:06}")
    assert (await other_browser.submit(f"{PATH}/off", password=PASSWORD, code="000000")).status == 429


@pytest.mark.parametrize("path", [PATH, f"{PATH}/off"])
async def test_a_form_of_another_site_is_refused(program: Client, browser: Browser, app: App, path: str) -> None:
    cookie = f"__Host-access={browser.cookie('__Host-access')}"
    answer = await program.post(
        path, data={"code": app.code()}, headers={"Cookie": cookie, "Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status == 403
    assert "Set up" in (await browser.open("/account")).text


async def test_who_is_not_signed_in_sees_no_key(other_browser: Browser) -> None:
    for path in (PATH, QR):
        assert (await other_browser.open(path)).location == f"/login?next={path}"
