"""`/admin`, on an administrator's phone, and what people in their own browsers notice of it."""

import asyncio
from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from tests.browser.axe import finds_nothing
from tests.browser.people import IN_TIME_MS, PASSWORD, PHONE, PHONE_WIDTH, Visit, Visitor
from tests.deployment import Deployment

NEW_PASSWORD = "nine purple walruses hum"


async def press(administrator: Visitor, button: str, done: str) -> None:
    await administrator.page.get_by_role("button", name=button, exact=True).click()
    await expect(administrator.page.locator("[role=status]")).to_contain_text(done)


async def make_administrator(name: str, deployment: Deployment) -> None:
    """From the machine: the first account is some other test's."""
    await asyncio.to_thread(deployment.python, "auth", "-m", "auth_service", "people", "make-administrator", name)


@pytest.mark.usefixtures("axe")
async def test_an_administrator_helps_somebody_in_puts_them_out_and_finds_it_in_the_log(
    visit: Visit, deployment: Deployment
) -> None:
    root, ada = await visit(**PHONE), await visit()
    for person in (root, ada):
        await person.register()
    await make_administrator(root.name, deployment)

    await root.open("/account")
    await root.page.get_by_role("link", name="Administration").click()
    await root.page.fill("[name=q]", ada.name)
    await root.page.click("form[role=search] button")
    await root.page.get_by_role("link", name=ada.name).click()
    person_page = urlsplit(root.page.url).path
    await press(root, "End all sessions", "signed out everywhere")
    await ada.page.wait_for_url("**/login*", timeout=IN_TIME_MS)

    await root.page.get_by_role("button", name="Make a reset link").click()
    link = await root.page.get_by_label("Link to set a new password").input_value()
    await ada.page.goto(link)
    await ada.fill(password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    await expect(ada.page.locator("h1")).to_have_text("Password set")
    answer = await ada.page.goto(link)
    assert answer
    assert answer.status == 404
    await ada.open("/login")
    await ada.fill(name=ada.name, password=PASSWORD)
    await expect(ada.page.locator(".form-problem")).to_contain_text("don't go together")
    await ada.fill(name=ada.name, password=NEW_PASSWORD)
    await ada.arrived()

    await press(root, "Disable", "can't sign in")
    await expect(root.page.locator(".tag-danger")).to_have_text("Disabled")
    await ada.page.wait_for_url("**/login*", timeout=IN_TIME_MS)
    await ada.fill(name=ada.name, password=NEW_PASSWORD)
    await expect(ada.page.locator(".form-problem")).to_contain_text("disabled")

    await root.page.get_by_role("link", name="Audit log").click()
    entries = root.page.locator(".row-entry").filter(has_text=ada.name)
    acts = ["disabled a person", "reset the password by a link", "made a link", "ended all sessions", "registered"]
    for entry, act in zip(await entries.all(), acts, strict=True):
        await expect(entry).to_contain_text(act)
    for path in ("/admin", "/admin/sign-up", "/admin/audit", person_page):
        await root.open(path)
        await finds_nothing(root, path)
        assert await root.page.evaluate("document.documentElement.scrollWidth") == PHONE_WIDTH
