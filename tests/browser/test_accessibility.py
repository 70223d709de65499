"""What axe-core finds on each screen, in both themes, on a desk and on a phone: nothing."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.people import DESKTOP, PHONE, Visit, Visitor, said
from tests.conftest import missing

AXE = Path(__file__).parents[1] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RUN = "axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations)"


async def finds_nothing(person: Visitor, screen: str) -> None:
    await person.page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {})))")
    if not await person.page.evaluate("'axe' in window"):
        await person.page.evaluate(AXE.read_text())  # by the debugger: the page's policy lets no script in
    found = [f"{one['id']}: {node['html'][:200]}" for one in await person.page.evaluate(RUN) for node in one["nodes"]]
    assert found == [], screen


@asynccontextmanager
async def closed_by_escape(person: Visitor, screen: str) -> AsyncIterator[None]:
    yield
    await finds_nothing(person, screen)
    await person.page.keyboard.press("Escape")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desk", "phone"])
async def test_axe_finds_nothing_on_any_screen(visit: Visit, device: dict[str, Any], theme: str) -> None:
    if not AXE.exists():
        missing("axe-core is not installed: `make web-tools` does it where npm is")
    ada = await visit(**device, color_scheme=theme)
    page = ada.page
    await ada.register()
    if device is PHONE:
        await page.click("#back")
        await finds_nothing(ada, "rooms")
    name = await ada.create_room(topic="Everything at once")
    await finds_nothing(ada, "an empty room")
    text = said()
    await ada.say(text)
    await ada.say("```\na long line of code " + "x " * 100 + "\n```\n> quoted\n\n- and *more*")
    await ada.sees(text)
    await ada.message(text).click()
    await finds_nothing(ada, "messages")
    for panel in ("members", "pins", "details"):
        await page.click(f"#{panel}-toggle")
        await finds_nothing(ada, panel)
        await page.click("#panel-close")
    async with closed_by_escape(ada, "the actions of a message"):
        await ada.message(text).click()
        await ada.message(text).get_by_role("button", name="More actions").click()
    async with closed_by_escape(ada, "emoji"):
        await page.click("#composer [aria-label=Emoji]")
        await expect(page.locator(".emoji").nth(20)).to_be_visible()
    await page.focus("#text")
    async with closed_by_escape(ada, "completion"):
        await page.keyboard.type(f"#{name[:4]}")
        await expect(page.locator("#composer [role=option]").first).to_be_visible()
    async with closed_by_escape(ada, "switcher"):
        await page.keyboard.press("Control+k")
    async with closed_by_escape(ada, "help"):
        await page.keyboard.press("Control+/")
    if device is PHONE:
        await page.click("#back")
    async with closed_by_escape(ada, "new conversation"):
        await page.click("#add-conversation")
    for item in ("Create a room", "Find rooms"):
        async with closed_by_escape(ada, item):
            await page.click("#add-room")
            await page.get_by_role("menuitem", name=item).click()


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


async def test_nothing_moves_for_who_wants_it_still(visit: Visit) -> None:
    ada = await visit(reduced_motion="reduce")
    await ada.register()
    await ada.page.keyboard.press("Control+/")
    longest = await ada.page.evaluate(
        "Math.max(0, ...document.getAnimations().map((one) => one.effect.getTiming().duration))"
    )
    assert longest == 0
