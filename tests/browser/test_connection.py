"""Offline and back: what is told, what is kept, what goes out."""

import asyncio
import json
import re

from playwright.async_api import WebSocketRoute, expect

from tests.browser.filling import fill
from tests.browser.people import IN_TIME_MS, Visit, Visitor, new_name, said, two_in_a_room
from tests.deployment import Deployment


async def room_with_a_past(ada: Visitor, deployment: Deployment) -> tuple[str, int]:
    """A room of hers that is longer than a page loads, and its oldest message."""
    room = (await ada.call("POST", "/rooms", name=new_name(), kind="public"))["room"]
    seq = await fill(deployment, room, 1)
    await fill(deployment, room, 300)
    return room, seq


async def test_a_loss_is_told_after_a_while_with_the_next_try_and_a_way_to_try_now(visit: Visit) -> None:
    ada = await visit()
    await ada.register()
    await ada.page.clock.install()
    await ada.lose_the_network()
    banner = ada.page.locator("#banner")
    await ada.page.clock.run_for(11_000)  # nobody answers the client's question
    await expect(banner).to_be_hidden()
    await ada.page.clock.run_for(6_000)
    await expect(banner).to_contain_text("No connection.")
    await expect(banner.get_by_role("button", name="Retry now")).to_be_visible()
    await expect(banner.locator(".banner-countdown")).to_have_text(re.compile(r"Next try in \d+ s\.|Trying…"))
    await ada.find_the_network()  # of which the browser tells the page: it does not wait for the next try
    await expect(banner).to_be_hidden()


async def test_only_a_message_that_takes_a_while_says_that_it_is_on_its_way(visit: Visit) -> None:
    ada = await visit()
    await ada.register()
    await ada.lose_the_network()  # of which nobody tells the page
    text = said()
    await ada.say(text)
    state = ada.message(text).locator(".message-state")
    await expect(state).to_have_text("Sending…")
    after_ms = """(state, ms) => {
      const [animation] = state.getAnimations();
      animation.pause();
      animation.currentTime = ms;
      return getComputedStyle(state).visibility;
    }"""
    assert [await state.evaluate(after_ms, ms) for ms in (0, 299, 300)] == ["hidden", "hidden", "visible"]


async def test_what_was_written_offline_survives_a_reload_and_goes_out_once_in_order(visit: Visit) -> None:
    ada, bob, _ = await two_in_a_room(visit)
    await ada.page.evaluate("navigator.serviceWorker.ready")
    await ada.page.reload()  # through the service worker, which keeps the page from now on
    await ada.arrived()
    await ada.lose_the_network()
    texts = [said() for _ in range(3)]
    for text in texts:
        await ada.say(text)
    await expect(ada.message(texts[0])).to_be_visible()
    await ada.page.reload()
    await expect(ada.page.locator("#text")).to_be_visible()
    await ada.find_the_network()
    await ada.page.evaluate("window.dispatchEvent(new Event('online'))")
    await bob.sees(*texts)
    assert [text for text in await bob.texts() if text in texts] == texts


async def test_a_lost_connection_flashes_nothing_and_misses_nothing(visit: Visit, deployment: Deployment) -> None:
    ada, bob = await visit(), await visit()
    await ada.register()
    await bob.register()
    await bob.leave_the_replica_of(ada)
    name = await ada.create_room()
    await ada.add(bob)
    await bob.enter(name)
    before, during = said(), said()
    await ada.say(before)
    await bob.sees(before)
    await bob.page.evaluate(
        """() => { window.fewest = 1e9; new MutationObserver(() => {
          window.fewest = Math.min(window.fewest, document.querySelectorAll("#rows .message").length);
        }).observe(document.querySelector("#rows"), { childList: true }); }"""
    )
    await bob.page.focus("#text")
    await bob.page.keyboard.type("while I am ")
    assert deployment.kill(bob.replica)
    await bob.page.keyboard.type("typing")
    await ada.say(during)
    await bob.sees(before, during)
    await expect(bob.page.locator("#text")).to_have_value("while I am typing")
    assert await bob.page.evaluate("window.fewest") >= 1
    async with asyncio.timeout(30):
        while not deployment.whole:
            await asyncio.sleep(0.1)


async def test_a_link_followed_without_a_connection_leads_there_when_it_is_back(
    visit: Visit, deployment: Deployment
) -> None:
    ada = await visit()
    await ada.sign_up()
    room, seq = await room_with_a_past(ada, deployment)
    await ada.open(f"/rooms/{room}")
    await ada.arrived()
    link = f"{ada.url}/rooms/{room}/{seq}"
    await ada.say(link)
    await ada.sees(link)
    await ada.page.clock.install()
    await ada.lose_the_network()
    await ada.page.clock.run_for(11_000)  # nobody answers the client's question
    await ada.page.get_by_role("link", name=link).click()
    await expect(ada.page.locator("#toasts")).to_contain_text("No connection. The message is shown when it is back.")
    await expect(ada.message(link)).to_be_in_viewport()
    await ada.find_the_network()
    found = ada.page.locator(f".message[data-seq='{seq}']")
    await expect(found).to_be_in_viewport()
    await expect(found).to_be_focused()


async def test_who_says_something_stays_at_the_end_when_the_page_they_went_to_comes_late(
    visit: Visit, deployment: Deployment
) -> None:
    ada = await visit()
    await ada.sign_up()
    room, seq = await room_with_a_past(ada, deployment)
    asked: list[str] = []
    held, released = asyncio.Event(), asyncio.Event()

    def come_between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def ask(text: str | bytes) -> None:
            frame = json.loads(text)
            if "around" in frame:
                asked.append(frame["id"])
            server.send(text)

        async def answer(text: str | bytes) -> None:
            if json.loads(text).get("id") in asked:
                held.set()
                await released.wait()
            socket.send(text)

        socket.on_message(ask)
        server.on_message(answer)

    await ada.page.route_web_socket("**/ws", come_between)
    await ada.open(f"/rooms/{room}")
    await ada.arrived()
    link = f"{ada.url}/rooms/{room}/{seq}"
    await ada.say(link)
    await ada.page.get_by_role("link", name=link).click()
    async with asyncio.timeout(IN_TIME_MS / 1000):
        await held.wait()
    said_here, said_elsewhere = said(), said()
    await ada.say(said_here)
    await ada.sees(said_here)
    released.set()
    await ada.call("POST", f"/rooms/{room}/events", text=said_elsewhere)  # told after the page
    await expect(ada.message(said_elsewhere)).to_be_in_viewport()


async def test_a_thread_that_does_not_come_is_asked_for_again(visit: Visit) -> None:
    ada, bob, _ = await two_in_a_room(visit)
    text, answer = said(), said()
    await ada.say(text)
    await bob.choose(text, "Reply")
    await bob.say(answer)
    refused: list[str] = []

    def come_between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def ask(text: str | bytes) -> None:
            frame = json.loads(text)
            if frame["op"] != "thread" or refused:
                server.send(text)
                return
            refused.append(frame["id"])
            refusal = {"op": "error", "id": frame["id"], "code": "unavailable", "message": "Not now.", "retry_after": 1}
            socket.send(json.dumps(refusal))

        socket.on_message(ask)

    await ada.page.route_web_socket("**/ws", come_between)
    await ada.page.reload()
    await ada.page.get_by_role("button", name="1 reply").click()
    await expect(ada.page.locator(".thread .message-text")).to_have_text([text, answer])
    await expect(ada.page.get_by_text("Not now.")).to_be_hidden()
    assert refused


async def test_signed_out_elsewhere_one_signs_in_again_and_finds_the_draft(visit: Visit) -> None:
    ada = await visit()
    await ada.register()
    name = await ada.create_room()
    await ada.page.fill("#text", "half a thought")
    await ada.context.request.post(f"{ada.url}/api/auth/logout", headers={"Origin": ada.url}, data={})
    await ada.page.wait_for_url("**/login?next=*")
    await ada.log_in()
    await expect(ada.page.locator("#room-title")).to_have_text(name)
    await expect(ada.page.locator("#text")).to_have_value("half a thought")


async def test_who_has_read_is_shown_after_a_reload_too(visit: Visit) -> None:
    ada, bob, _ = await two_in_a_room(visit)
    text = said()
    await ada.say(text)
    await bob.sees(text)
    read_by = ada.message(text).get_by_text(f"Read by {bob.name}")
    await expect(read_by).to_be_visible()
    await ada.page.reload()
    await expect(read_by).to_be_visible()
