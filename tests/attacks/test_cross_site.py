"""Another site in the browser of somebody who is signed in: its forms, its scripts and its sockets.

Cookies of `localhost` go to every port of it, so the other port is the harder case: the same site by the browser's
rules, and another origin all the same. 127.0.0.1 is another site.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page

from tests.browser.people import Visit, Visitor, visiting
from tests.deployment import Deployment

OTHERS = ("localhost", "127.0.0.1")
FORMS = {
    "/account/name": {"name": "owned"},
    "/account/password": {"password": "x", "new_password": "y", "new_password_again": "y"},
    "/account/sessions": {},
    "/account/tokens": {"act": "make", "name": "evil", "scopes": "write"},
    "/account/invitations": {"act": "make"},
    "/account/delete": {"password": "x"},
    "/signout": {},
    "/login": {"name": "mallory", "password": "x"},
}
FETCHES = """async (url) => {
  const tried = {};
  const options = { mode: "cors", credentials: "include" };
  const simple = { ...options, method: "POST", mode: "no-cors", headers: { "Content-Type": "text/plain" } };
  const asked = {
    me: ["/api/auth/me", options], page: ["/account", options], rooms: ["/api/rooms", options],
    preflighted: ["/api/auth/sessions", { ...options, method: "DELETE" }],
    json: ["/api/rooms", { ...options, method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" }],
    refresh: ["/api/auth/refresh", { ...simple, body: "{}" }],
    logout: ["/api/auth/logout", { ...simple, body: '{"a":"="}' }],
    room: ["/api/rooms", { ...simple, body: '{"name":"owned"}' }],
  };
  for (const [name, [path, how]] of Object.entries(asked)) {
    tried[name] = await fetch(url + path, how).then((answer) => answer.text(), () => "");
  }
  return tried;
}"""
SOCKET = """(url) => new Promise((done) => {
  const socket = new WebSocket(url.replace("http", "ws") + "/ws");
  socket.onopen = () => { socket.send('{"op":"hello"}'); };
  socket.onmessage = (message) => { done(message.data); };
  socket.onclose = () => { done(""); };
})"""
READ = """async (url) => {
  for (const path of ["/signout", "/login", "/account/second-factor", "/api/auth/logout"]) {
    await new Promise((done) => { const image = new Image(); image.onerror = image.onload = done;
                                  image.src = url + path; });
  }
}"""


@pytest_asyncio.fixture(params=OTHERS, loop_scope="session")
async def evil(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A site of the attacker's: a page that does nothing by itself."""

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><title>kittens</title>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, request.param, 0).start()
    yield f"http://{request.param}:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest_asyncio.fixture(loop_scope="session")
async def visit(chromium: Browser, deployment: Deployment) -> AsyncIterator[Visit]:
    async with visiting(chromium, deployment.url) as visit:
        yield visit


@pytest_asyncio.fixture(loop_scope="session")
async def victim(visit: Visit) -> Visitor:
    victim = await visit()
    await victim.register()
    return victim


async def account(victim: Visitor) -> dict[str, Any]:
    """What an attacker would like to change."""

    async def asked(path: str) -> Any:
        return await (await victim.context.request.get(victim.url + path)).json()

    me, sessions, tokens, rooms = [
        await asked(path) for path in ("/api/auth/me", "/api/auth/sessions", "/api/auth/tokens", "/api/rooms")
    ]
    return {"me": me, "sessions": [one["id"] for one in sessions["sessions"]], "tokens": tokens, "rooms": rooms}


async def trap(victim: Visitor, evil: str) -> Page:
    page = await victim.context.new_page()
    await page.goto(evil)
    return page


async def test_no_form_of_another_site_does_anything(victim: Visitor, evil: str) -> None:
    before = await account(victim)
    page = await trap(victim, evil)
    for path, fields in FORMS.items():
        inputs = "".join(f"<input name='{name}' value='{value}'>" for name, value in fields.items())
        for encoding in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data"):
            await page.goto(evil)
            form = f"<form method=post action='{victim.url}{path}' enctype='{encoding}'>{inputs}</form>"
            await page.evaluate("(html) => { document.body.innerHTML = html; }", form)
            async with page.expect_navigation() as navigated:
                await page.evaluate("() => document.forms[0].submit()")
            answer = await navigated.value
            assert answer is not None
            assert answer.status == 403, (path, encoding)
    assert await account(victim) == before


async def test_no_script_of_another_site_reads_or_changes_anything(victim: Visitor, evil: str) -> None:
    before = await account(victim)
    page = await trap(victim, evil)
    assert set((await page.evaluate(FETCHES, victim.url)).values()) == {""}
    await page.evaluate(READ, victim.url)
    assert await account(victim) == before


async def test_no_socket_of_another_site_is_opened(victim: Visitor, evil: str) -> None:
    own = await victim.another_tab()
    async with asyncio.timeout(20):
        assert "welcome" in await own.page.evaluate(SOCKET, victim.url)  # from our own page the same script gets in
        assert await (await trap(victim, evil)).evaluate(SOCKET, victim.url) == ""


async def test_no_page_is_shown_in_a_frame_of_another_site(victim: Visitor, evil: str) -> None:
    page = await trap(victim, evil)
    for path in ("/account", "/rooms/lobby", "/login", "/signout"):
        await page.evaluate(
            """(address) => new Promise((done) => {
              const frame = document.createElement("iframe");
              frame.onload = done; frame.src = address; document.body.replaceChildren(frame);
            })""",
            victim.url + path,
        )  # fmt: skip
        assert [frame.url for frame in page.frames if frame.url.startswith(victim.url)] == [], path


async def test_no_page_is_reached_through_a_window_that_another_site_opened(victim: Visitor, evil: str) -> None:
    page = await trap(victim, evil)
    async with page.context.expect_page() as opened:
        await page.evaluate("(address) => { window.their = window.open(address); }", victim.url + "/account")
    await (await opened.value).wait_for_load_state()
    assert await page.evaluate("() => window.their.closed || window.their.length === 0 && !window.their.document")
