"""A phone: 390 pixels wide, a finger, a keyboard that covers half of it."""

from playwright.async_api import expect

from tests.browser.people import IN_TIME_MS, PHONE, PHONE_WIDTH, Visit, Visitor, said, two_in_a_room

TOO_SMALL = """() => [...document.querySelectorAll("button, a.room, input, textarea, select, summary")]
  .filter((one) => one.checkVisibility() && !one.closest(".message-text, .choice"))
  .map((one) => [one, one.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.width < 43.5 || box.height < 43.5))
  .map(([one, box]) => `${one.outerHTML.slice(0, 90)} ${box.width}x${box.height}`)"""


async def test_one_pane_at_a_time_and_never_scrolled_sideways(visit: Visit) -> None:
    ada = await visit(**PHONE)
    await ada.register()
    name = await ada.create_room()
    await ada.say(f"{said()} {'wide' * 60} https://example.org/{'path' * 40}")
    await expect(ada.page.locator(".message:not(.message-unsent)").last).to_contain_text("wide", timeout=IN_TIME_MS)
    panes = ["#sidebar", "#conversation", "#panel"]

    async def shows(pane: str) -> None:
        for other in panes:
            await expect(ada.page.locator(other)).to_be_visible(visible=other == pane)
        assert await ada.page.evaluate("document.documentElement.scrollWidth") <= PHONE_WIDTH
        assert await ada.page.evaluate(TOO_SMALL) == []

    await shows("#conversation")
    await ada.page.tap("#members-toggle")
    await shows("#panel")
    await ada.page.tap("#panel-close")
    await shows("#conversation")
    await ada.page.tap("#back")
    await shows("#sidebar")
    await ada.room(name).tap()
    await shows("#conversation")


async def test_the_way_back_leads_from_the_panel_to_the_room_to_the_list(visit: Visit) -> None:
    ada = await visit(**PHONE)
    await ada.register()
    name = await ada.create_room()
    for _ in range(2):  # whatever leads there leaves the same way behind it
        await ada.page.tap("#members-toggle")
        await expect(ada.page.locator("#panel")).to_be_visible()
        await ada.page.tap("#panel-close")
        await expect(ada.page.locator("#conversation")).to_be_visible()
        await ada.page.tap("#members-toggle")
        await ada.page.reload()  # which leaves one where one was
        await expect(ada.page.locator("#panel")).to_be_visible()
        await ada.page.go_back()
        await expect(ada.page.locator("#conversation")).to_be_visible()
        await expect(ada.page.locator("#panel")).to_be_hidden()
        await ada.page.go_forward()
        await expect(ada.page.locator("#panel")).to_be_visible()
        await ada.page.tap("#panel-close")
        await expect(ada.page.locator("#conversation")).to_be_visible()
        await ada.page.go_back()
        await expect(ada.page.locator("#sidebar")).to_be_visible()
        await ada.room(name).tap()
        await expect(ada.page.locator("#conversation")).to_be_visible()
        await expect(ada.page.locator("#room-title")).to_have_text(name)
        await ada.page.tap("#back")
        await expect(ada.page.locator("#sidebar")).to_be_visible()
        await ada.page.reload()
        await expect(ada.page.locator("#sidebar")).to_be_visible()
        await ada.room(name).tap()
        await expect(ada.page.locator("#conversation")).to_be_visible()


async def test_enter_breaks_the_line_and_the_button_sends(visit: Visit) -> None:
    ada = await visit(**PHONE)
    await ada.register()
    await ada.create_room()
    await ada.page.tap("#text")
    await ada.page.keyboard.type("one")
    await ada.page.keyboard.press("Enter")
    await ada.page.keyboard.type("two")
    await expect(ada.page.locator("#text")).to_have_value("one\ntwo")
    await ada.page.tap(".composer-send")
    await expect(ada.page.locator("#rows .message-text")).to_have_text("one\ntwo")
    await expect(ada.page.locator("#text")).to_be_focused()


async def test_a_touch_on_a_message_offers_what_can_be_done_with_it(visit: Visit) -> None:
    ada = await visit(**PHONE)
    await ada.register()
    await ada.create_room()
    text = said()
    await ada.say(text)
    await ada.sees(text)
    await ada.message(text).tap()
    await ada.message(text).get_by_role("button", name="More actions").tap()
    assert await ada.page.evaluate(TOO_SMALL) == []
    await ada.page.get_by_role("menuitem", name="Edit").tap()
    await expect(ada.page.locator("#text")).to_have_value(text)


async def test_the_composer_stays_above_a_keyboard_that_shrinks_the_page(visit: Visit) -> None:
    ada, text = await with_a_full_page(visit)
    await ada.page.set_viewport_size({"width": PHONE_WIDTH, "height": 420})
    await expect(ada.page.locator("#text")).to_be_in_viewport(ratio=1)
    await expect(ada.message(text)).to_be_in_viewport()


async def test_a_keyboard_that_comes_while_the_page_still_scrolls_to_its_end_leaves_one_there(visit: Visit) -> None:
    ada, text = await with_a_full_page(visit)
    await ada.page.evaluate(
        """async () => {
            const timeline = document.querySelector("#timeline");
            const drawn = () => new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)));
            timeline.scrollTop -= 40;
            await drawn();
            await new Promise((then) => setTimeout(then)); // out of the frame: the next one tells of both
            timeline.scrollTop = timeline.scrollHeight;
            timeline.style.blockSize = "200px";
            await drawn();
        }"""
    )
    await expect(ada.page.locator("#jump")).to_be_hidden()
    await expect(ada.message(text)).to_be_in_viewport()


async def test_what_is_said_in_the_room_under_the_list_is_unread(visit: Visit) -> None:
    ada, bob, name = await two_in_a_room(visit, **PHONE)
    text = said()
    await bob.say(text)
    await ada.sees(text)
    await ada.page.click("#back")
    for count in range(1, 4):
        await bob.say(said())
        await expect(ada.room(name)).to_contain_text(f"{count} unread")
    await ada.enter(name)
    await expect(ada.page.locator("#rows .message").last).to_be_in_viewport()
    await ada.page.click("#back")
    await expect(ada.room(name)).not_to_contain_text("unread")


async def test_the_way_to_what_is_new_is_there_after_a_look_at_a_panel(visit: Visit) -> None:
    ada, bob, name = await two_in_a_room(visit, **PHONE)
    await ada.page.click("#back")
    await bob.say("\n\n".join(said() for _ in range(40)))
    await bob.say("\n\n".join(said() for _ in range(40)))
    await expect(ada.room(name)).to_contain_text("2 unread")
    await ada.enter(name)
    way = ada.page.get_by_role("button", name="2 new messages · Jump to the first")
    await expect(way).to_be_visible()
    await ada.page.tap("#members-toggle")
    await expect(ada.page.locator("#panel")).to_contain_text(bob.name)
    await ada.page.tap("#panel-close")
    await expect(ada.page.locator("#conversation")).to_be_visible()
    last = said()
    await bob.say(last)  # the room is drawn anew
    await ada.sees(last)
    await expect(way).to_be_visible()


async def test_a_thread_is_for_reading_until_one_asks_for_the_keyboard(visit: Visit) -> None:
    ada, bob, _ = await two_in_a_room(visit, **PHONE)
    text, answer = said(), said()
    await ada.say(text)
    await bob.choose(text, "Reply")
    await bob.say(answer)
    await ada.page.get_by_role("button", name="1 reply").tap()
    await expect(ada.page.locator(".thread .message-text")).to_have_text([text, answer])
    await expect(ada.page.get_by_role("group", name="Thread")).to_be_focused()
    await ada.page.tap("#thread-text")
    await expect(ada.page.locator("#thread-text")).to_be_focused()


async def test_to_go_back_to_the_list_is_to_leave_the_room(visit: Visit) -> None:
    ada, bob, name = await two_in_a_room(visit, **PHONE)
    text = said()
    await bob.say(text)
    await ada.sees(text)
    await ada.message(text).tap()
    await ada.message(text).get_by_role("button", name="More actions").tap()
    await ada.page.get_by_role("menuitem", name="Mark unread").tap()
    line = ada.page.locator(".divider-new")
    await expect(line).to_be_visible()
    await ada.page.tap("#back")
    await expect(ada.room(name)).to_contain_text("1 unread")
    await ada.room(name).tap()
    await expect(line).to_be_visible()
    await ada.page.tap("#back")
    await expect(ada.room(name)).not_to_contain_text("unread")
    await ada.room(name).tap()
    await expect(ada.message(text)).to_be_visible()
    await expect(line).to_have_count(0)


async def with_a_full_page(visit: Visit) -> tuple[Visitor, str]:
    """Somebody at a phone, in a room with more than it shows, and the last message."""
    ada = await visit(**PHONE)
    await ada.register()
    await ada.create_room()
    for _ in range(20):
        await ada.say(said())
    text = said()
    await ada.say(text)
    await ada.sees(text)
    return ada, text
