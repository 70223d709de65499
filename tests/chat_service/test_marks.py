"""Reactions and pins: who may, how many, and the same again."""

import asyncio

import msgspec
import pytest

from chat_service import commands, history, marks, page_bounds
from chat_service.errors import (
    Archived,
    ChatError,
    Invalid,
    LimitReached,
    Muted,
    NotAllowed,
    Unavailable,
    UnknownMessage,
    UnknownRoom,
)
from chat_service.events import React
from chat_service.notices import Page
from chat_service.timeline import FoldedMessage, Reaction
from tests.chat_service.in_memory import LOBBY, Service, Somebody

HEART = "❤\ufe0f"


async def shown(somebody: Somebody, seq: int, room: str = LOBBY) -> FoldedMessage:
    page = await somebody.ask(commands.Fetch(id="f", room=room, seqs=[seq]))
    assert isinstance(page, Page)
    (message,) = page.events
    assert isinstance(message, FoldedMessage)
    return message


async def pins(somebody: Somebody, room: str) -> list[int]:
    page = await somebody.ask(commands.Pins(id="p", room=room))
    assert isinstance(page, Page)
    assert all(isinstance(message, FoldedMessage) and message.pinned for message in page.events)
    return [message.seq for message in page.events]


async def test_a_reaction_is_given_and_taken_back(ada: Somebody, bob: Somebody) -> None:
    said = await ada.say()
    assert said.seq
    await bob.do(commands.AddReaction, room=LOBBY, target=said.seq, emoji="👍")
    assert (await shown(ada, said.seq)).reactions == (Reaction("👍", (bob.id,)),)
    await bob.do(commands.RemoveReaction, room=LOBBY, target=said.seq, emoji="👍")
    assert (await shown(ada, said.seq)).reactions == ()


async def test_two_ways_to_write_an_emoji_are_one_reaction(ada: Somebody, bob: Somebody) -> None:
    said = await ada.say()
    assert said.seq
    await ada.do(commands.AddReaction, room=LOBBY, target=said.seq, emoji="❤")
    await bob.do(commands.AddReaction, room=LOBBY, target=said.seq, emoji=HEART)
    assert (await shown(ada, said.seq)).reactions == (Reaction(HEART, (ada.id, bob.id)),)
    await ada.do(commands.RemoveReaction, room=LOBBY, target=said.seq, emoji="❤")
    assert (await shown(ada, said.seq)).reactions == (Reaction(HEART, (bob.id,)),)


@pytest.mark.parametrize("emoji", ["x", "👍👍", ":+1:", "<b>", " "])
async def test_what_is_no_emoji_is_no_reaction(ada: Somebody, emoji: str) -> None:
    said = await ada.say()
    for kind in (commands.AddReaction, commands.RemoveReaction):
        with pytest.raises(Invalid) as refused:
            await ada.do(kind, room=LOBBY, target=said.seq, emoji=emoji)
        assert refused.value.field == "emoji"


async def test_the_same_request_again_is_the_same_reaction(ada: Somebody) -> None:
    said = await ada.say()
    react = commands.AddReaction(id="r", room=LOBBY, target=said.seq or 0, emoji="👍")
    first = await ada.ask(react)
    assert await ada.ask(react) == first
    assert len([event for event in await ada.events(LOBBY) if isinstance(event, React)]) == 1


async def test_a_retry_gets_its_first_answer_also_when_the_message_is_gone(ada: Somebody) -> None:
    room = await ada.create()
    said = await ada.say(room=room)
    target = said.seq or 0
    asked: list[commands.AnyCommand] = [
        commands.AddReaction(id="1", room=room, target=target, emoji="👍"),
        commands.RemoveReaction(id="2", room=room, target=target, emoji="👍"),
        commands.PinMessage(id="3", room=room, target=target),
        commands.UnpinMessage(id="4", room=room, target=target),
    ]
    first = [await ada.ask(command) for command in asked]
    await ada.do(commands.DeleteMessage, room=room, target=said.seq)
    for command, answer in zip(asked, first, strict=True):
        assert await ada.ask(command) == answer
        with pytest.raises(UnknownMessage):
            await ada.ask(msgspec.structs.replace(command, id="another"))


async def test_only_messages_of_the_room_that_are_there_take_marks(ada: Somebody) -> None:
    room = await ada.create()
    said = await ada.say("elsewhere", "m-2")
    for target in (1, 99, 0):  # the room's creation, none yet, none ever
        for kind in (commands.PinMessage, commands.UnpinMessage):
            with pytest.raises(UnknownMessage):
                await ada.do(kind, room=room, target=target)
        with pytest.raises(UnknownMessage):
            await ada.do(commands.AddReaction, room=room, target=target, emoji="👍")
    assert said.seq


async def test_whoever_is_not_in_the_room_marks_nothing(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    said = await ada.say(room=room)
    with pytest.raises(UnknownRoom):
        await bob.do(commands.AddReaction, room=room, target=said.seq, emoji="👍")
    with pytest.raises(UnknownRoom):
        await bob.do(commands.PinMessage, room=room, target=said.seq)


async def test_a_message_takes_so_many_kinds_of_emoji(
    ada: Somebody, bob: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "MAX_REACTION_KINDS", 2)
    said = await ada.say()
    for emoji in "👍👎":
        await ada.do(commands.AddReaction, room=LOBBY, target=said.seq, emoji=emoji)
    with pytest.raises(LimitReached, match="2"):
        await bob.do(commands.AddReaction, room=LOBBY, target=said.seq, emoji="🎉")
    await bob.do(commands.AddReaction, room=LOBBY, target=said.seq, emoji="👍")
    await ada.do(commands.RemoveReaction, room=LOBBY, target=said.seq, emoji="👎")
    await bob.do(commands.AddReaction, room=LOBBY, target=said.seq, emoji="🎉")


async def test_only_so_much_happens_to_a_message_but_it_can_be_taken_back(
    ada: Somebody, bob: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MAX_MESSAGE_CHANGES", 2)
    said = await ada.say()
    await ada.do(commands.AddReaction, room=LOBBY, target=said.seq, emoji="👍")
    await ada.do(commands.EditMessage, room=LOBBY, target=said.seq, text="Ho")
    for kind, fields in (
        (commands.AddReaction, {"emoji": "👎"}),
        (commands.RemoveReaction, {"emoji": "👎"}),
        (commands.EditMessage, {"text": "Hum"}),
    ):
        with pytest.raises(LimitReached, match="2"):
            await ada.do(kind, room=LOBBY, target=said.seq, **fields)
    await ada.do(commands.RemoveReaction, room=LOBBY, target=said.seq, emoji="👍")
    await ada.do(commands.DeleteMessage, room=LOBBY, target=said.seq)


async def test_moderators_pin_and_members_see_it(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    said = [await ada.say(str(number), f"m-{number}", room) for number in range(3)]
    for number in (2, 0):
        await ada.do(commands.PinMessage, room=room, target=said[number].seq)
    assert await pins(bob, room) == [said[0].seq, said[2].seq]
    await ada.do(commands.UnpinMessage, room=room, target=said[0].seq)
    await ada.do(commands.DeleteMessage, room=room, target=said[2].seq)
    assert await pins(bob, room) == []


async def test_pins_that_do_not_fit_on_a_page_are_on_the_next(ada: Somebody, monkeypatch: pytest.MonkeyPatch) -> None:
    room = await ada.create()
    said = [await ada.say("x" * 2000, f"m-{number}", room) for number in range(5)]
    for message in said:
        await ada.do(commands.PinMessage, room=room, target=message.seq)
    seqs = [message.seq for message in said]
    first = await ada.ask(commands.Pins(id="p", room=room, limit=2))
    second = await ada.ask(commands.Pins(id="p", room=room, after=seqs[1] or 0, limit=3))
    assert [[event.seq for event in page.events] for page in (first, second) if isinstance(page, Page)] == [
        seqs[:2],
        seqs[2:],
    ]
    assert [getattr(page, "more_after", None) for page in (first, second)] == [True, False]
    monkeypatch.setattr(page_bounds, "MAX_PAGE_BYTES", 7000)
    cut = await ada.ask(commands.Pins(id="p", room=room))
    assert isinstance(cut, Page)
    assert ([event.seq for event in cut.events], cut.more_after) == (seqs[:2], True)


async def test_members_pin_nothing(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    said = await bob.say(room=room)
    for kind in (commands.PinMessage, commands.UnpinMessage):
        with pytest.raises(NotAllowed):
            await bob.do(kind, room=room, target=said.seq)


async def test_in_a_direct_conversation_everybody_pins(ada: Somebody, bob: Somebody) -> None:
    room = (await ada.do(commands.OpenConversation, people=[bob.id])).room
    assert room
    said = await ada.say(room=room)
    await bob.do(commands.PinMessage, room=room, target=said.seq)
    assert (await shown(ada, said.seq or 0, room)).pinned
    await ada.do(commands.UnpinMessage, room=room, target=said.seq)
    assert not (await shown(ada, said.seq or 0, room)).pinned


async def test_a_room_has_so_many_pins(ada: Somebody, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "MAX_PINS", 2)
    room = await ada.create()
    said = [await ada.say(str(number), f"m-{number}", room) for number in range(3)]
    for number in (0, 1, 1):
        await ada.do(commands.PinMessage, room=room, target=said[number].seq)
    with pytest.raises(LimitReached, match="2"):
        await ada.do(commands.PinMessage, room=room, target=said[2].seq)
    await ada.do(commands.UnpinMessage, room=room, target=said[0].seq)
    await ada.do(commands.PinMessage, room=room, target=said[2].seq)


async def test_in_an_archived_room_nothing_is_marked(ada: Somebody) -> None:
    room = await ada.create()
    said = await ada.say(room=room)
    await ada.do(commands.ArchiveRoom, room=room)
    for kind, fields in (
        (commands.AddReaction, {"emoji": "👍"}),
        (commands.RemoveReaction, {"emoji": "👍"}),
        (commands.PinMessage, {}),
        (commands.UnpinMessage, {}),
    ):
        with pytest.raises(Archived):
            await ada.do(kind, room=room, target=said.seq, **fields)


async def test_whoever_is_muted_does_not_react_but_may_take_back(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    said = await ada.say(room=room)
    await bob.do(commands.AddReaction, room=room, target=said.seq, emoji="👍")
    await ada.do(commands.MutePerson, room=room, person=bob.id, seconds=60)
    with pytest.raises(Muted):
        await bob.do(commands.AddReaction, room=room, target=said.seq, emoji="👎")
    await bob.do(commands.RemoveReaction, room=room, target=said.seq, emoji="👍")


async def test_without_the_store_nothing_is_marked(ada: Somebody, service: Service) -> None:
    said = await ada.say()
    service.events.down = True
    with pytest.raises(Unavailable):
        async with asyncio.timeout(10):
            await ada.do(commands.AddReaction, room=LOBBY, target=said.seq, emoji="👍")


async def test_every_refusal_has_its_code(ada: Somebody) -> None:
    with pytest.raises(ChatError) as refused:
        await ada.do(commands.PinMessage, room="nowhere", target=1)
    assert refused.value.code == "unknown_room"
