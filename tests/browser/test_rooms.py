"""Rooms and conversations: making, finding, joining, leaving and running them."""

from playwright.async_api import expect

from tests.browser.people import PASSWORD, Visit, said, two_in_a_room

# The badge stands on the app's icon, which a test does not see.
NOTE_BADGE = """
  navigator.setAppBadge = async (count) => { window.badge = count; };
  navigator.clearAppBadge = async () => { window.badge = 0; };
"""


async def test_a_public_room_is_found_by_its_name_joined_and_left(visit: Visit) -> None:
    ada, bob = await visit(), await visit()
    await ada.register()
    await bob.register()
    name = await ada.create_room(topic="What we eat")
    await bob.page.click("#add-room")
    await bob.page.get_by_role("menuitem", name="Find rooms").click()
    await bob.page.fill("dialog .search", name)
    await bob.page.get_by_role("button", name=f"Join {name}").click()
    await expect(bob.page.locator("#room-title")).to_have_text(name)
    await expect(bob.page.locator("#room-topic")).to_have_text("What we eat")
    await expect(ada.page.locator("#rows")).to_contain_text(f"{bob.name} joined")
    await bob.page.click("#details-toggle")
    await bob.page.get_by_role("button", name="Leave the room").click()
    await bob.page.get_by_role("button", name="Leave", exact=True).click()
    await expect(bob.page.locator("#room-title")).to_have_text("lobby")
    await expect(bob.room(name)).to_have_count(0)
    await expect(ada.page.locator("#rows")).to_contain_text(f"{bob.name} left")


async def test_what_is_wrong_with_a_rooms_name_is_said_at_the_name(visit: Visit) -> None:
    ada = await visit()
    await ada.register()
    name = await ada.create_room()
    await ada.page.click("#add-room")
    await ada.page.get_by_role("menuitem", name="Create a room").click()
    await ada.page.fill("dialog [name=name]", name)
    await ada.page.get_by_role("button", name="Create", exact=True).click()
    await expect(ada.page.locator("dialog [name=name]")).to_have_attribute("aria-invalid", "true")
    await expect(ada.page.locator("#field-name-note")).to_contain_text("has this name already")


async def test_a_private_room_is_there_for_whom_it_was_opened_to_and_for_nobody_else(visit: Visit) -> None:
    ada, bob, eve = await visit(), await visit(), await visit()
    for person in (ada, bob, eve):
        await person.register()
    name = await ada.create_room(private=True)
    await ada.add(bob)
    await bob.enter(name)
    text = said()
    await bob.say(text)
    await ada.sees(text)
    path = ada.page.url.removeprefix(ada.url)
    await eve.open(path)
    await expect(eve.page.locator("#room-title")).to_have_text("lobby")
    assert await eve.room(name).count() == 0


async def test_a_conversation_calls_the_other_until_it_is_read(visit: Visit) -> None:
    ada, bob = await visit(), await visit()
    await bob.context.add_init_script(NOTE_BADGE)
    await ada.register()
    await bob.register()
    await ada.converse(bob)
    text = said()
    await ada.say(text)
    await expect(bob.room(ada.name).locator(".badge")).to_contain_text("1")
    await expect(bob.page).to_have_title("(1) lobby · Parley")
    await bob.until("window.badge", 1)
    await bob.enter(ada.name)
    await bob.sees(text)
    await expect(bob.room(ada.name).locator(".badge")).to_have_count(0)
    await expect(bob.page).to_have_title(f"{ada.name} · Parley")
    await bob.until("window.badge", 0)
    await expect(ada.message(text)).to_contain_text(f"Read by {bob.name}")


async def test_a_room_is_reached_by_a_few_letters_and_a_person_too(visit: Visit) -> None:
    ada, bob = await visit(), await visit()
    await ada.register()
    await bob.register()
    name = await ada.create_room()
    await ada.enter("lobby")
    await ada.page.keyboard.press("Control+k")
    await ada.page.keyboard.type(name[2:8])
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.locator("#room-title")).to_have_text(name)
    await expect(ada.page.locator("#text")).to_be_focused()
    await ada.page.keyboard.press("Control+k")
    await ada.page.keyboard.type(bob.name)
    await expect(ada.page.locator(".switcher-list")).to_contain_text("new conversation")
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.locator("#room-title")).to_have_text(bob.name)
    await ada.page.keyboard.press("Alt+ArrowUp")
    await expect(ada.page.locator("#room-title")).to_have_text(name)


async def test_keys_go_through_the_rooms_and_with_shift_through_the_unread_ones(visit: Visit) -> None:
    ada, bob = await visit(), await visit()
    await ada.register()
    await bob.register()
    quiet, busy = await ada.create_room(), await ada.create_room()
    await ada.add(bob)
    await bob.enter(busy)
    await ada.enter("lobby")
    await bob.say(said())
    await expect(ada.room(busy)).to_contain_text("unread")
    await ada.page.keyboard.press("Alt+Shift+ArrowDown")
    await expect(ada.page.locator("#room-title")).to_have_text(busy)
    for _ in range(3):
        await ada.page.keyboard.press("Alt+ArrowDown")
    await expect(ada.page.locator("#room-title")).to_have_text(busy)
    assert quiet != busy


async def test_a_half_written_topic_stays_while_the_room_changes(visit: Visit) -> None:
    ada = await visit()
    await ada.register()
    await ada.create_room(topic="Hats")
    room = ada.page.url.rsplit("/", 1)[-1]
    await ada.page.click("#details-toggle")
    topic = ada.page.get_by_label("Topic")
    await topic.fill("Hats and glo")
    await ada.page.get_by_role("heading", name="About this room").click()  # so that no field has the focus
    await ada.call("PATCH", f"/rooms/{room}", slow_mode=30)
    await expect(ada.page.get_by_label("Slow mode")).to_have_value("30")
    await expect(topic).to_have_value("Hats and glo")
    await topic.press_sequentially("ves")
    await ada.page.get_by_role("button", name="Save the topic").click()
    await expect(ada.page.locator("#room-topic")).to_have_text("Hats and gloves")


async def test_who_runs_a_room_changes_it_for_everybody(visit: Visit) -> None:
    ada, bob, name = await two_in_a_room(visit)
    await ada.page.click("#details-toggle")
    await ada.page.fill("#panel [name=topic]", "Hats")
    await ada.page.get_by_role("button", name="Save the topic").click()
    await expect(bob.page.locator("#room-topic")).to_have_text("Hats")
    await ada.page.fill("#panel [name=name]", f"{name}-2")
    await ada.page.get_by_role("button", name="Rename").click()
    await expect(bob.page.locator("#room-title")).to_have_text(f"{name}-2")
    await bob.page.click("#details-toggle")
    await expect(bob.page.get_by_role("button", name="Rename")).to_have_count(0)
    await ada.page.get_by_role("button", name="Archive the room").click()
    await ada.page.get_by_role("button", name="Archive", exact=True).click()
    await expect(bob.page.locator("#room-note")).to_contain_text("archived")
    await expect(bob.page.locator("#composer")).to_be_hidden()


async def test_who_is_removed_is_told_and_led_out(visit: Visit) -> None:
    ada, bob, name = await two_in_a_room(visit)
    await ada.page.click("#members-toggle")
    await ada.page.locator(".people button").filter(has_text=bob.name).click()
    await ada.page.get_by_role("menuitem", name="Remove from the room").click()
    await ada.page.get_by_role("button", name="Remove", exact=True).click()
    await expect(bob.page.locator("#toasts")).to_contain_text(f"You are not in {name} any more.")
    await expect(bob.page.locator("#room-title")).to_have_text("lobby")


async def test_an_owner_gives_and_takes_a_role_and_a_ban_and_slows_the_room_down(visit: Visit) -> None:
    ada, bob, name = await two_in_a_room(visit)
    await ada.page.click("#members-toggle")
    row = ada.page.locator(".people button").filter(has_text=bob.name)

    async def does(action: str) -> None:
        await row.click()
        await ada.page.get_by_role("menuitem", name=action).click()

    await does("Make a moderator")
    await expect(row).to_contain_text("moderator")
    await bob.page.click("#details-toggle")
    await bob.page.get_by_label("Slow mode").select_option("10")
    await expect(ada.page.locator("#rows")).to_contain_text("set slow mode: one message every 10 seconds")
    await does("Make a member")
    await expect(bob.page.get_by_label("Slow mode")).to_have_count(0)
    await bob.page.click("#panel-close")
    await bob.say(said())
    await bob.say(said())
    await expect(bob.page.locator(".message-state")).to_contain_text("Waiting.")
    await does("Ban")
    await ada.page.get_by_role("button", name="Ban", exact=True).click()
    await expect(ada.page.locator("dialog")).to_have_count(0)  # it is done
    await expect(bob.page.locator("#room-title")).to_have_text("lobby")
    await bob.open(ada.page.url.removeprefix(ada.url))
    await expect(bob.page.locator("#toasts")).to_contain_text("You are banned")
    await ada.page.click("#details-toggle")
    await ada.page.get_by_role("button", name="Lift the ban").click()
    await expect(ada.page.get_by_role("button", name="Lift the ban")).to_have_count(0)
    await bob.open(ada.page.url.removeprefix(ada.url))
    await expect(bob.page.locator("#room-title")).to_have_text(name)


async def test_a_link_into_a_public_room_that_one_left_elsewhere_leads_in_again(visit: Visit) -> None:
    ada, bob, name = await two_in_a_room(visit)
    link = bob.page.url.removeprefix(bob.url)
    await bob.page.goto("about:blank")
    await bob.call("POST", f"{link}/leave")
    await expect(ada.page.locator("#rows .notice").last).to_contain_text(f"{bob.name} left")
    await bob.open(link)
    await expect(ada.page.locator("#rows .notice").last).to_contain_text(f"{bob.name} joined")
    await expect(bob.page.locator("#room-title")).to_have_text(name)


async def test_who_is_muted_is_told_why_a_message_did_not_go_out(visit: Visit) -> None:
    ada, bob, name = await two_in_a_room(visit)
    await ada.page.click("#members-toggle")
    await ada.page.locator(".people button").filter(has_text=bob.name).click()
    await ada.page.get_by_role("menuitem", name="Mute for 10 minutes").click()
    await expect(bob.page.locator("#room-note")).to_contain_text("You are muted here")
    text = said()
    await bob.say(text)
    failed = bob.message(text)
    await expect(failed).to_contain_text("Not sent.")
    await expect(bob.room(name)).to_contain_text("a message was not sent")
    row = ada.page.locator(".people button").filter(has_text=bob.name)
    await expect(row).to_contain_text("muted")
    await row.click()
    await ada.page.get_by_role("menuitem", name="Unmute").click()
    await expect(bob.page.locator("#room-note")).to_be_hidden()
    await failed.get_by_role("button", name="Retry").click()
    await ada.sees(text)


async def test_what_one_wants_to_hear_of_is_kept(visit: Visit) -> None:
    ada = await visit()
    await ada.register()
    name = await ada.create_room()
    await ada.page.click("#details-toggle")
    await ada.page.get_by_label("Nothing").check()
    await expect(ada.room(name)).to_contain_text("notifications off")  # the server has it
    await ada.page.reload()
    await ada.arrived()
    await ada.page.click("#details-toggle")
    await expect(ada.page.get_by_label("Nothing")).to_be_checked()


async def test_what_the_server_refuses_to_set_stands_as_it_was_with_the_reason(visit: Visit) -> None:
    ada = await visit()
    await ada.register()
    await ada.create_room()
    await ada.be_refused(level="Not heard of.", slow_mode="Not so slow.")
    await ada.page.click("#details-toggle")
    toasts, slow = ada.page.locator("#toasts"), ada.page.get_by_label("Slow mode")
    await ada.page.get_by_label("Mentions only").click()
    await expect(toasts).to_contain_text("Not heard of.")
    await expect(ada.page.get_by_label("All messages")).to_be_checked()
    await slow.select_option("One message every 30 seconds")
    await expect(toasts).to_contain_text("Not so slow.")
    await expect(slow).to_have_value("0")


async def test_a_link_brings_somebody_new_to_this_server_and_into_the_room(visit: Visit) -> None:
    ada, bob = await visit(permissions=["clipboard-read", "clipboard-write"]), await visit()
    await ada.register()
    name = await ada.create_room(private=True)
    await ada.page.click("#members-toggle")
    await ada.page.get_by_role("button", name="Add people").click()
    await ada.page.get_by_role("button", name="Invite by link").click()
    await expect(ada.page.locator("#toasts")).to_contain_text("Link copied.")
    link = await ada.page.get_by_label("Invitation link").input_value()
    assert await ada.page.evaluate("navigator.clipboard.readText()") == link
    await bob.page.goto(link)
    await bob.fill(name=bob.name, password=PASSWORD, password_again=PASSWORD)
    await bob.arrived()
    await expect(bob.page.locator("#room-title")).to_have_text(name)


async def test_the_way_back_leads_to_the_room_before(visit: Visit) -> None:
    ada = await visit()
    await ada.register()
    name = await ada.create_room()
    await ada.enter("lobby")
    await ada.page.go_back()
    await expect(ada.page.locator("#room-title")).to_have_text(name)
    await ada.page.reload()
    await expect(ada.page.locator("#room-title")).to_have_text(name)
