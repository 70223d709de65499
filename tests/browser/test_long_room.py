"""A room with more messages than any page can hold."""

import asyncio

from playwright.async_api import expect

from chat_service.events import Person
from tests.browser.filling import fill
from tests.browser.people import Visit
from tests.running import Parley

MESSAGES = 100_000
MOST_ROWS = 400  # the window's 300 entries, and the lines between them
MOVED_BY = """async () => {
  const list = document.querySelector("#timeline");
  const top = (row) => row.getBoundingClientRect().top;
  const first = document.querySelector("#rows .message").dataset.seq;
  list.scrollTop = 400; // near enough to the edge that older ones come
  const read = [...document.querySelectorAll("#rows .message")].find((row) => top(row) > top(list));
  const before = top(read);
  while (document.querySelector("#rows .message").dataset.seq === first) await new Promise(requestAnimationFrame);
  return Math.abs(top(read) - before);
}"""


async def test_it_scrolls_in_both_directions_with_a_page_that_stays_small(visit: Visit, parley: Parley) -> None:
    ada = await visit()
    await ada.register()
    await ada.create_room()
    await fill(parley, room := ada.page.url.rpartition("/")[2], Person("somebody", "somebody"), MESSAGES)
    rows = ada.page.locator("#rows .message")
    async with asyncio.timeout(60):  # the replicas notice by comparing heads
        while not (await rows.count() and f"number {MESSAGES}" in "".join(await rows.all_inner_texts())):
            await ada.page.reload()
            await ada.arrived()
            await asyncio.sleep(1)
    for _ in range(12):
        before = await rows.first.inner_text()
        await ada.page.evaluate("document.querySelector('#timeline').scrollTop = 0")
        await expect(rows.first).not_to_have_text(before)
        assert await rows.count() <= MOST_ROWS
    assert await ada.page.evaluate(MOVED_BY) <= 1

    await ada.page.goto(f"{ada.url}/rooms/{room}/50000")
    old = ada.page.locator("#rows .message[data-seq='50000']")
    await expect(old).to_be_focused()
    await expect(old).to_be_in_viewport()
    for _ in range(6):
        before = await rows.last.inner_text()
        await ada.page.evaluate("document.querySelector('#timeline').scrollTop = 1e9")
        await expect(rows.last).not_to_have_text(before)
        assert await rows.count() <= MOST_ROWS
    await ada.page.click("#jump")
    await expect(ada.page.locator(f"#rows .message[data-seq='{MESSAGES}']")).to_be_visible()
    await ada.say("the last word")
    await ada.sees("the last word")
