"""What renames and deletions of accounts mean to rooms and texts."""

import pytest

from chat_service import commands
from chat_service.account_changes import AccountChange
from chat_service.events import AnyEvent, Leave, Message, Person
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.in_memory import Service


async def test_somebody_renamed_is_found_and_listed_by_the_new_name(service: Service) -> None:
    ada, bob = await service.somebody(ADA), await service.somebody(BOB)
    room = (await ada.do(commands.OpenConversation, people=[BOB.id])).room or ""
    change = AccountChange(1, "person_renamed", BOB.id, name="Robert")
    for _ in range(2):
        await service.assembly.accounts.renamed(change)
    robert = Person(BOB.id, "Robert")
    assert await service.people.get([BOB.id]) == [robert]
    assert (await bob.stands("lobby")).name == "Robert"
    assert list((await service.rooms.get([room]))[0].people) == [ADA, robert]


async def test_who_was_never_here_stays_unknown(service: Service) -> None:
    await service.assembly.accounts.renamed(AccountChange(1, "person_renamed", BOB.id, name="Robert"))
    assert await service.people.get([BOB.id]) == []


@pytest.mark.parametrize("erase", [False, True])
async def test_of_somebody_deleted_no_name_stays_and_no_text_that_is_to_go(service: Service, erase: bool) -> None:
    ada, bob = await service.somebody(ADA), await service.somebody(BOB)
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    await bob.say("Words", room=room)
    talk = (await bob.do(commands.OpenConversation, people=[ADA.id])).room or ""
    for _ in range(2):
        await service.assembly.accounts.deleted(AccountChange(7, "person_deleted", BOB.id, erase=erase))
    assert not (await bob.stands(room)).inside
    assert not (await bob.stands("lobby")).inside
    assert await service.people.get([BOB.id]) == []
    events = [*await bob.events(room), *await bob.events("lobby"), *await bob.events(talk)]
    assert {event.author.name for event in events} == {"Ada", "deleted person"}
    assert [event.text for event in events if isinstance(event, Message)] == ["" if erase else "Words"]
    assert [event.erased for event in events if isinstance(event, Leave)] == [erase] * 3
    assert Person(BOB.id, "deleted person") in (await service.rooms.get([talk]))[0].people


@pytest.mark.parametrize("erase", [False, True])
async def test_a_room_that_they_had_left_is_told_too(service: Service, erase: bool) -> None:
    ada, bob = await service.somebody(ADA), await service.somebody(BOB)
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    await bob.say("Words", room=room)
    await bob.do(commands.LeaveRoom, room=room)
    await service.assembly.accounts.deleted(AccountChange(7, "person_deleted", BOB.id, erase=erase))
    last = (await ada.events(room))[-1]
    assert isinstance(last, Leave)
    assert (last.deleted, last.erased, last.author.name) == (True, erase, "deleted person")


@pytest.mark.parametrize("erase", [False, True])
async def test_nobody_stays_by_having_used_the_id_of_their_departure(service: Service, erase: bool) -> None:
    ada, bob = await service.somebody(ADA), await service.somebody(BOB)
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    await bob.do(commands.LeaveRoom, room=room, id="deleted-7")
    await bob.do(commands.JoinRoom, room=room)
    await bob.say("Words", "deleted-7")
    for _ in range(2):
        await service.assembly.accounts.deleted(AccountChange(7, "person_deleted", BOB.id, erase=erase))
    for left in (room, "lobby"):
        assert not (await bob.stands(left)).inside
        last = (await ada.events(left))[-1]
        assert isinstance(last, Leave)
        assert (last.deleted, last.erased) == (True, erase)
    assert len(await ada.events(room)) == 5


async def test_a_room_they_were_kept_out_of_is_told_nothing(service: Service) -> None:
    ada, _ = await service.somebody(ADA), await service.somebody(BOB)
    room = await ada.create()
    await ada.do(commands.BanPerson, room=room, person=BOB.id)
    await service.assembly.accounts.deleted(AccountChange(7, "person_deleted", BOB.id, erase=True))
    assert not isinstance((await ada.events(room))[-1], Leave)


async def test_who_is_told_of_a_deletion_finds_no_name_and_no_text_any_more(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = await service.somebody(ADA), await service.somebody(BOB)
    await bob.say("Words")
    found: list[AnyEvent] = []

    async def look(_changing: object, _room: str, draft: Leave) -> Leave:
        found.extend(await ada.events("lobby"))
        return draft

    monkeypatch.setattr("chat_service.changing.Changing.commit", look)
    await service.assembly.accounts.deleted(AccountChange(7, "person_deleted", BOB.id, erase=True))
    assert found
    assert BOB.name not in repr(found)
    assert "Words" not in repr(found)
