"""Failing at somebody's account for ever, to keep its owner out: what is open goes on, and their device gets in."""

from datetime import UTC, datetime, timedelta

import pytest

from auth_service import proofs
from auth_service.services import Services
from chassis.mongo import Database, Document
from tests.attacks.place import Place
from tests.auth_service.conftest import PASSWORD, Browser

NEW = "nine lilac badgers hum"


async def attack(database: Database, *limits: str) -> None:
    """As after very many failures a moment ago, without making them: these counters say that it is never time."""
    now = datetime.now(UTC)
    tried: Document = {"tried": 10_000, "next_at": now + timedelta(minutes=15), "expires_at": now + timedelta(hours=1)}
    for limit in limits:
        found = await database["attempts"].update_many({"_id": {"$regex": f"^{limit}:"}}, {"$set": tried})
        assert found.matched_count, limit


@pytest.fixture
async def attacked(browser: Browser, stranger: Browser, place: Place, database: Database) -> Place:
    """Ada has signed in in her browser; somebody else fails at her account, and in great numbers over all."""
    await browser.register("Ada")
    await stranger.sign_in("Ada", "not her password")
    await attack(database, proofs.ACCOUNT.name, "everybody")
    assert (await stranger.sign_in("Ada", PASSWORD)).status == 429
    return place


async def test_the_session_goes_on_and_is_renewed_in_both_services(attacked: Place, browser: Browser) -> None:
    assert (await browser.open("/account")).status == 200
    refresh = await attacked.ask("POST", "/api/auth/refresh", {"refresh_token": browser.cookie("__Host-refresh")})
    assert refresh.status == 200
    token = refresh.body["access_token"]
    assert (await attacked.ask("GET", "/api/rooms", token=token)).status == 200
    talker = await attacked.socket(token)
    assert (await talker.hello())["op"] == "welcome"
    await talker.socket.close()


async def test_the_owner_signs_in_on_their_device(attacked: Place, browser: Browser) -> None:
    await browser.submit("/signout")
    assert (await browser.open("/account")).status == 303
    assert (await browser.sign_in("Ada", PASSWORD)).status == 303
    assert (await browser.open("/account")).status == 200


@pytest.mark.usefixtures("attacked")
async def test_so_do_both_of_two_who_share_a_device_whoever_was_there_last(browser: Browser) -> None:
    await browser.register("Eve")
    for name in ("Ada", "Eve", "Ada"):
        assert (await browser.sign_in(name, PASSWORD)).status == 303


@pytest.mark.usefixtures("attacked")
async def test_one_of_them_who_forgot_their_password_keeps_out_nobody_but_themselves(browser: Browser) -> None:
    await browser.register("Eve")
    answers = [(await browser.sign_in("Eve", "not hers any more")).status for _ in range(proofs.DEVICE.free + 2)]
    assert answers[-1] == 429
    assert (await browser.sign_in("Ada", PASSWORD)).status == 303
    assert (await browser.sign_in("Eve", PASSWORD)).status == 429


async def test_the_owner_may_confirm_by_the_password(attacked: Place, browser: Browser) -> None:
    answer = await browser.submit("/account/password", password=PASSWORD, new_password=NEW, new_password_again=NEW)
    assert answer.status == 303


async def test_so_may_an_owner_of_whom_somebody_stole_a_session_and_guesses_there(
    browser: Browser, stranger: Browser, database: Database
) -> None:
    await browser.register("Ada")
    wrong = {"password": "not her password", "new_password": NEW, "new_password_again": NEW}
    for name in ("__Host-access", "__Host-refresh"):
        stranger.set_cookie(name, browser.cookie(name) or "")
    assert (await stranger.submit("/account/password", **wrong)).status == 422
    await attack(database, proofs.OWNER.name)
    assert (await stranger.submit("/account/password", **wrong)).status == 429
    await browser.sign_in("Ada", PASSWORD)
    assert (await browser.submit("/account/password", **wrong | {"password": PASSWORD})).status == 303


async def test_somebody_else_signs_in_elsewhere_once_the_minute_is_over(
    attacked: Place, browser: Browser, services: Services, database: Database
) -> None:
    await services.accounts.register("Bob", PASSWORD)
    assert (await attacked.sign_in("Bob")).status == 429  # the quota over all is used up
    await database["attempts"].update_many({"_id": {"$regex": "^everybody:"}}, [{"$set": {"expires_at": "$$NOW"}}])
    assert (await attacked.sign_in("Bob")).status == 200
    assert (await attacked.sign_in("Ada")).status == 429  # whose own pause goes on, on unknown devices
