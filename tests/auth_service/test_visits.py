import pytest

from auth_service.services import Services
from tests.auth_service.conftest import PASSWORD, Browser, Client, person_id

ACCESS, REFRESH = "__Host-access", "__Host-refresh"
ADMIN_PAGES = ["/admin", "/admin/sign-up", "/admin/audit", "/admin/people/x"]


@pytest.mark.parametrize("path", ["/account", "/account/delete"])
async def test_a_stranger_signs_in_first_and_is_led_back(browser: Browser, path: str) -> None:
    answer = await browser.open(path)
    assert (answer.status, answer.location) == (303, f"/login?next={path}")


async def test_where_the_access_cookie_is_over_the_answer_brings_one(browser: Browser) -> None:
    await browser.register()
    refresh = browser.cookie(REFRESH)
    browser.lose(ACCESS)
    answer = await browser.open("/account/delete")
    assert answer.status == 200
    assert browser.cookie(ACCESS)
    assert browser.cookie(REFRESH) == refresh
    browser.lose(ACCESS)
    assert (await browser.act("/account/tokens", "make", name="bot", read="on", expires_in="3600")).status == 200


async def test_a_page_knows_the_name_of_now_and_not_that_of_the_token(browser: Browser, services: Services) -> None:
    await browser.register("Ada")
    await services.accounts.rename(await person_id(services, "Ada"), "Countess")
    for path in ("/account", "/account/delete"):
        assert "<bdi>Countess</bdi>" in (await browser.open(path)).text


async def test_no_page_is_kept_by_a_cache(administrator: Browser) -> None:
    assert (await administrator.submit("/account/data")).headers["Cache-Control"] == "no-store"
    for path in ["/account", "/account/delete", "/admin", "/admin/sign-up", "/admin/audit"]:
        assert (await administrator.open(path)).headers["Cache-Control"] == "no-store"


async def test_an_ended_session_shows_no_page_though_its_access_token_is_good(
    administrator: Browser, services: Services
) -> None:
    await services.sessions.end_all(await person_id(services, "Root"))
    assert (await administrator.open("/admin")).status == 404
    assert (await administrator.submit("/account/data")).location == "/login?next=/account"


@pytest.mark.parametrize("meanwhile", ["disabled", "another password"])
@pytest.mark.usefixtures("administrator")
async def test_who_may_not_come_any_more_does_nothing_here_though_their_session_was_not_ended_yet(
    browser: Browser, program: Client, services: Services, meanwhile: str
) -> None:
    """Else who is to be put out would make themselves a token for programs, which lasts."""
    await browser.register("Ada")
    token = {"Authorization": f"Bearer {browser.cookie(ACCESS)}"}
    if meanwhile == "disabled":
        await services.people.disable(await person_id(services, "Ada"))
    else:
        await services.accounts.change_password(await services.accounts.prove("Ada", PASSWORD), "nine velvet trombones")
    assert (await browser.open("/account")).location == "/login?next=/account"
    assert (await program.post("/api/auth/tokens", json={"name": "bot"}, headers=token)).status == 401
    assert (await program.get("/api/auth/me", headers=token)).status == 401


@pytest.mark.parametrize("path", ADMIN_PAGES)
async def test_who_does_not_administer_sees_what_a_path_to_nowhere_shows(
    administrator: Browser, browser: Browser, stranger: Browser, path: str
) -> None:
    await browser.register("Bob")
    for visitor in (browser, stranger):
        for method in (visitor.open, visitor.submit):
            answer = await method(path)
            nowhere = await method(f"{path}/nowhere/at/all")
            if answer.status == 405:  # the page has no form at all
                continue
            assert (answer.status, answer.text) == (nowhere.status, nowhere.text) == (404, nowhere.text)


async def test_who_was_an_administrator_a_moment_ago_is_none(
    administrator: Browser, browser: Browser, services: Services
) -> None:
    await browser.register("Bob")
    bob = await person_id(services, "Bob")
    await administrator.act(f"/admin/people/{bob}", "make-administrator")
    assert (await browser.open("/admin")).status == 200
    await administrator.act(f"/admin/people/{bob}", "unmake-administrator")
    assert (await browser.open("/admin")).status == 404
