"""What axe-core finds on each screen, in both themes, on a desk and on a phone: nothing."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.axe import finds_nothing
from tests.browser.people import DESKTOP, PHONE, Visit, Visitor, said, two_in_a_room


@asynccontextmanager
async def closed_by_escape(person: Visitor, screen: str) -> AsyncIterator[None]:
    yield
    await finds_nothing(person, screen)
    await person.page.keyboard.press("Escape")
    await expect(person.page.locator("dialog, .popover")).to_have_count(0)


async def list_of(person: Visitor) -> None:
    """On a phone, back to the rooms."""
    if await person.page.locator("#back").is_visible():
        await person.page.click("#back")


async def forms(ada: Visitor) -> None:
    page = ada.page
    for path in ("/login", "/signin"):
        await ada.open(path)
        await finds_nothing(ada, path)
    await ada.fill(name="x", password="short", password_again="other")
    await expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    await finds_nothing(ada, "what is wrong with a form")


async def messages(ada: Visitor, bob: Visitor) -> tuple[str, str]:
    """Returns the room's name, and what the message says that is pinned in it."""
    page = ada.page
    name = await ada.create_room(topic="Everything at once")
    await finds_nothing(ada, "an empty room")
    await ada.add(bob)
    await bob.enter(name)
    text = said()
    await ada.say(text)
    await ada.say("```\na long line of code " + "x " * 100 + "\n```\n> quoted\n\n- and *more*")
    await bob.choose("a long line", "Reply")
    await bob.say(f"@{ada.name} yes")
    await ada.page.get_by_role("button", name="1 reply").click()
    await expect(page.locator(".thread .message")).to_have_count(2)
    await finds_nothing(ada, "thread")
    await page.click("#panel-close")
    await ada.choose(text, "Pin")
    await expect(ada.message(text).first).to_contain_text("Pinned")
    await ada.choose(text, "Reply")
    await finds_nothing(ada, "messages, and an answer that is being written")
    await page.get_by_role("button", name="Do not reply").click()
    return name, text


async def panels(ada: Visitor, bob: Visitor) -> None:
    page = ada.page
    for panel in ("pins", "details", "members"):
        await page.click(f"#{panel}-toggle")
        await finds_nothing(ada, panel)
        if panel == "details":
            async with closed_by_escape(ada, "a question"):
                await page.get_by_role("button", name="Archive the room").click()
        if panel == "members":
            row = page.locator(".people button").filter(has_text=bob.name)
            async with closed_by_escape(ada, "what one may do about a member"):
                await row.click()
            async with closed_by_escape(ada, "adding people"):
                await page.get_by_role("button", name="Add people").click()
                await page.get_by_role("button", name="Invite by link").click()
                await expect(page.get_by_label("Invitation link")).to_be_visible()
            await row.click()
            await page.get_by_role("menuitem", name="Mute for 10 minutes").click()
        await page.click("#panel-close")
    await expect(bob.page.locator("#room-note")).to_contain_text("You are muted here")
    await bob.say(said())
    await expect(bob.page.locator(".message-failed")).to_be_visible()
    await finds_nothing(bob, "a message that failed, and why")
    async with closed_by_escape(bob, "signing out with something unsent"):
        await bob.page.click("#you")
        await bob.page.get_by_role("menuitem", name="Sign out").click()


async def writing(ada: Visitor, name: str, text: str) -> None:
    page = ada.page
    async with closed_by_escape(ada, "the actions of a message"):
        await (await ada.point_at(text)).get_by_role("button", name="More actions").click()
    async with closed_by_escape(ada, "emoji"):
        await page.click("#composer [aria-label=Emoji]")
        await expect(page.locator(".emoji").nth(20)).to_be_visible()
    await page.focus("#text")
    await page.keyboard.type(f"#{name[:4]}")
    await expect(page.locator("#composer [role=option]").first).to_be_visible()
    await finds_nothing(ada, "completion")
    await page.keyboard.press("Escape")
    async with closed_by_escape(ada, "switcher"):
        await page.keyboard.press("Control+k")
    async with closed_by_escape(ada, "help"):
        await page.keyboard.press("Control+/")


async def rooms(ada: Visitor) -> None:
    page = ada.page
    await list_of(ada)
    await finds_nothing(ada, "rooms, one of them with a draft")
    for opener in ("you", "add-room", "add-conversation"):
        async with closed_by_escape(ada, opener):
            await page.click(f"#{opener}")
    for item in ("Create a room", "Find rooms"):
        async with closed_by_escape(ada, item):
            await page.click("#add-room")
            await page.get_by_role("menuitem", name=item).click()


async def offline(ada: Visitor, name: str) -> None:
    page = ada.page
    await page.clock.install()
    await ada.lose_the_network()
    await page.clock.run_for(17_000)  # nobody answers the client's question
    await expect(page.locator("#banner")).to_be_attached()
    await ada.room(name).click()
    await expect(page.locator("#banner")).to_contain_text("No connection.")
    await finds_nothing(ada, "no connection")
    await ada.find_the_network()


@pytest.mark.usefixtures("axe")
@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desk", "phone"])
async def test_axe_finds_nothing_on_any_screen(visit: Visit, device: dict[str, Any]) -> None:
    ada, bob = await visit(**device), await visit()
    await forms(ada)
    await ada.register()
    await bob.register()
    name, text = await messages(ada, bob)
    await panels(ada, bob)
    await writing(ada, name, text)
    await rooms(ada)
    await offline(ada, name)
    for path in ("/account", "/signout"):
        await ada.open(path)
        await finds_nothing(ada, path)


async def test_history_is_not_read_aloud_and_news_is(visit: Visit) -> None:
    ada = await visit()
    await ada.register()
    await ada.create_room()
    log = ada.page.get_by_role("log")
    await expect(log).to_have_attribute("aria-label", re.compile("^Messages in "))
    await expect(log).to_have_attribute("aria-live", "polite")
    await ada.page.reload()
    await expect(log).to_have_attribute("aria-live", "off")
    await ada.arrived()
    await expect(log).to_have_attribute("aria-live", "polite")


async def test_the_list_is_one_tab_stop_with_arrows_inside_and_focus_comes_back(visit: Visit) -> None:
    ada = await visit()
    await ada.register()
    await ada.create_room()
    first, second = said(), f"{said()} https://example.org/"
    await ada.say(first)
    await ada.say(second)
    await ada.sees(first, second)
    await ada.page.focus("#timeline")
    await ada.page.keyboard.press("Tab")
    await expect(ada.page.locator("#text")).to_be_focused()
    await ada.page.keyboard.press("Shift+Tab")
    await ada.page.keyboard.press("ArrowUp")
    await ada.page.keyboard.press("ArrowUp")
    await expect(ada.message(first)).to_be_focused()
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.get_by_role("menu")).to_be_visible()
    await ada.page.keyboard.press("Escape")
    await expect(ada.message(first)).to_be_focused()
    await ada.page.keyboard.press("Escape")
    await expect(ada.page.locator("#text")).to_be_focused()


async def test_the_focus_stays_in_a_list_whatever_happens_to_it(visit: Visit) -> None:
    ada, bob, _ = await two_in_a_room(visit)
    texts = [said() for _ in range(3)]
    for text in texts:
        await ada.say(text)
    await ada.sees(*texts)
    await ada.page.focus("#timeline")
    await ada.page.keyboard.press("ArrowUp")
    await ada.page.keyboard.press("Delete")
    await expect(ada.message(texts[1])).to_be_focused()  # that one is the last now
    await ada.page.keyboard.press("t")
    await expect(ada.page.locator("#thread-text")).to_be_focused()
    for text in ("a", "b"):
        await ada.page.keyboard.type(f"{text} https://example.org/")
        await ada.page.keyboard.press("Enter")
    replies = ada.page.locator(".thread .message:not(.message-unsent)")
    await expect(replies).to_have_count(3)
    await replies.nth(1).focus()
    await bob.say(said())
    await bob.message(texts[1]).get_by_role("button", name="2 replies").click()
    await bob.page.fill("#thread-text", said())
    await bob.page.press("#thread-text", "Enter")
    await expect(replies).to_have_count(4)
    await expect(replies.nth(1)).to_be_focused()


async def test_nothing_moves_for_who_wants_it_still(visit: Visit) -> None:
    ada = await visit(reduced_motion="reduce")
    await ada.register()
    await ada.page.keyboard.press("Control+/")
    longest = await ada.page.evaluate(
        "Math.max(0, ...document.getAnimations().map((one) => one.effect.getTiming().duration))"
    )
    assert longest == 0
