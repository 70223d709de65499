"""Two people chat in real browsers, through the real gateway, each on another replica."""

import asyncio

from playwright.async_api import expect

from tests.browser.people import IN_TIME_MS, Visit, said
from tests.deployment import Deployment

MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script> & <b>bold</b> \u202eabc\u202c مرحبا 👩‍👩‍👧‍👦"


async def test_a_message_appears_live_for_somebody_on_the_other_replica(visit: Visit) -> None:
    ada, bob = await visit(), await visit()
    await ada.register()
    await bob.register()
    await bob.leave_the_replica_of(ada)
    text, answer = said(), said()
    await ada.say(text)
    await bob.sees(text)
    await bob.say(answer)
    await ada.sees(text, answer)
    assert ada.complaints == bob.complaints == []


async def test_each_sees_that_the_other_is_here(visit: Visit) -> None:
    ada, bob = await visit(), await visit()
    await ada.register()
    await ada.say(said())  # or he would come as one of many others
    await bob.register()
    for here, there in ((ada, bob), (bob, ada)):
        await here.page.click("#members-toggle")
        await here.page.fill("#panel .search", there.name)
        row = here.page.locator(".people .person").filter(has_text=there.name)
        await expect(row).to_contain_text("online", timeout=IN_TIME_MS)
    await expect(ada.page.locator("#rows .notice").last).to_contain_text(bob.name, timeout=IN_TIME_MS)


async def test_history_is_there_after_a_reload(visit: Visit) -> None:
    ada = await visit()
    await ada.register()
    text = said()
    await ada.say(text)
    await ada.sees(text)
    await ada.page.reload()
    await ada.sees(text)


async def test_markup_and_marks_of_direction_are_shown_as_they_were_written(visit: Visit) -> None:
    ada, bob = await visit(), await visit()
    await ada.register()
    await bob.register()
    text = f"{said()} {MARKUP}"
    await ada.say(text)
    await bob.sees(text)
    assert text in await bob.texts()
    assert await bob.page.locator("#rows img, #rows script, #rows b").count() == 0
    assert bob.complaints == []


async def test_signing_out_ends_it(visit: Visit) -> None:
    ada = await visit()
    await ada.register()
    await ada.page.click("#you")
    await ada.page.get_by_role("menuitem", name="Sign out").click()
    await ada.page.click("form button[type=submit]")
    await ada.page.wait_for_url("**/login")
    await ada.open("/")
    await ada.page.wait_for_url("**/login?next=/")
    left = {cookie.get("name") for cookie in await ada.context.cookies()}
    assert left == {"__Host-device"}  # that she has been here before; it signs nobody in


async def test_killing_the_replica_one_is_on_loses_nothing_for_either(visit: Visit, deployment: Deployment) -> None:
    ada, bob = await visit(), await visit()
    await ada.register()
    await bob.register()
    texts = [said() for _ in range(6)]
    for text in texts[:3]:
        await ada.say(text)
    assert deployment.kill(bob.replica)
    for text in texts[3:]:
        await ada.say(text)
    await bob.sees(*texts)
    await ada.sees(*texts)
    answer = said()
    await bob.say(answer)
    await ada.sees(answer)
    shown = [text for text in await bob.texts() if text in {*texts, answer}]
    assert shown == [*texts, answer]
    async with asyncio.timeout(30):
        while not deployment.whole:
            await asyncio.sleep(0.1)


async def test_what_is_written_offline_is_sent_on_return(visit: Visit) -> None:
    ada, bob = await visit(), await visit()
    await ada.register()
    await bob.register()
    await ada.lose_the_network()
    text = said()
    await ada.say(text)
    await ada.find_the_network()
    await ada.sees(text)
    await bob.sees(text)
