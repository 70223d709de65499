"""What is said, said better and taken back, on stores in memory."""

import asyncio
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat_service import commands, protocol, writer
from chat_service.errors import (
    Archived,
    Invalid,
    Muted,
    NotAllowed,
    SlowMode,
    Unavailable,
    UnknownMessage,
    UnknownRoom,
)
from chat_service.events import Message
from chat_service.notices import Ok, Page
from chat_service.timeline import FoldedMessage
from tests.chat_service.examples import ADA
from tests.chat_service.in_memory import LOBBY, Service, Somebody

pytestmark = pytest.mark.virtual_time

SECRET = "the text that goes"


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setattr(writer, "DEADLINE_SECONDS", 0.1)
    monkeypatch.setattr(writer, "LONGEST_PAUSE_SECONDS", 0.01)
    return await Service().start()


async def test_a_member_says_something(ada: Somebody) -> None:
    said = await ada.say("Hi")
    message = await shown(ada, said.seq)
    assert (message.text, message.author, message.at) == ("Hi", ADA, said.at)


async def test_the_same_id_again_is_the_first_message_again(ada: Somebody) -> None:
    first = await ada.say("Hi", "m-1")
    assert await ada.say("Hi again", "m-1") == first
    assert await ada.say("", "m-1") == first


async def test_whoever_is_no_member_may_not_send(ada: Somebody, bob: Somebody) -> None:
    private = await ada.create(kind="private")
    public = await ada.create("meadow")
    for room in (private, public, "nowhere"):
        with pytest.raises(UnknownRoom):
            await bob.say("Hi", "m-1", room)


async def test_without_the_store_nothing_is_promised(ada: Somebody, service: Service) -> None:
    service.events.down = True
    with pytest.raises(Unavailable) as refused:
        await ada.say("Hi", "m-1")
    assert refused.value.retry_after
    service.events.down = False
    assert not any(isinstance(event, Message) for event in await ada.events(LOBBY))


async def shown(somebody: Somebody, seq: int | None, room: str = LOBBY) -> FoldedMessage:
    assert seq
    page = await somebody.ask(commands.Fetch(id="f", room=room, seqs=[seq]))
    assert isinstance(page, Page)
    (message,) = page.events
    assert isinstance(message, FoldedMessage)
    return message


async def test_a_reply_names_its_message_and_is_in_its_thread(ada: Somebody, bob: Somebody) -> None:
    root = await ada.say("Hi", "m-1")
    reply = await bob.do(commands.Send, room=LOBBY, text="Ho", reply_to=root.seq)
    further = await ada.do(commands.Send, room=LOBBY, text="Hum", reply_to=reply.seq)
    first, second = await shown(ada, reply.seq), await shown(ada, further.seq)
    assert (first.reply_to, first.thread) == (root.seq, root.seq)
    assert (second.reply_to, second.thread) == (reply.seq, root.seq)
    assert (await shown(ada, root.seq)).replies == 2


async def test_only_messages_of_the_room_can_be_replied_to(ada: Somebody) -> None:
    gone = await ada.say("Hi", "m-1")
    await ada.do(commands.DeleteMessage, room=LOBBY, target=gone.seq)
    for target in (gone.seq, 1, 99, 0):
        with pytest.raises(UnknownMessage) as refused:
            await ada.do(commands.Send, room=LOBBY, text="Ho", reply_to=target)
        assert refused.value.field == "reply_to"


async def test_a_reply_that_is_stored_stays_when_its_message_is_deleted(ada: Somebody) -> None:
    root = await ada.say("Hi", "m-1")
    command = commands.Send(id="reply", room=LOBBY, text="Ho", reply_to=root.seq)
    reply = await ada.ask(command)
    await ada.do(commands.DeleteMessage, room=LOBBY, target=root.seq)
    assert await ada.ask(command) == reply


async def test_markup_and_mentions_are_stored_beside_the_text(ada: Somebody, bob: Somebody) -> None:
    said = await ada.say("**Hi** @bob and @nobody")
    message = await shown(bob, said.seq)
    assert message.text == "**Hi** @bob and @nobody"
    assert message.mentions == (bob.id,)
    assert message.html == (
        f'<p><strong>Hi</strong> <span class="mention" data-person="{bob.id}">@bob</span> and @nobody</p>'
    )


async def test_only_members_of_the_room_are_mentioned(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    assert (await shown(ada, (await ada.say("@bob", "m-1", room)).seq, room)).mentions == ()
    await bob.do(commands.JoinRoom, room=room)
    assert (await shown(ada, (await ada.say("@bob", "m-2", room)).seq, room)).mentions == (bob.id,)
    await bob.do(commands.LeaveRoom, room=room)
    assert (await shown(ada, (await ada.say("@bob", "m-3", room)).seq, room)).mentions == ()


async def test_what_is_said_in_a_row_stays_in_order_whatever_has_to_be_looked_up(ada: Somebody, bob: Somebody) -> None:
    texts = [f"{number} @bob" if number % 3 else f"{number}" for number in range(30)]
    sends = [ada.ask(commands.Send(id=f"m-{number}", room=LOBBY, text=text)) for number, text in enumerate(texts)]
    await asyncio.gather(*(asyncio.create_task(send) for send in sends))
    assert [event.text for event in await ada.events(LOBBY) if isinstance(event, Message)] == texts


async def test_an_edit_changes_text_html_and_mentions(ada: Somebody, bob: Somebody) -> None:
    said = await ada.say("Hi @bob")
    await ada.do(commands.EditMessage, room=LOBBY, target=said.seq, text="*Ho*")
    message = await shown(bob, said.seq)
    assert (message.text, message.html, message.mentions) == ("*Ho*", "<p><em>Ho</em></p>", ())
    assert message.edited_at


async def test_only_ones_own_messages_can_be_edited(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    said = await bob.say("Hi", "m-1", room)
    with pytest.raises(NotAllowed):
        await ada.do(commands.EditMessage, room=room, target=said.seq, text="Ho")
    await bob.do(commands.LeaveRoom, room=room)
    with pytest.raises(UnknownRoom):
        await bob.do(commands.EditMessage, room=room, target=said.seq, text="Ho")


@pytest.mark.parametrize("text", ["", "x" * 4001, "a\0"])
async def test_an_edit_keeps_to_the_rules_for_texts(ada: Somebody, text: str) -> None:
    said = await ada.say()
    with pytest.raises(Invalid) as refused:
        await ada.do(commands.EditMessage, room=LOBBY, target=said.seq, text=text)
    assert refused.value.field == "text"


async def test_a_deleted_message_can_not_be_edited_or_deleted_again(ada: Somebody) -> None:
    said = await ada.say()
    await ada.do(commands.DeleteMessage, room=LOBBY, target=said.seq)
    for kind, fields in ((commands.EditMessage, {"text": "Ho"}), (commands.DeleteMessage, {})):
        for target in (said.seq, 1, 99):
            with pytest.raises(UnknownMessage):
                await ada.do(kind, room=LOBBY, target=target, **fields)


async def test_a_text_is_gone_from_the_store_when_its_deletion_is_answered(ada: Somebody) -> None:
    said = await ada.say(SECRET)
    await ada.do(commands.EditMessage, room=LOBBY, target=said.seq, text=f"*{SECRET}* @ada")
    await ada.do(commands.DeleteMessage, room=LOBBY, target=said.seq)
    assert SECRET not in repr(await ada.events(LOBBY))
    message = await shown(ada, said.seq)
    assert (message.erased, message.text, message.html, message.mentions) == (True, "", "", ())


async def test_moderators_delete_what_others_said_and_members_do_not(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    hers, his = await ada.say("Hi", "m-1", room), await bob.say("Ho", "m-1", room)
    with pytest.raises(NotAllowed):
        await bob.do(commands.DeleteMessage, room=room, target=hers.seq)
    await ada.do(commands.DeleteMessage, room=room, target=his.seq)
    assert (await shown(ada, his.seq, room)).erased


async def test_deleting_again_with_the_same_id_is_the_same_deletion(ada: Somebody) -> None:
    said = await ada.say()
    delete = commands.DeleteMessage(id="d", room=LOBBY, target=said.seq or 0)
    first = await ada.ask(delete)
    assert await ada.ask(delete) == first


async def test_sending_again_what_was_deleted_gets_the_first_answer_and_brings_nothing_back(ada: Somebody) -> None:
    send = commands.Send(id="m", room=LOBBY, text=SECRET)
    first = await ada.ask(send)
    assert isinstance(first, Ok)
    await ada.do(commands.DeleteMessage, room=LOBBY, target=first.seq)
    assert await ada.ask(send) == first
    assert SECRET not in repr(await ada.events(LOBBY))


async def test_an_edit_again_after_the_deletion_gets_its_first_answer(ada: Somebody) -> None:
    said = await ada.say()
    edit = commands.EditMessage(id="e", room=LOBBY, target=said.seq or 0, text="Ho")
    first = await ada.ask(edit)
    await ada.do(commands.DeleteMessage, room=LOBBY, target=said.seq)
    assert await ada.ask(edit) == first


async def test_whoever_was_muted_since_gets_the_first_answer_again(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    first = await bob.say("Hi", "m-1", room)
    await ada.do(commands.MutePerson, room=room, person=bob.id, seconds=60)
    assert await bob.say("Hi", "m-1", room) == first
    with pytest.raises(Muted):
        await bob.say("Hi", "m-2", room)
    with pytest.raises(Muted):
        await bob.do(commands.EditMessage, room=room, target=first.seq, text="Ho")
    await bob.do(commands.DeleteMessage, room=room, target=first.seq)


async def test_in_slow_mode_the_same_message_again_is_the_same_message(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    await ada.do(commands.SetSlowMode, room=room, seconds=60)
    first = await bob.say("Hi", "m-1", room)
    assert await bob.say("Hi", "m-1", room) == first
    with pytest.raises(SlowMode):
        await bob.say("Ho", "m-2", room)


async def test_in_an_archived_room_nothing_is_said_but_it_may_be_taken_back(ada: Somebody) -> None:
    room = await ada.create()
    said = await ada.say("Hi", "m-1", room)
    await ada.do(commands.ArchiveRoom, room=room)
    with pytest.raises(Archived):
        await ada.say("Ho", "m-2", room)
    with pytest.raises(Archived):
        await ada.do(commands.EditMessage, room=room, target=said.seq, text="Ho")
    await ada.do(commands.DeleteMessage, room=room, target=said.seq)


async def test_a_deletion_whose_erasing_failed_is_not_answered_and_its_retry_erases(
    ada: Somebody, service: Service
) -> None:
    said = await ada.say(SECRET)
    delete = commands.DeleteMessage(id="d", room=LOBBY, target=said.seq or 0)
    service.archive.down = True
    with pytest.raises(Unavailable):
        await ada.ask(delete)
    assert SECRET in repr(await ada.events(LOBBY))
    service.archive.down = False
    await ada.ask(delete)
    assert SECRET not in repr(await ada.events(LOBBY))


async def test_an_edit_that_loses_the_race_against_the_deletion_leaves_no_text(ada: Somebody, service: Service) -> None:
    said = await ada.say()
    service.archive.gate.clear()  # both have looked at the message before either is stored
    edit = asyncio.create_task(ada.do(commands.EditMessage, room=LOBBY, target=said.seq, text=SECRET))
    delete = asyncio.create_task(ada.do(commands.DeleteMessage, room=LOBBY, target=said.seq))
    await asyncio.sleep(0.01)
    service.archive.gate.set()
    await asyncio.gather(edit, delete, return_exceptions=True)
    assert SECRET not in repr(await ada.events(LOBBY))


@given(text=st.text(max_size=60) | st.text(st.sampled_from("*_`@[]()<>:\n\\ abA😀"), max_size=60))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_is_sent_is_stored_as_it_is_or_refused_by_its_field(ada: Somebody, text: str) -> None:
    frame = json.dumps({"op": "send", "id": f"f{abs(hash(text))}", "room": LOBBY, "text": text})
    try:
        command = protocol.decode(frame)
        answer = await ada.ask(command)
    except protocol.BadFrame:  # a half of a pair: no JSON that could be sent
        return
    except Invalid as reason:
        refused = reason
    else:
        assert isinstance(answer, Ok)
        assert (await shown(ada, answer.seq)).text == text
        return
    assert refused.field == "text"


async def test_no_text_is_logged(ada: Somebody, service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    said = await ada.say(SECRET)
    await ada.do(commands.EditMessage, room=LOBBY, target=said.seq, text=f"{SECRET} again")
    with pytest.raises(Invalid) as refused:
        await ada.say(SECRET + "\0", "m-2")
    assert SECRET not in str(refused.value)
    delete = commands.DeleteMessage(id="d", room=LOBBY, target=said.seq or 0)
    service.archive.down = True
    with pytest.raises(Unavailable):
        await ada.ask(delete)
    service.archive.down = False
    await ada.ask(delete)
    told = capsys.readouterr()
    assert SECRET not in told.out + told.err
