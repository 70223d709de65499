"""A room with more messages than any page can hold."""

import uuid

import aiohttp
from playwright.async_api import expect

from chat_service.events import Person
from parley_client import register
from tests.browser.filling import fill
from tests.browser.people import IN_TIME_MS, PASSWORD, Visit
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


async def room_of_a_program(url: str) -> str:
    """A public room, made without a socket."""
    somebody = await register(url, f"t-{uuid.uuid4().hex[:12]}", PASSWORD)
    headers = {"Authorization": f"Bearer {await somebody.access_token()}", "Idempotency-Key": uuid.uuid4().hex}
    body = {"name": f"r-{uuid.uuid4().hex[:10]}", "kind": "public"}
    async with aiohttp.ClientSession() as http, http.post(f"{url}/api/rooms", json=body, headers=headers) as answer:
        return str((await answer.json())["room"])


async def test_it_scrolls_in_both_directions_with_a_page_that_stays_small(visit: Visit, parley: Parley) -> None:
    # Made and filled while nobody has it open: replicas that had would read it all, and show it as if it were said now.
    room = await room_of_a_program(parley.url)
    await fill(parley, room, Person("somebody", "somebody"), MESSAGES)
    ada = await visit()
    await ada.register()
    joined = await ada.page.request.post(f"{ada.url}/api/rooms/{room}/join", headers={"Origin": ada.url}, data={})
    assert joined.ok, await joined.text()
    await ada.page.goto(f"{ada.url}/rooms/{room}")
    rows = ada.page.locator("#rows .message")
    await expect(rows.filter(has_text=f"number {MESSAGES}").last).to_be_visible(timeout=IN_TIME_MS)
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
