"""What somebody at a browser waits for: a message of another browser, the first row of a page, the next frame.

The whole of Parley as `make run` runs it, two people in one Chromium on two replicas, through the gateway. All pages of
a browser share a clock (`performance.timeOrigin + performance.now()`), so one's sending and the other's seeing compare.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from bench.figures import Figure, percentile
from bench.stage import Stage
from standalone import rabbitmq
from tests import chromium, running
from tests.browser.filling import fill
from tests.browser.people import Visitor, visiting
from tests.running import Parley

MESSAGES = 100
PAUSE_SECONDS = 0.15  # one person's writes are limited
LOADS = 10
FEW, MANY = 1_000, 100_000
SCROLL_MS = 3_000
LATE_FRAME_MS = 50

NOTE_SEEN = """() => {
  window.seen = {};
  new MutationObserver(() => {
    const now = performance.timeOrigin + performance.now();
    const newest = [...document.querySelectorAll("#rows .message-text")].slice(-3);
    for (const { textContent } of newest) window.seen[textContent] ??= now;
  }).observe(document.querySelector("#rows"), { childList: true, subtree: true });
}"""
SEND = """(text) => {
  const field = document.querySelector("#text");
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  const began = performance.timeOrigin + performance.now();
  document.querySelector(".composer-send").click();
  return began;
}"""
# The frame after the one that draws it begins when that one has been painted.
NOTE_FIRST_ROW = """
  const look = () => document.querySelector("#rows .message")
    ? requestAnimationFrame(() => requestAnimationFrame(() => (window.firstRowAt = performance.now())))
    : requestAnimationFrame(look);
  requestAnimationFrame(look);
"""
SCROLL = """async (forMs) => {
  const list = document.querySelector("#timeline");
  const frame = () => new Promise(requestAnimationFrame);
  const frames = [];
  let before = await frame();
  for (const began = before; before - began < forMs; ) {
    list.scrollTop -= 60; // some five screens a second
    const now = await frame();
    frames.push(now - before);
    before = now;
  }
  return frames;
}"""


async def measure(stage: Stage) -> AsyncIterator[list[Figure]]:
    with _every_core(), tempfile.TemporaryDirectory(prefix="parley-bench-") as data:
        async with _parley(stage, Path(data)) as parley:
            async for figures in measure_at(parley):
                yield figures


async def measure_at(parley: Parley) -> AsyncIterator[list[Figure]]:
    """Of a Parley that runs."""
    async with chromium.launched() as browser, visiting(browser, parley.url) as visit:
        ada, bob = await visit(), await visit()
        await ada.register()
        await bob.register()
        yield await _send_to_seen(ada, bob)
        yield await _first_message(parley, ada)
        yield await _scrolling(parley, ada)


async def _send_to_seen(ada: Visitor, bob: Visitor) -> list[Figure]:
    await bob.leave_the_replica_of(ada)
    await ada.create_room()
    name = await ada.page.locator("#room-title").inner_text()
    await ada.add(bob)
    await bob.enter(name)
    await bob.page.evaluate(NOTE_SEEN)
    took = []
    for number in range(MESSAGES):
        text = f"message {number}."
        sent = await ada.page.evaluate(SEND, text)
        seen = await bob.page.wait_for_function("(text) => window.seen[text]", arg=text)
        took.append(await seen.json_value() - sent)
        await asyncio.sleep(PAUSE_SECONDS)
    return [
        _figure("send to seen in the other browser, p50", percentile(took, 0.5)),
        _figure("send to seen in the other browser, p99", percentile(took, 0.99)),
        _load(),
    ]


async def _first_message(parley: Parley, ada: Visitor) -> list[Figure]:
    await _enter_full_room(parley, ada, FEW)
    await ada.context.add_init_script(NOTE_FIRST_ROW)
    await ada.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    devtools = await ada.context.new_cdp_session(ada.page)

    async def load() -> float:
        await ada.page.reload()
        painted = await ada.page.wait_for_function("() => window.firstRowAt")
        return float(await painted.json_value())

    cold, warm = [], []
    for _ in range(LOADS):
        await devtools.send("Network.clearBrowserCache")
        kept = "service_workers,cache_storage,local_storage,indexeddb"
        await devtools.send("Storage.clearDataForOrigin", {"origin": parley.url, "storageTypes": kept})
        cold.append(await load())
        await ada.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        warm.append(await load())
    return [
        _figure(f"first message of {FEW:,}, cold, p50", percentile(cold, 0.5)),
        _figure(f"first message of {FEW:,}, cold, worst of {LOADS}", max(cold)),
        _figure(f"first message of {FEW:,}, warm, p50", percentile(warm, 0.5)),
        _figure(f"first message of {FEW:,}, warm, worst of {LOADS}", max(warm)),
        _load(),
    ]


async def _scrolling(parley: Parley, ada: Visitor) -> list[Figure]:
    await _enter_full_room(parley, ada, MANY)
    frames = await ada.page.evaluate(SCROLL, SCROLL_MS)
    late = sum(frame > LATE_FRAME_MS for frame in frames)
    return [
        Figure("browser", f"frames scrolling {MANY:,} for {SCROLL_MS // 1000} s", len(frames), "frames"),
        Figure("browser", f"of these over {LATE_FRAME_MS} ms", late, "frames"),
        _figure("the longest frame", max(frames)),
        _load(),
    ]


async def _enter_full_room(parley: Parley, ada: Visitor, count: int) -> None:
    """Until the page shows the last message."""
    await ada.create_room()
    last = await fill(parley, ada.page.url.rpartition("/")[2], count)
    while not await ada.page.locator(f"#rows .message[data-seq='{last}']").count():
        await asyncio.sleep(1)
        await ada.page.reload()
        await ada.arrived()


def _figure(measure: str, milliseconds: float) -> Figure:
    return Figure("browser", measure, milliseconds, "ms")


def _load() -> Figure:
    """All of Parley, the browser and whatever else there is share the cores: no figure here means much without it."""
    return Figure("browser", "load average of the machine meanwhile", os.getloadavg()[0], "")


@asynccontextmanager
async def _parley(stage: Stage, data: Path) -> AsyncIterator[Parley]:
    parley = running.start(data) if rabbitmq.found() else running.start(data, AMQP_URL=stage.told["AMQP_URL"])
    try:
        await asyncio.to_thread(parley.wait_until_ready)
        yield parley
    finally:
        if parley.process.poll() is None:
            await asyncio.to_thread(parley.stop)


@contextmanager
def _every_core() -> Iterator[None]:
    """A user's machine pins nothing, and what is started inherits it."""
    pinned = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    try:
        yield
    finally:
        os.sched_setaffinity(0, pinned)
