"""One person in two tabs of one browser."""

from playwright.async_api import expect

from tests.browser.people import Visit, said


async def test_tabs_show_each_others_messages_once_markers_and_drafts_follow(visit: Visit) -> None:
    ada, bob = await visit(), await visit()
    await ada.register()
    await bob.register()
    await ada.converse(bob)
    twin = await ada.another_tab()
    await twin.enter("lobby")
    text = said()
    await bob.enter(ada.name)
    await ada.page.bring_to_front()
    await ada.enter("lobby")
    await bob.say(text)
    for tab in (ada, twin):
        await expect(tab.room(bob.name).locator(".badge")).to_contain_text("1")
    await twin.page.bring_to_front()
    await twin.enter(bob.name)
    await twin.sees(text)
    await expect(ada.room(bob.name).locator(".badge")).to_have_count(0)
    await ada.enter(bob.name)
    answer = said()
    await twin.say(answer)
    for person in (ada, twin, bob):
        await person.sees(answer)
    await twin.page.fill("#text", "half a thought")
    await expect(ada.page.locator("#text")).to_have_value("half a thought")


async def test_what_one_tab_can_not_send_another_does(visit: Visit) -> None:
    ada, bob = await visit(), await visit()
    await ada.register()
    await bob.register()
    await ada.converse(bob)
    twin = await ada.another_tab()
    await twin.enter(bob.name)
    await bob.enter(ada.name)
    await twin.stop_connecting()
    text = said()
    await twin.say(text)
    await bob.sees(text)
    await expect(ada.message(text)).to_have_count(1)
    await expect(bob.message(text)).to_have_count(1)
