"""Parley as an app: manifest, service worker, notifications."""

import json

from playwright.async_api import expect

from tests.browser.people import Visit, said
from tests.deployment import Deployment

NOTIFIED = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
  .map((one) => `${one.title}: ${one.body}`)"""

# What the worker of an update says as it takes over: tests/web/service_worker.test.mjs.
UPDATED = "(version) => navigator.serviceWorker.dispatchEvent(new MessageEvent('message', { data: { version } }))"
HIDE = "() => Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })"


async def test_it_can_be_installed(visit: Visit, deployment: Deployment) -> None:
    ada = await visit()
    await ada.register()
    manifest = json.loads(await (await ada.page.request.get(f"{deployment.url}/static/parley.webmanifest")).text())
    assert manifest["display"] == "standalone"
    assert {icon["sizes"] for icon in manifest["icons"]} >= {"192x192", "512x512"}
    for icon in manifest["icons"]:
        assert (await ada.page.request.get(deployment.url + icon["src"])).ok
    devtools = await ada.context.new_cdp_session(ada.page)
    found = await devtools.send("Page.getInstallabilityErrors")
    assert {error["errorId"] for error in found["installabilityErrors"]} <= {"in-incognito"}  # as each test is


async def test_it_opens_without_a_network_from_what_was_kept_of_this_version(visit: Visit) -> None:
    ada = await visit()
    await ada.register()
    version = await ada.page.locator("#chat").get_attribute("data-version")
    await ada.page.evaluate("navigator.serviceWorker.ready")
    await ada.until("Boolean(navigator.serviceWorker.controller)", answer=True)
    assert await ada.page.evaluate("caches.keys()") == [f"parley-{version}"]
    await ada.context.set_offline(True)
    await ada.page.reload()
    await expect(ada.page.locator("#text")).to_be_visible()
    await ada.page.fill("#text", "still here")


async def test_who_has_the_page_open_during_an_update_is_offered_the_new_one(visit: Visit) -> None:
    ada = await visit()
    await ada.register()
    await ada.page.evaluate("window.before = true")
    await ada.page.clock.install()
    for version in ("feedfeedfeedfeed", "beefbeefbeefbeef"):
        await ada.page.evaluate(UPDATED, version)
    await ada.page.clock.run_for(600_000)  # one may be away from the screen
    await expect(ada.page.locator("#toasts .toast")).to_have_text("There is a new version of Parley.Reload")
    await ada.page.get_by_role("button", name="Reload").click()
    await ada.until("window.before === undefined", answer=True)
    await ada.arrived()


async def test_a_page_that_nobody_sees_updates_itself(visit: Visit) -> None:
    ada = await visit()
    await ada.register()
    await ada.page.evaluate(HIDE)
    async with ada.page.expect_event("load"):
        await ada.page.evaluate(UPDATED, "feedfeedfeedfeed")
    await ada.arrived()


async def test_text_that_is_nowhere_else_holds_an_update_back(visit: Visit) -> None:
    ada = await visit()
    await ada.register()
    await ada.create_room()
    offer = ada.page.locator("#toasts").get_by_text("There is a new version of Parley.")

    await ada.page.click("#details-toggle")
    await ada.page.get_by_label("Topic").fill("half a topic")
    await ada.page.evaluate(HIDE)
    await ada.page.evaluate(UPDATED, "feedfeedfeedfeed")
    await expect(offer).to_be_visible()
    await expect(ada.page.get_by_label("Topic")).to_have_value("half a topic")

    await ada.be_refused(edit="Not this one.")
    text = said()
    await ada.say(text)
    await ada.sees(text)
    await ada.choose(text, "Edit")
    await ada.page.fill("#text", f"{text} and more")
    await ada.page.evaluate("""() => {
      document.querySelector("#composer").requestSubmit();
      document.execCommand("insertText", false, "the next thought");
    }""")
    await expect(ada.page.locator("#toasts")).to_contain_text("Your change was not saved.")
    await ada.page.evaluate(HIDE)
    await ada.page.evaluate(UPDATED, "feedfeedfeedfeed")
    await expect(offer).to_be_visible()
    await expect(ada.page.get_by_role("button", name="Copy its text")).to_be_visible()


async def test_a_message_calls_who_is_elsewhere_and_is_quiet_once_it_was_read(visit: Visit) -> None:
    ada, bob = await visit(permissions=["notifications"]), await visit()
    await ada.register()
    await bob.register()
    await ada.page.evaluate("navigator.serviceWorker.ready")
    await bob.converse(ada)
    text = said()
    await bob.say(f"**{text}**")
    await ada.until(NOTIFIED, [f"{bob.name}: {text}"])  # what it says, without its marks
    await ada.enter(bob.name)
    await ada.until(NOTIFIED, [])


async def test_a_room_that_one_looks_at_or_silenced_does_not_call(visit: Visit) -> None:
    ada, bob = await visit(permissions=["notifications"]), await visit()
    await ada.register()
    await bob.register()
    await ada.page.evaluate("navigator.serviceWorker.ready")
    name = await ada.create_room()
    await ada.add(bob)
    await bob.enter(name)
    read = said()
    await bob.say(read)
    await expect(bob.message(read)).to_contain_text(f"Read by {ada.name}")
    await ada.page.click("#details-toggle")
    await ada.page.get_by_label("Nothing").check()
    await expect(ada.room(name)).to_contain_text("notifications off")
    await ada.enter("lobby")
    await bob.say(said())
    await bob.converse(ada)
    last = said()
    await bob.say(last)
    await ada.until(NOTIFIED, [f"{bob.name}: {last}"])  # and nothing of the others


async def test_a_room_that_one_looks_at_on_another_device_does_not_call(visit: Visit) -> None:
    ada, elsewhere, bob = await visit(permissions=["notifications"]), await visit(), await visit()
    await ada.register()
    await bob.register()
    await ada.page.evaluate("navigator.serviceWorker.ready")
    name = await ada.create_room()
    await expect(ada.page.locator("#room-title")).to_have_text(name)
    await ada.page.click("#details-toggle")
    await expect(ada.page.get_by_label("All messages")).to_be_checked()
    await ada.page.click("#panel-close")
    await ada.add(bob)
    await ada.enter("lobby")
    elsewhere.name = ada.name
    await elsewhere.open("/login")
    await elsewhere.log_in()
    await elsewhere.arrived()
    await elsewhere.enter(name)
    await bob.enter(name)
    read = said()
    await bob.say(read)
    await expect(bob.message(read)).to_contain_text(f"Read by {ada.name}")
    await elsewhere.page.close()
    called = said()
    await bob.say(called)
    await ada.until(NOTIFIED, [f"{bob.name} in {name}: {called}"])  # and nothing of what was read
