"""What one can do with a message, and what it does for others."""

import re

from playwright.async_api import expect

from tests.browser.people import Visit, said, two_in_a_room


async def test_markdown_looks_the_same_for_everybody_and_code_can_be_copied(visit: Visit) -> None:
    ada, bob, _ = await two_in_a_room(visit)
    await ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await ada.say(
        "**bold** and *slanted* with `code`\nover two lines\n\n- one\n- two\n\n```python\nprint('hi')\n```\nhttps://example.org/x"
    )
    for person in (ada, bob):
        text = person.page.locator("#rows .message-text").last
        await expect(text.locator("strong")).to_have_text("bold")
        assert await text.locator("p").first.inner_text() == "bold and slanted with code\nover two lines"
        await expect(text.locator("em")).to_have_text("slanted")
        await expect(text.locator("li")).to_have_text(["one", "two"])
        await expect(text.locator("pre code")).to_have_text("print('hi')\n")
        await expect(text.locator("a")).to_have_attribute("href", "https://example.org/x")
        await expect(text.locator("a")).to_have_attribute("rel", "noopener noreferrer nofollow")
    await ada.page.locator(".code").hover()
    await ada.page.get_by_role("button", name="Copy code").click()
    assert await ada.page.evaluate("navigator.clipboard.readText()") == "print('hi')\n"


async def test_up_edits_ones_last_message_from_an_empty_field(visit: Visit) -> None:
    ada, bob, _ = await two_in_a_room(visit)
    text = said()
    await ada.say(text)
    await ada.sees(text)
    await ada.page.press("#text", "ArrowUp")
    await expect(ada.page.locator("#text")).to_have_value(text)
    await ada.page.keyboard.type(" and more")
    await ada.page.keyboard.press("Enter")
    await expect(bob.message(text)).to_contain_text(f"{text} and more (edited)")
    await ada.page.press("#text", "ArrowUp")
    await ada.page.keyboard.press("Escape")
    await expect(ada.page.locator("#text")).to_have_value("")


async def test_a_change_that_is_refused_comes_back_with_the_reason(visit: Visit) -> None:
    ada = await visit()
    await ada.register()
    await ada.create_room()
    text = said()
    await ada.say(text)
    await ada.sees(text)
    await ada.be_refused(edit="Not this one.")
    field, toasts = ada.page.locator("#text"), ada.page.locator("#toasts")
    await field.fill("half a thought")
    await ada.choose(text, "Edit")
    await field.fill(f"{text} and more")
    await field.press("Enter")
    await expect(toasts).to_contain_text("Not this one.")
    await expect(field).to_have_value(f"{text} and more")
    await expect(ada.page.locator(".composer-context")).to_have_text("Editing your message")
    await field.press("Escape")
    await expect(field).to_have_value("half a thought")


async def test_a_deletion_can_be_undone_for_a_moment_and_then_holds_for_everybody(visit: Visit) -> None:
    ada, bob, _ = await two_in_a_room(visit)
    kept, gone = said(), said()
    await ada.say(kept)
    await ada.say(gone)
    await bob.sees(kept, gone)
    await ada.choose(kept, "Delete")
    await expect(ada.message(kept)).to_have_count(0)
    await ada.page.get_by_role("button", name="Undo").click()
    await expect(ada.message(kept)).to_have_count(1)
    await ada.choose(gone, "Delete")
    await expect(bob.message(gone)).to_have_count(0)
    await bob.page.reload()
    await bob.sees(kept)
    assert await bob.message(gone).count() == 0


async def test_a_deletion_hides_nothing_in_another_room(visit: Visit) -> None:
    ada = await visit()
    await ada.register()
    rooms = [await ada.create_room() for _ in range(2)]
    for name in rooms:
        await ada.enter(name)
        await ada.say(f"the first in {name}")
        await ada.sees(f"the first in {name}")
    await ada.choose(f"the first in {rooms[1]}", "Delete")
    await ada.enter(rooms[0])
    await expect(ada.message("the first in")).to_be_visible()
    await expect(ada.page.get_by_role("button", name="Undo")).to_be_visible()


async def test_an_answer_shows_what_it_answers_and_hangs_in_its_thread(visit: Visit) -> None:
    ada, bob, _ = await two_in_a_room(visit)
    question, answer, more = said(), said(), said()
    await ada.say(f"**{question}**")
    await bob.choose(question, "Reply")
    await expect(bob.page.locator(".composer-context")).to_contain_text(f"Replying to {ada.name}")
    await bob.say(answer)
    row = ada.page.locator("#rows .message").last
    await expect(row.locator(".quote .quote-text")).to_have_text(question)
    await expect(row.locator(".message-text")).to_have_text(answer)
    await ada.page.get_by_role("button", name="1 reply").click()
    thread = ada.page.locator(".thread")
    await expect(thread.locator(".message-text")).to_have_text([question, answer])
    await ada.page.fill("#thread-text", more)
    await ada.page.press("#thread-text", "Enter")
    await expect(thread.locator(".message-text")).to_have_text([question, answer, more])
    await expect(bob.page.get_by_role("button", name="2 replies")).to_be_visible()
    await ada.page.keyboard.press("Escape")
    await expect(ada.page.locator("#panel")).to_be_hidden()


async def test_a_reaction_is_found_by_name_given_by_keyboard_and_taken_back(visit: Visit) -> None:
    ada, bob, _ = await two_in_a_room(visit)
    text = said()
    await ada.say(text)
    await bob.sees(text)
    await bob.page.focus("#timeline")
    await bob.page.keyboard.press("ArrowUp")
    await bob.page.keyboard.press("+")
    await bob.page.keyboard.type("tada")
    await expect(bob.page.locator(".emoji[aria-selected=true]")).to_have_text("🎉")
    await bob.page.keyboard.press("Enter")
    given = ada.message(text).locator(".reaction")
    await expect(given).to_have_text(f"🎉1 from {bob.name}")
    await given.click()
    await expect(bob.message(text).locator(".reaction")).to_have_text(re.compile("🎉2"))
    await bob.message(text).locator(".reaction").click()
    await expect(given).to_have_text(re.compile("🎉1"))


async def test_what_is_pinned_is_found_again(visit: Visit) -> None:
    ada, bob, _ = await two_in_a_room(visit)
    text = said()
    await ada.say(text)
    await bob.sees(text)
    await bob.page.click("#pins-toggle")
    await expect(bob.page.locator("#panel")).to_contain_text("Nothing is pinned")
    await ada.choose(text, "Pin")
    await expect(bob.page.locator("#panel .pinned")).to_contain_text(text)
    await expect(bob.message(text)).to_contain_text("Pinned")
    await bob.page.get_by_role("button", name="Go to message").click()
    await expect(bob.message(text)).to_be_focused()


async def test_a_mention_is_completed_by_keyboard_and_calls_who_is_named(visit: Visit) -> None:
    ada, bob, _ = await two_in_a_room(visit)
    await bob.enter("lobby")
    await ada.page.focus("#text")
    await ada.page.keyboard.type(f"hello @{bob.name[:6]}")
    await expect(ada.page.locator("#composer [role=option]").first).to_contain_text(bob.name)
    await ada.page.keyboard.press("Tab")
    await expect(ada.page.locator("#text")).to_have_value(f"hello @{bob.name} ")
    await ada.page.keyboard.press("Enter")
    title = await ada.page.locator("#room-title").inner_text()
    await expect(bob.room(title).locator(".badge")).to_contain_text("1 mention")
    await bob.enter(title)
    await expect(bob.page.locator(".message-calls .mention")).to_have_text(f"@{bob.name}")
    await expect(bob.page.locator(".divider-new")).to_be_visible()


async def test_an_emoji_is_completed_by_its_short_name(visit: Visit) -> None:
    ada = await visit()
    await ada.register()
    await ada.page.focus("#text")
    await ada.page.keyboard.type("go :rocke")
    await expect(ada.page.locator("#composer [role=option]").first).to_contain_text(":rocket:")
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.locator("#text")).to_have_value("go 🚀 ")


async def test_the_line_for_what_is_new_stays_until_one_leaves_the_room(visit: Visit) -> None:
    ada, bob, _ = await two_in_a_room(visit)
    name = await ada.page.locator("#room-title").inner_text()
    await bob.enter("lobby")
    first, second, third = said(), said(), said()
    await ada.say(first)
    await ada.say(second)
    await expect(bob.room(name)).to_contain_text("2 unread")
    await bob.enter(name)
    await bob.sees(first, second)
    await expect(bob.room(name)).not_to_contain_text("unread")
    await ada.say(third)
    await bob.sees(third)
    rows = await bob.page.locator("#rows > .divider-new, #rows > .message").all_text_contents()
    assert [row for row in rows if row == "New"] == ["New"]
    assert first in rows[rows.index("New") + 1]
    await bob.enter("lobby")
    await bob.enter(name)
    await bob.sees(third)
    await expect(bob.page.locator(".divider-new")).to_have_count(0)


async def test_marked_unread_a_room_waits_until_one_comes_back(visit: Visit) -> None:
    ada, bob, _ = await two_in_a_room(visit)
    name = await ada.page.locator("#room-title").inner_text()
    text = said()
    await ada.say(text)
    await bob.sees(text)
    await bob.choose(text, "Mark unread")
    await expect(bob.room(name)).to_contain_text("1 unread")
    await bob.enter("lobby")
    await expect(bob.room(name)).to_contain_text("1 unread")
    await bob.enter(name)
    await expect(bob.room(name)).not_to_contain_text("unread")


async def test_who_reads_further_up_is_not_moved_and_told_what_came(visit: Visit) -> None:
    ada, bob, _ = await two_in_a_room(visit)
    for number in range(12):
        await ada.say(f"{number}\n" * 8)
    await expect(bob.page.locator("#rows .message")).to_have_count(12)
    await bob.page.evaluate("document.querySelector('#timeline').scrollTop = 100")
    await expect(bob.page.locator("#jump")).to_be_visible()
    await bob.page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    before = await bob.page.evaluate("document.querySelector('#timeline').scrollTop")
    text = said()
    await ada.say(text)
    await expect(bob.page.locator("#jump")).to_have_text("1 new")
    assert await bob.page.evaluate("document.querySelector('#timeline').scrollTop") == before
    await bob.page.click("#jump")
    await expect(bob.message(text)).to_be_in_viewport()
    await expect(bob.page.locator("#jump")).to_be_hidden()


async def test_a_draft_stays_with_its_room_and_over_a_reload(visit: Visit) -> None:
    ada = await visit()
    await ada.register()
    name = await ada.create_room()
    await ada.page.fill("#text", "half a thought")
    await ada.enter("lobby")
    await expect(ada.page.locator("#text")).to_have_value("")
    await expect(ada.room(name)).to_contain_text("draft")
    await ada.page.reload()
    await ada.arrived()
    await ada.enter(name)
    await expect(ada.page.locator("#text")).to_have_value("half a thought")


async def test_enter_that_picks_a_candidate_of_an_input_method_sends_nothing(visit: Visit) -> None:
    ada = await visit()
    await ada.register()
    await ada.create_room()
    await ada.page.focus("#text")
    devtools = await ada.context.new_cdp_session(ada.page)
    await devtools.send("Input.imeSetComposition", {"text": "にほ", "selectionStart": 2, "selectionEnd": 2})
    key = {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    await devtools.send("Input.dispatchKeyEvent", key)
    await expect(ada.page.locator("#text")).to_have_value("にほ")
    await devtools.send("Input.insertText", {"text": "日本"})
    await ada.page.keyboard.press("Enter")
    await ada.sees("日本")
    await expect(ada.page.locator("#rows .message")).to_have_count(1)


async def test_that_somebody_types_is_shown_and_passes(visit: Visit) -> None:
    ada, bob, _ = await two_in_a_room(visit)
    await ada.page.focus("#text")
    await ada.page.keyboard.type("hm")
    await expect(bob.page.locator("#typing")).to_have_text(f"{ada.name} is typing…")
    await expect(bob.page.locator("#typing")).to_have_text("", timeout=10_000)


async def test_spaces_alone_are_no_typing(visit: Visit) -> None:
    ada = await visit()
    await ada.page.add_init_script("""
      const { send } = WebSocket.prototype;
      window.sent = [];
      WebSocket.prototype.send = function (frame) { sent.push(JSON.parse(frame).op); return send.call(this, frame); };
    """)
    await ada.register()
    await ada.page.focus("#text")
    await ada.page.keyboard.type("   ")
    assert not await ada.page.evaluate("sent.includes('typing')")
    await ada.page.keyboard.type("a")
    await ada.until("sent.includes('typing')", answer=True)


async def test_a_link_to_a_message_opens_its_room_there(visit: Visit) -> None:
    ada, bob, _ = await two_in_a_room(visit)
    await ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    text = said()
    await ada.say(text)
    await bob.sees(text)
    await ada.choose(text, "Copy link")
    link = await ada.page.evaluate("navigator.clipboard.readText()")
    await bob.enter("lobby")
    await bob.page.goto(link)
    await expect(bob.message(text)).to_be_focused()
    await expect(bob.message(text)).to_be_in_viewport()
