"""The account page, in a browser; it needs no JavaScript."""

import json
import re
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.async_api import expect

from tests.browser.people import IN_TIME_MS, PASSWORD, PHONE, PHONE_WIDTH, Visit, Visitor, said, two_in_a_room
from tests.deployment import Deployment

NEW_PASSWORD = "nine purple walruses hum"


async def submit(visitor: Visitor, path: str, **fields: str) -> None:
    """Fill in and send the form that posts to this path; of several the first."""
    form = visitor.page.locator(f"form[action='{path}']").first
    for name, value in fields.items():
        await form.locator(f"[name={name}]").fill(value)
    await form.locator("button[type=submit]").click()


async def signed_up(visitor: Visitor, deployment: Deployment) -> None:
    await visitor.open("/signin")
    await visitor.fill(name=visitor.name, password=PASSWORD, password_again=PASSWORD)
    await visitor.page.wait_for_url(re.compile(re.escape(deployment.url) + "/(rooms/.*)?$"))


@pytest.mark.parametrize("script", [True, False])
async def test_one_changes_name_and_password(visit: Visit, deployment: Deployment, script: bool) -> None:
    ada = await visit(java_script_enabled=script)
    await signed_up(ada, deployment)
    await ada.open("/account")
    await submit(ada, "/account/name", name=f"{ada.name}-x")
    await expect(ada.page.locator("[role=status]")).to_have_text("You have a new name.")
    await submit(
        ada, "/account/password", password=PASSWORD, new_password=NEW_PASSWORD, new_password_again=NEW_PASSWORD
    )
    await expect(ada.page.locator("[role=status]")).to_contain_text("Your password is changed.")
    await ada.open("/signout")
    await ada.fill()
    await ada.fill(name=f"{ada.name}-x", password=NEW_PASSWORD)
    await ada.page.wait_for_url(re.compile(re.escape(deployment.url) + "/(rooms/.*)?$"))


def in_file(path: Path) -> Any:
    return json.loads(path.read_text())


@pytest.mark.parametrize("script", [True, False])
async def test_one_s_data_is_a_file_as_often_as_one_asks(visit: Visit, deployment: Deployment, script: bool) -> None:
    ada = await visit(java_script_enabled=script)
    await signed_up(ada, deployment)
    await ada.open("/account")
    for _ in range(2):
        async with ada.page.expect_download(timeout=IN_TIME_MS) as downloading:
            await submit(ada, "/account/data")
        file = await downloading.value
        assert file.suggested_filename == "parley-account.json"
        assert in_file(await file.path())["account"]["name"] == ada.name
    await expect(ada.page.locator("h1")).to_be_visible()


async def test_ending_a_session_takes_an_open_chat_to_the_sign_in(visit: Visit, deployment: Deployment) -> None:
    ada, elsewhere = await visit(), await visit()
    await ada.register()
    await elsewhere.open("/login")
    await elsewhere.fill(name=ada.name, password=PASSWORD)
    await elsewhere.arrived()
    await ada.open("/account")
    await expect(ada.page.locator(".session")).to_have_count(2)
    await expect(ada.page.locator(".session-device").first).to_contain_text("Chrome on Linux")
    await submit(ada, "/account/sessions")
    await expect(ada.page.locator(".session")).to_have_count(1)
    await elsewhere.page.wait_for_url("**/login*", timeout=IN_TIME_MS)
    await expect(elsewhere.page.locator("[name=password]")).to_be_visible()
    await ada.open("/")
    await ada.arrived()


@pytest.mark.parametrize("script", [True, False])
async def test_a_second_factor_from_the_picture_to_the_next_sign_in(
    visit: Visit, deployment: Deployment, script: bool
) -> None:
    ada, again = await visit(java_script_enabled=script), await visit(java_script_enabled=script)
    await signed_up(ada, deployment)
    await ada.open("/account")
    await submit(ada, "/account/second-factor", password=PASSWORD)
    picture = ada.page.locator("img.qr")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    key = (await ada.page.locator(".key").inner_text()).replace(" ", "")
    await submit(ada, "/account/second-factor", code=pyotp.TOTP(key).now())
    codes = await ada.page.locator(".recovery-codes code").all_inner_texts()
    assert len(codes) == 10
    await again.open("/login")
    await again.fill(name=ada.name, password=PASSWORD)
    await expect(again.page.locator("h1")).to_have_text("One more step")
    assert again.page.url == f"{deployment.url}/login"
    await again.fill(code="000000")
    await expect(again.page.locator(".form-problem")).to_contain_text("isn't right")
    await again.fill(code=codes[0])
    await again.page.wait_for_url(re.compile(re.escape(deployment.url) + "/(rooms/.*)?$"))
    assert not [told for told in ada.complaints + again.complaints if "401" not in told]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_fits_a_phone(visit: Visit, deployment: Deployment, scheme: str) -> None:
    ada = await visit(**PHONE, color_scheme=scheme)
    await signed_up(ada, deployment)
    await ada.open("/account")
    sections = ["Name", "Password", "Second factor", "Sessions", "Tokens for programs", "Invitations", "Your data"]
    await expect(ada.page.locator("h2")).to_have_text(sections)
    assert await ada.page.evaluate("document.documentElement.scrollWidth") == PHONE_WIDTH
    for button in await ada.page.locator("main button, main a.button").all():
        box = await button.bounding_box()
        assert box
        assert box["height"] >= 44 or "field-reveal" in (await button.get_attribute("class") or "")


async def test_what_one_said_vanishes_with_the_account_wherever_others_have_it_before_them(visit: Visit) -> None:
    ada, bob, _ = await two_in_a_room(visit)
    said_by_bob, answer = said(), said()
    await bob.say(said_by_bob)
    await ada.choose(said_by_bob, "Pin")
    await ada.choose(said_by_bob, "Reply")
    await ada.say(answer)
    await ada.page.get_by_role("button", name="1 reply").click()
    await expect(ada.page.locator(".thread .message-text")).to_have_text([said_by_bob, answer])
    await (await ada.point_at("1 reply")).get_by_role("button", name="Reply", exact=True).click()
    await expect(ada.page.locator(".composer-context").first).to_contain_text(said_by_bob)
    await bob.open("/account/delete")
    await bob.page.check("[value=erase]")
    await submit(bob, "/account/delete", password=PASSWORD)
    await expect(ada.page.locator("body")).not_to_contain_text(said_by_bob, timeout=IN_TIME_MS * 2)
    await expect(ada.page.locator(".thread .message-text")).to_have_text([answer])
    await expect(ada.page.locator("#toasts")).to_contain_text("The message that you were replying to is gone.")
    await ada.page.click("#pins-toggle")
    await expect(ada.page.locator("#panel")).to_contain_text("Nothing is pinned")
