"""What is unread, by whatever path it came to be so."""

import pytest

from chat_service import commands
from chat_service.notices import Count, Counted
from tests.chat_service.in_memory import LOBBY, Service, Somebody


async def counts(somebody: Somebody, *rooms: str) -> list[Count]:
    answer = await somebody.ask(commands.Counts(id="c", rooms=list(rooms) or [LOBBY]))
    assert isinstance(answer, Counted)
    return list(answer.rooms)


async def unread(somebody: Somebody, room: str = LOBBY) -> tuple[int, int]:
    (count,) = await counts(somebody, room)
    return count.unread, count.mentions


@pytest.mark.parametrize("open_here", [True, False])
async def test_what_others_said_is_unread(ada: Somebody, bob: Somebody, service: Service, open_here: bool) -> None:
    if open_here:
        await service.assembly._recent.open(LOBBY)
    await ada.say("Hi", "m-1")
    await ada.say("@bob!", "m-2")
    await bob.say("Ho @bob", "m-3")
    if open_here:
        service.assembly._recent.add(LOBBY, await service.memory.after(LOBBY, 2, 9))
    assert await unread(bob) == (2, 1)
    assert await unread(ada) == (1, 0)


async def test_what_was_deleted_is_not_unread(ada: Somebody, bob: Somebody) -> None:
    said = await ada.say("@bob!", "m-1")
    await ada.say("Hi", "m-2")
    await ada.do(commands.DeleteMessage, room=LOBBY, target=said.seq)
    assert await unread(bob) == (1, 0)


async def test_a_mention_that_an_edit_brings_counts_and_one_that_it_takes_does_not(
    ada: Somebody, bob: Somebody
) -> None:
    one, other = await ada.say("@bob!", "m-1"), await ada.say("Hi", "m-2")
    await ada.do(commands.EditMessage, room=LOBBY, target=one.seq, text="nobody")
    assert await unread(bob) == (2, 0)
    await ada.do(commands.EditMessage, room=LOBBY, target=other.seq, text="@bob")
    assert await unread(bob) == (2, 1)


async def test_rooms_one_is_not_in_are_left_out(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create(kind="private")
    await ada.say("Hi", "m-1", room)
    assert [count.room for count in await counts(bob, room, LOBBY, "nowhere")] == [LOBBY]


async def test_where_memory_has_it_the_store_is_not_asked(ada: Somebody, bob: Somebody, service: Service) -> None:
    await ada.say("Hi", "m-1")
    head = await service.assembly._recent.open(LOBBY)
    assert await unread(bob) == (1, 0)
    assert await service.replica.unread.count(bob.id, {LOBBY: (head, head)}) == {LOBBY: (0, 0)}
    assert service.archive.reads == 0
    service.assembly._recent.close(LOBBY)
    assert await unread(bob) == (1, 0)
    assert service.archive.reads == 1


async def test_what_came_after_the_head_that_somebody_starts_from_is_theirs_to_count(
    ada: Somebody, bob: Somebody, service: Service
) -> None:
    first = await ada.say("@bob", "m-1")
    await ada.say("@bob", "m-2")
    span = {LOBBY: (0, first.seq or 0)}
    assert await service.replica.unread.count(bob.id, span) == {LOBBY: (1, 1)}
    await service.assembly._recent.open(LOBBY)
    assert await service.replica.unread.count(bob.id, span) == {LOBBY: (1, 1)}
