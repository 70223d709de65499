"""A room with more messages than any page can hold."""

import uuid

import aiohttp
from playwright.async_api import expect

from parley_client import register
from tests.browser.filling import fill
from tests.browser.people import IN_TIME_MS, PASSWORD, Visit, Visitor, said, two_in_a_room
from tests.deployment import Deployment

MESSAGES = 100_000
MOST_ROWS = 400  # the window's 300 entries, and the lines between them
# How far what one reads moves while a page comes in beyond one edge, and rows go beyond the other.
MOVED_BY = """async (down) => {
  const list = document.querySelector("#timeline");
  const top = (row) => row.getBoundingClientRect().top;
  const outermost = () => [...document.querySelectorAll("#rows .message")].at(down ? -1 : 0).dataset.seq;
  const before = outermost();
  list.scrollTop = down ? list.scrollHeight - list.clientHeight - 400 : 400; // near enough to the edge
  const read = [...document.querySelectorAll("#rows .message")].find((row) => top(row) > top(list));
  const from = top(read);
  while (outermost() === before) await new Promise(requestAnimationFrame);
  return Math.abs(top(read) - from);
}"""
# At every change of the list how many rows it has; at every frame whether the reader sees one.
WATCH = """() => {
  const list = document.querySelector("#timeline");
  const rows = document.querySelector("#rows");
  const seen = (window.seen = { most: rows.children.length, frames: 0, blank: 0 });
  const count = () => (seen.most = Math.max(seen.most, rows.children.length));
  new MutationObserver(count).observe(rows, { childList: true });
  const look = () => {
    const { top, bottom } = list.getBoundingClientRect();
    const boxes = [...rows.children].map((row) => row.getBoundingClientRect());
    seen.frames += 1;
    if (!boxes.some((box) => box.bottom > top && box.top < bottom)) seen.blank += 1;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""


async def holds_what_it_should(person: Visitor) -> None:
    """Since it is watched: never too many rows, and never an empty screen."""
    seen = await person.page.evaluate("window.seen")
    assert seen["most"] <= MOST_ROWS
    assert seen["frames"] > 0
    assert seen["blank"] == 0


async def room_of_a_program(url: str) -> str:
    """A public room, made without a socket."""
    somebody = await register(url, f"t-{uuid.uuid4().hex[:12]}", PASSWORD)
    headers = {"Authorization": f"Bearer {await somebody.access_token()}", "Idempotency-Key": uuid.uuid4().hex}
    body = {"name": f"r-{uuid.uuid4().hex[:10]}", "kind": "public"}
    async with aiohttp.ClientSession() as http, http.post(f"{url}/api/rooms", json=body, headers=headers) as answer:
        return str((await answer.json())["room"])


async def test_it_scrolls_in_both_directions_with_a_page_that_stays_small(visit: Visit, deployment: Deployment) -> None:
    # Made and filled while nobody has it open: replicas that had would read it all, and show it as if it were said now.
    room = await room_of_a_program(deployment.url)
    await fill(deployment, room, MESSAGES)
    ada = await visit()
    await ada.register()
    joined = await ada.page.request.post(f"{ada.url}/api/rooms/{room}/join", headers={"Origin": ada.url}, data={})
    assert joined.ok, await joined.text()
    await ada.page.goto(f"{ada.url}/rooms/{room}")
    rows = ada.page.locator("#rows .message")
    await expect(rows.filter(has_text=f"number {MESSAGES}").last).to_be_visible(timeout=IN_TIME_MS)
    await ada.page.evaluate(WATCH)
    for _ in range(12):
        before = await rows.first.inner_text()
        await ada.page.evaluate("document.querySelector('#timeline').scrollTop = 0")
        await expect(rows.first).not_to_have_text(before)
    assert await ada.page.evaluate(MOVED_BY, False) <= 1
    await holds_what_it_should(ada)

    await ada.page.goto(f"{ada.url}/rooms/{room}/50000")
    old = ada.page.locator("#rows .message[data-seq='50000']")
    await expect(old).to_be_focused()
    await expect(old).to_be_in_viewport()
    await ada.page.evaluate(WATCH)
    for _ in range(9):
        before = await rows.last.inner_text()
        await ada.page.evaluate("document.querySelector('#timeline').scrollTop = 1e9")
        await expect(rows.last).not_to_have_text(before)
    assert await ada.page.evaluate(MOVED_BY, True) <= 1
    await holds_what_it_should(ada)
    await ada.page.click("#jump")
    await expect(ada.page.locator(f"#rows .message[data-seq='{MESSAGES}']")).to_be_visible()
    await ada.say("the last word")
    await ada.sees("the last word")


async def test_the_way_to_what_is_new_is_shown_until_one_was_there(visit: Visit) -> None:
    ada, bob, name = await two_in_a_room(visit)
    await bob.enter("lobby")
    texts = [said() for _ in range(30)]
    for text in texts:
        await ada.say(text)
    await expect(bob.room(name)).to_contain_text("30 unread")
    await bob.enter(name)
    bar = bob.page.get_by_role("button", name="30 new messages · Jump to the first")
    await bar.click()
    await expect(bob.message(texts[0])).to_be_in_viewport()
    await bob.page.click("#jump")
    await expect(bob.message(texts[-1])).to_be_in_viewport()
    await expect(bar).to_be_hidden()
