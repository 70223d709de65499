"""What is said, on stores in memory."""

import asyncio

import pytest

from chat_service import commands, writer
from chat_service.errors import Archived, Invalid, Muted, SlowMode, Unavailable, UnknownRoom
from chat_service.notices import Page
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.in_memory import Service, Somebody


def page_seqs(page: Page) -> list[int]:
    return [entry.seq for entry in page.events]


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setattr(writer, "DEADLINE_SECONDS", 0.1)
    monkeypatch.setattr(writer, "LONGEST_PAUSE_SECONDS", 0.01)
    return await Service().start()


async def test_a_member_says_something(service: Service) -> None:
    ada = await service.somebody()
    answer = await ada.say("Hi")
    (event,) = await service.memory.after("lobby", 1, 9)
    assert (answer.seq, answer.at) == (event.seq, event.at)


async def test_the_same_id_again_is_the_first_message_again(service: Service) -> None:
    ada = await service.somebody()
    first = await ada.say("Hi")
    assert await ada.say("Hi again") == first


async def test_whoever_is_no_member_may_neither_send_nor_read(service: Service) -> None:
    await service.somebody(ADA)
    stranger = Somebody(service, BOB)
    with pytest.raises(UnknownRoom):
        await stranger.say("Hi")
    with pytest.raises(UnknownRoom):
        await stranger.page(None, 10)
    assert await service.memory.head("lobby") == 1


async def test_a_room_one_may_not_see_is_told_like_one_that_is_not_there(service: Service) -> None:
    secret = await (await service.somebody(BOB)).create("secret", "private")
    ada = await service.somebody()
    answers = []
    for room in (secret, "nowhere"):
        with pytest.raises(UnknownRoom) as refused:
            await ada.say("Hi", room=room)
        answers.append((str(refused.value), refused.value.field))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("text", ["", " ", "\n", "\u200f", "\u202e \u2066", "\u200d", "\ufeff"])
async def test_a_text_that_shows_nothing_is_invalid(service: Service, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        await (await service.somebody()).say(text)
    assert refused.value.field == "text"


@pytest.mark.parametrize("text", ["x", " x ", "\u202ex", "😀", "\u0301", "٣", "\n-\n", "x" * 4000, "😀" * 4000])
async def test_a_text_that_shows_something_is_said(service: Service, text: str) -> None:
    ada = await service.somebody()
    await ada.say(text)
    (event,) = (await ada.page(None, 1)).events
    assert getattr(event, "text", None) == text


@pytest.mark.parametrize("text", ["x" * 4001, "😀" * 4001, "a\0", "\x1b[31mred", "a\r\nb", "\x7f", "\x85"])
async def test_a_text_too_long_or_with_control_characters_is_invalid(service: Service, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        await (await service.somebody()).say(text)
    assert refused.value.field == "text"


async def test_history_tells_whether_there_is_more(service: Service) -> None:
    ada = await service.somebody()
    for number in range(4):
        await ada.say("Hi", f"m-{number}")
    newest = await ada.page(None, 3)
    assert (page_seqs(newest), newest.more) == ([3, 4, 5], True)
    rest = await ada.page(3, 3)
    assert (page_seqs(rest), rest.more) == ([1, 2], False)
    assert page_seqs(await ada.page(1, 3)) == []


async def test_since_tells_what_is_above_up_to_the_head(service: Service) -> None:
    ada = await service.somebody()
    for number in range(4):
        await ada.say("Hi", f"m-{number}")
    assert [event.seq for event in await service.replica.chat.since("lobby", 2, 4)] == [3, 4]


async def test_many_who_missed_the_same_are_answered_by_few_reads(service: Service) -> None:
    ada = await service.somebody()
    for number in range(4):
        await ada.say("Hi", f"m-{number}")
    before = service.events.reads
    since = service.replica.chat.since
    answers = await asyncio.gather(*(since("lobby", 2, 5) for _ in range(500)))
    assert all([event.seq for event in answer] == [3, 4, 5] for answer in answers)
    assert service.events.reads - before <= 2


async def test_without_the_store_nothing_is_promised(service: Service) -> None:
    ada = await service.somebody()
    service.events.down = True
    with pytest.raises(Unavailable) as refused:
        await ada.say("Hi")
    assert refused.value.retry_after
    with pytest.raises(Unavailable):
        await ada.page(None, 10)
    service.events.down = False
    assert await service.memory.head("lobby") == 1


async def test_nothing_is_said_in_an_archived_room(service: Service) -> None:
    ada = await service.somebody()
    room = await ada.create()
    await ada.do(commands.ArchiveRoom, room=room)
    with pytest.raises(Archived):
        await ada.say(room=room)
    await ada.do(commands.UnarchiveRoom, room=room)
    await ada.say(room=room)


async def test_who_is_muted_says_nothing_until_the_time_is_over(service: Service) -> None:
    ada, bob = await service.somebody(ADA), await service.somebody(BOB)
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    said = await bob.say("Before", "m-1", room)
    await ada.do(commands.MutePerson, room=room, person=BOB.id, seconds=60)
    with pytest.raises(Muted) as refused:
        await bob.say("After", "m-2", room)
    assert refused.value.retry_after == pytest.approx(60, abs=5)
    assert await bob.say("Before", "m-1", room) == said
    await ada.do(commands.UnmutePerson, room=room, person=BOB.id)
    await bob.say("After", "m-2", room)


async def test_in_slow_mode_one_waits_at_every_replica_and_moderators_do_not(service: Service) -> None:
    other = await Service("chat2", service.servers).start()
    ada, bob, bob_there = await service.somebody(ADA), await service.somebody(BOB), await other.somebody(BOB)
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    await ada.do(commands.SetSlowMode, room=room, seconds=60)
    said = await bob.say("One", "m-1", room)
    with pytest.raises(SlowMode) as refused:
        await bob_there.say("Two", "m-2", room)
    assert refused.value.retry_after == pytest.approx(60, abs=5)
    assert await bob_there.say("One", "m-1", room) == said
    await ada.say("Three", "m-3", room)
    await ada.say("Four", "m-4", room)
