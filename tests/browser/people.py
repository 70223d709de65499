"""People at browsers, as tests drive them."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    WebSocket,
    WebSocketRoute,
    expect,
)

PASSWORD = "velvet cactus orbit 9"
IN_TIME_MS = 30_000
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE_WIDTH = 390
PHONE = {"viewport": {"width": PHONE_WIDTH, "height": 844}, "has_touch": True, "is_mobile": True}


expect.set_options(timeout=IN_TIME_MS)


class Visitor:
    """Somebody with a browser of their own; `complaints` is what the page logged as errors."""

    def __init__(self, context: BrowserContext, page: Page, url: str) -> None:
        self.context = context
        self.page = page
        self.name = f"t-{uuid.uuid4().hex[:12]}"
        self.replica = ""
        self.complaints: list[str] = []
        self.url = url
        self._again: asyncio.Future[Any] | None = None
        page.set_default_timeout(IN_TIME_MS)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.complaints.append(message.text) if _complains(message) else None)
        page.on("websocket", self._watch)
        page.on("requestfailed", self._lost)

    async def open(self, path: str = "/") -> None:
        await self.page.goto(self.url + path)

    async def register(self) -> None:
        """Create an account and arrive in the chat."""
        await self.sign_up()
        await self.open("/rooms/lobby")
        await self.arrived()

    async def sign_up(self) -> None:
        """Create an account without looking at a page: what the form does is told in test_sign_in.py."""
        form: dict[str, str | float | bool] = {
            "name": self.name,
            "password": PASSWORD,
            "password_again": PASSWORD,
        }
        requests, headers = self.context.request, {"Origin": self.url}
        answer = await requests.post(f"{self.url}/signin", form=form, headers=headers, max_redirects=0)
        assert answer.status == 303, await answer.text()

    async def call(self, method: str, path: str, **fields: str | int) -> Any:
        """What the chat's REST API answers."""
        headers = {"Origin": self.url, "Idempotency-Key": str(uuid.uuid4())}
        answer = await self.context.request.fetch(
            f"{self.url}/api{path}", method=method, headers=headers, data=fields or None
        )
        assert answer.ok, await answer.text()
        return await answer.json()

    async def arrived(self) -> None:
        """Until the room is there."""
        await expect(self.page.locator("#rows > *").first).to_be_visible(timeout=IN_TIME_MS)

    async def leave_the_replica_of(self, other: "Visitor") -> None:
        """Until one is on another: the gateway counts sockets that are just closing, too."""
        while self.replica == other.replica:
            await self.page.reload()
            await self.arrived()

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

    def message(self, text: str) -> Locator:
        return self.page.locator("#rows .message").filter(has_text=text)

    async def point_at(self, text: str) -> Locator:
        """The message with this text, which shows its buttons, also where another row moves it from under the mouse."""
        message = self.message(text)
        await message.hover()
        await message.focus()
        return message

    async def choose(self, text: str, action: str) -> None:
        """Choose from the menu of the message with this text."""
        message = await self.point_at(text)
        await message.get_by_role("button", name="More actions").click()
        await self.page.get_by_role("menuitem", name=action, exact=True).click()

    def room(self, name: str) -> Locator:
        """The room's place in the sidebar."""
        return self.page.locator("a.room").filter(has_text=name)

    async def enter(self, name: str) -> None:
        await self.room(name).click()
        await expect(self.page.locator("#room-title")).to_have_text(name)

    async def create_room(self, *, private: bool = False, topic: str = "") -> str:
        """Create a room and enter it; its name."""
        name = new_name()
        if await self.page.locator("#back").is_visible():  # a phone
            await self.page.click("#back")
        await self.page.click("#add-room")
        await self.page.get_by_role("menuitem", name="Create a room").click()
        await self.page.fill("dialog [name=name]", name)
        await self.page.fill("dialog [name=topic]", topic)
        if private:
            await self.page.check("dialog [value=private]")
        await self.page.get_by_role("button", name="Create", exact=True).click()
        await expect(self.page.locator("#room-title")).to_have_text(name)
        return name

    async def add(self, *people: "Visitor") -> None:
        """Add people to the room one is in."""
        await self.page.click("#members-toggle")
        await self.page.get_by_role("button", name="Add people").click()
        for person in people:
            await self._pick(person)
        await self.page.get_by_role("button", name="Add", exact=True).click()
        await expect(self.page.locator("dialog")).to_have_count(0)
        await self.page.click("#panel-close")

    async def converse(self, *people: "Visitor") -> None:
        """Open the conversation with these people."""
        await self.page.click("#add-conversation")
        for person in people:
            await self._pick(person)
        await self.page.get_by_role("button", name="Open", exact=True).click()
        await expect(self.page.locator("#room-title")).to_contain_text(people[0].name)

    async def _pick(self, person: "Visitor") -> None:
        await self.page.fill("dialog .search", person.name)
        await self.page.locator("dialog .people button").filter(has_text=person.name).click()

    async def log_in(self) -> None:
        await self.fill(name=self.name, password=PASSWORD)

    async def another_tab(self) -> "Visitor":
        """The same person in the same browser once more."""
        twin = Visitor(self.context, await self.context.new_page(), self.url)
        twin.name = self.name
        await twin.open()
        await twin.arrived()
        return twin

    async def stop_connecting(self) -> None:
        """Cut this tab off, and let it stay cut off, while others of the same browser are not."""
        await self.page.route_web_socket("**/ws", lambda socket: socket.close(code=1013))
        await self.page.reload()
        await expect(self.page.locator("#text")).to_be_visible()

    async def be_refused(self, **reasons: str) -> None:
        """Open the page anew, with a server that refuses the requests of these ops, each for its reason."""

        def come_between(socket: WebSocketRoute) -> None:
            server = socket.connect_to_server()

            def pass_on(text: str | bytes) -> None:
                frame = json.loads(text)
                if reason := reasons.get(frame["op"]):
                    refusal = {"op": "error", "id": frame["id"], "code": "invalid", "message": reason}
                    socket.send(json.dumps(refusal))
                else:
                    server.send(text)

            socket.on_message(pass_on)

        await self.page.route_web_socket("**/ws", come_between)
        await self.page.reload()
        await self.arrived()

    async def until(self, script: str, answer: object) -> None:
        """Wait until the page's script has this answer."""
        async with asyncio.timeout(IN_TIME_MS / 1000):
            while await self.page.evaluate(script) != answer:
                await asyncio.sleep(0.1)

    async def lose_the_network(self) -> None:
        await self.context.set_offline(True)
        await self.page.evaluate("window.dispatchEvent(new Event('offline'))")

    async def find_the_network(self) -> None:
        await self.context.set_offline(False)

    async def texts(self) -> list[str]:
        return await self.page.locator(".message-text").all_text_contents()

    def _lost(self, request: Request) -> None:
        """Load a page again that lost recovery.js, which would have, as the person at the browser does.

        Containers that come and go change this machine's network, at which Chromium gives up what is on its way.
        """
        if request.failure == "net::ERR_NETWORK_CHANGED" and request.url.endswith("/recovery.js"):
            self._again = asyncio.ensure_future(self.page.reload())

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


async def two_in_a_room(visit: Visit, **options: Any) -> tuple[Visitor, Visitor, str]:
    """Somebody who has made a room, by a browser with these options, somebody else in it, and the room's name."""
    ada, bob = await visit(**options), await visit()
    await ada.sign_up()
    await bob.sign_up()
    name = new_name()
    room = (await ada.call("POST", "/rooms", name=name, kind="public"))["room"]
    await bob.call("POST", f"/rooms/{room}/join")
    for person in (ada, bob):
        await person.open(f"/rooms/{room}")
        await person.arrived()
    return ada, bob, name


def new_name() -> str:
    """A room's name that no other has."""
    return f"r-{uuid.uuid4().hex[:10]}"


def said() -> str:
    """A text that nobody said before."""
    return f"hello {uuid.uuid4().hex[:12]}"


def _complains(message: ConsoleMessage) -> bool:
    """Whether the page did something wrong: that the machine's network changed is no fault of it."""
    return message.type == "error" and "ERR_NETWORK_CHANGED" not in message.text
