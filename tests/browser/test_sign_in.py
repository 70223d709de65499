"""The forms, in a browser; they need no JavaScript."""

import pytest
from playwright.async_api import expect

from tests.browser.people import PASSWORD, Visit
from tests.deployment import Deployment

# Names of all that the browser keeps for the site.
KEPT = """async () => {
  const databases = await Promise.all((await indexedDB.databases()).map(({ name }) => new Promise((resolve) => {
    const opening = indexedDB.open(name);
    opening.onsuccess = () => {
      const all = opening.result.transaction("outbox").objectStore("outbox").getAllKeys();
      all.onsuccess = () => (opening.result.close(), resolve(all.result.length ? "outbox" : ""));
    };
  })));
  const workers = (await navigator.serviceWorker.getRegistrations()).map(() => "worker");
  return [...databases, ...workers, ...(await caches.keys()), ...Object.keys(localStorage)].join(" ");
}"""


async def test_a_stranger_lands_on_the_sign_in_page_and_comes_back_after_it(visit: Visit) -> None:
    ada = await visit()
    await ada.open("/signin")
    await ada.fill(name=ada.name, password=PASSWORD, password_again=PASSWORD)
    await ada.page.wait_for_url("**/rooms/lobby")
    await ada.arrived()
    await ada.context.clear_cookies()
    await ada.open("/")
    await ada.page.wait_for_url("**/login?next=/")
    await ada.fill(name=ada.name, password=PASSWORD)
    await expect(ada.page.locator("#composer")).to_be_visible()


async def test_the_forms_work_without_javascript(visit: Visit, deployment: Deployment) -> None:
    ada = await visit(java_script_enabled=False)
    await ada.open("/signin")
    await ada.fill(name=ada.name, password=PASSWORD, password_again=PASSWORD)
    await ada.page.wait_for_url(deployment.url + "/")
    await ada.open("/signout")
    await ada.fill()
    await ada.page.wait_for_url("**/login")
    await ada.fill(name=ada.name, password=PASSWORD)
    await ada.page.wait_for_url(deployment.url + "/")


async def test_signing_out_leaves_nothing_in_the_browser_and_tells_what_would_be_lost(visit: Visit) -> None:
    ada = await visit()
    await ada.register()
    await ada.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    await ada.stop_connecting()
    await ada.say("not sent")
    await ada.page.fill("#text", "half a thought")
    await ada.until(f"({KEPT})().then((kept) => kept.includes('outbox') && kept.includes('parley.draft'))", answer=True)
    await ada.page.click("#you")
    await ada.page.get_by_role("menuitem", name="Sign out").click()
    await expect(ada.page.locator("dialog")).to_contain_text("1 message has not been sent.")
    await ada.page.get_by_role("button", name="Go on").click()
    await ada.page.wait_for_url("**/signout")
    await ada.fill()
    await ada.page.wait_for_url("**/login")
    assert await ada.page.evaluate(KEPT) == ""


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"name": "x"}, "name", "2 to 32"),
        ({"name": "<b>"}, "name", "2 to 32"),
        ({"password": "short"}, "password", "at least 12"),
        ({"password": "passwordpassword"}, "password", "too easy"),
        ({"password_again": "another password"}, "password_again", "differ"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field(
    visit: Visit, fields: dict[str, str], field: str, reason: str
) -> None:
    ada = await visit()
    await ada.open("/signin")
    filled = {"name": ada.name, "password": PASSWORD} | fields
    await ada.fill(**({"password_again": filled["password"]} | filled))
    at_fault = ada.page.locator(f"[name={field}]")
    await expect(at_fault).to_have_attribute("aria-invalid", "true")
    described_by = await at_fault.get_attribute("aria-describedby")
    explanations = [await ada.page.locator(f"#{name}").inner_text() for name in (described_by or "").split()]
    assert any(reason in explanation for explanation in explanations)
    await expect(ada.page.locator("[name=name]")).to_have_value(filled["name"])


async def test_a_taken_name_is_said_at_the_name(visit: Visit) -> None:
    ada, twin = await visit(), await visit()
    await ada.register()
    await twin.open("/signin")
    await twin.fill(name=ada.name.upper(), password=PASSWORD, password_again=PASSWORD)
    await expect(twin.page.locator("[name=name]")).to_have_attribute("aria-invalid", "true")


async def test_a_wrong_password_is_told_without_telling_which_was_wrong(visit: Visit) -> None:
    ada, stranger = await visit(), await visit()
    await ada.register()
    told = []
    for name in (ada.name, stranger.name):
        await stranger.open("/login")
        await stranger.fill(name=name, password="not the password")
        await expect(stranger.page.locator(".form-problem")).to_contain_text("don't go together")
        await expect(stranger.page.get_by_role("button", name="Show")).to_be_visible()  # the page is whole
        told.append(await stranger.page.locator("main").inner_text())
    assert told[0] == told[1]
