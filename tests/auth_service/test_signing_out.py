"""`/signout`, in a browser without JavaScript."""

import pytest

from chassis.mongo import Database
from tests.auth_service.conftest import Browser

ACCESS, REFRESH = "__Host-access", "__Host-refresh"


async def sessions_open(database: Database) -> int:
    return await database["sessions"].count_documents({})


async def test_signing_out_asks_first_and_changes_nothing(browser: Browser, database: Database) -> None:
    await browser.register("Ada")
    page = await browser.open("/signout")
    assert page.status == 200
    assert "<bdi>Ada</bdi>" in page.text
    assert '<form class="card-actions" method="post" action="/signout">' in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert await sessions_open(database) == 1
    assert browser.cookie(REFRESH)


async def test_signing_out_ends_the_session_and_takes_the_cookies(browser: Browser, database: Database) -> None:
    await browser.register()
    refresh = browser.cookie(REFRESH)
    answer = await browser.submit("/signout")
    assert (answer.status, answer.location) == (303, "/login")
    assert (browser.cookie(ACCESS), browser.cookie(REFRESH)) == (None, None)
    assert await sessions_open(database) == 0
    browser.set_cookie(REFRESH, refresh or "")
    assert (await browser.open("/login")).status == 200


async def test_signing_out_leaves_nothing_in_the_browser(browser: Browser) -> None:
    await browser.register()
    answer = await browser.submit("/signout")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'


async def test_signing_out_is_also_asked_when_the_access_cookie_is_over(browser: Browser) -> None:
    await browser.register("Ada")
    browser.lose(ACCESS)
    page = await browser.open("/signout")
    assert page.status == 200
    assert "<bdi>Ada</bdi>" in page.text


async def test_signing_out_also_works_when_the_access_cookie_is_over(browser: Browser, database: Database) -> None:
    await browser.register()
    browser.lose(ACCESS)
    await browser.submit("/signout")
    assert await sessions_open(database) == 0


async def test_who_is_not_signed_in_has_nothing_to_sign_out_of(browser: Browser) -> None:
    assert (await browser.open("/signout")).location == "/login"
    assert (await browser.submit("/signout")).location == "/login"


@pytest.mark.parametrize("broken", ["garbage", "a.0.b"])
async def test_who_has_a_dead_cookie_is_sent_to_sign_in(browser: Browser, broken: str) -> None:
    browser.set_cookie(REFRESH, broken)
    assert (await browser.open("/signout")).location == "/login"
