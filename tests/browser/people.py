"""People at browsers, as tests drive them."""

import json
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, WebSocket, expect

PASSWORD = "velvet cactus orbit 9"
IN_TIME_MS = 30_000
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE_WIDTH = 390
PHONE = {"viewport": {"width": PHONE_WIDTH, "height": 844}, "has_touch": True, "is_mobile": True}


class Visitor:
    """Somebody with a browser of their own; `complaints` is what the page logged as errors."""

    def __init__(self, context: BrowserContext, page: Page, url: str) -> None:
        self.context = context
        self.page = page
        self.name = f"t-{uuid.uuid4().hex[:12]}"
        self.replica = ""
        self.complaints: list[str] = []
        self._url = url
        page.set_default_timeout(IN_TIME_MS)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("websocket", self._watch)

    async def open(self, path: str = "/") -> None:
        await self.page.goto(self._url + path)

    async def register(self) -> None:
        """Create an account and arrive in the chat."""
        await self.open("/signin")
        await self.fill(name=self.name, password=PASSWORD, password_again=PASSWORD)
        await self.page.wait_for_url(self._url + "/rooms/lobby")
        await self.arrived()

    async def arrived(self) -> None:
        """Until the room is there."""
        await expect(self.page.locator("#rows > *").first).to_be_visible(timeout=IN_TIME_MS)

    async def fill(self, **fields: str) -> None:
        """Fill in the form of the page, and submit it."""
        for name, value in fields.items():
            await self.page.fill(f"[name={name}]", value)
        await self.page.click("form button[type=submit]")

    async def say(self, text: str) -> None:
        await self.page.fill("#text", text)
        await self.page.click(".composer-send")

    async def sees(self, *texts: str) -> None:
        """Wait until each of these messages is shown, as sent, exactly once."""
        for text in texts:
            shown = self.page.locator(".message:not(.message-unsent)").filter(has_text=text)
            await expect(shown).to_have_count(1, timeout=IN_TIME_MS)

    async def texts(self) -> list[str]:
        return await self.page.locator(".message-text").all_text_contents()

    def _watch(self, socket: WebSocket) -> None:
        def note(payload: str | bytes) -> None:
            frame = json.loads(payload)
            if frame["op"] == "welcome":
                self.replica = frame["replica"]

        socket.on("framereceived", note)


Visit = Callable[..., Coroutine[Any, Any, Visitor]]


@asynccontextmanager
async def visiting(browser: Browser, url: str) -> AsyncIterator[Visit]:
    """A way to let people in at `url`: each call opens a browser context, with Playwright's options for it."""
    contexts: list[BrowserContext] = []

    async def visit(**options: Any) -> Visitor:
        context = await browser.new_context(**(DESKTOP | options))
        contexts.append(context)
        return Visitor(context, await context.new_page(), url)

    yield visit
    for context in contexts:
        await context.close()


def said() -> str:
    """A text that nobody said before."""
    return f"hello {uuid.uuid4().hex[:12]}"
