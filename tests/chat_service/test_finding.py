"""Finding rooms, people and members."""

import asyncio

import pytest

from chat_service import commands, notices
from chat_service.errors import NotAllowed, Unavailable, UnknownRoom
from chat_service.events import Person
from tests.chat_service.examples import ADA, BOB, EVE
from tests.chat_service.in_memory import Service, Somebody

pytestmark = pytest.mark.virtual_time


async def rooms(somebody: Somebody, **fields: object) -> notices.FoundRooms:
    answer = await somebody.ask(commands.FindRooms(id="f", **fields))  # type: ignore[arg-type]  # of a test
    assert isinstance(answer, notices.FoundRooms)
    return answer


async def people(somebody: Somebody, **fields: object) -> notices.FoundPeople:
    answer = await somebody.ask(commands.FindPeople(id="f", **fields))  # type: ignore[arg-type]  # of a test
    assert isinstance(answer, notices.FoundPeople)
    return answer


async def members(somebody: Somebody, room: str, **fields: object) -> notices.FoundMembers:
    answer = await somebody.ask(commands.FindMembers(id="f", room=room, **fields))  # type: ignore[arg-type]  # of a test
    assert isinstance(answer, notices.FoundMembers)
    return answer


async def test_public_rooms_are_found_with_how_many_are_in_them(service: Service, ada: Somebody) -> None:
    bob = await service.somebody(BOB)
    room = await ada.create("garden", topic="Plants")
    await ada.create("cellar", "private")
    found = (await rooms(bob)).rooms
    assert [(one.name, one.members, one.joined) for one in found] == [("garden", 1, False), ("lobby", 2, True)]
    await ada.do(commands.ArchiveRoom, room=room)
    (one,) = (await rooms(ada, query="ARD")).rooms
    assert (one.id, one.topic, one.archived, one.joined) == (room, "Plants", True, True)


async def test_a_page_says_where_the_next_one_begins(service: Service, ada: Somebody) -> None:
    for number in range(4):
        await ada.create(f"room {number}")
        await service.people.know(Person(f"p-{number}", f"Person {number}"))
    first = await rooms(ada, limit=3)
    rest = await rooms(ada, limit=3, after=first.next)
    assert [one.name for one in [*first.rooms, *rest.rooms]] == ["lobby", "room 0", "room 1", "room 2", "room 3"]
    assert rest.next is None
    some = await people(ada, limit=3)
    others = await people(ada, limit=3, after=some.next)
    assert len({person.id for person in [*some.people, *others.people]}) == 5
    assert others.next is None


async def test_people_are_found_by_the_beginning_of_their_name(service: Service, ada: Somebody) -> None:
    await service.somebody(BOB)
    assert (await people(ada, query="b")).people == [BOB]
    assert (await people(ada, query="da")).people == []


async def test_members_are_told_with_their_roles(service: Service, ada: Somebody) -> None:
    bob = await service.somebody(BOB)
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    found = await members(bob, room)
    assert [(member.person, member.role) for member in found.members] == [(ADA, "owner"), (BOB, "member")]
    assert (found.total, found.next, found.members[0].read) == (2, None, 0)
    page = await members(bob, room, limit=1)
    assert [member.person for member in (await members(bob, room, limit=1, after=page.next)).members] == [BOB]


async def test_members_of_a_public_room_are_told_to_all_and_of_a_private_one_to_members(
    service: Service, ada: Somebody
) -> None:
    bob = await service.somebody(BOB)
    public, private = await ada.create("garden"), await ada.create("cellar", "private")
    found = await members(bob, public)
    assert ([member.person for member in found.members], found.members[0].read) == ([ADA], None)
    with pytest.raises(UnknownRoom):
        await members(bob, private)


async def test_who_is_banned_is_told_to_moderators(service: Service, ada: Somebody) -> None:
    bob, eve = await service.somebody(BOB), await service.somebody(EVE)
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    await ada.do(commands.BanPerson, room=room, person=eve.id)
    assert [member.person for member in (await members(ada, room, banned=True)).members] == [EVE]
    with pytest.raises(NotAllowed):
        await members(bob, room, banned=True)


async def test_how_far_people_have_read_is_told_in_small_rooms_only(service: Service, ada: Somebody) -> None:
    room = await ada.create()
    for number in range(16):
        person = Person(f"p-{number}", f"Person {number}")
        await service.people.know(person)
        assert (await members(ada, room)).members[0].read is not None
        await ada.do(commands.InvitePerson, room=room, person=person.id)
    assert (await members(ada, room)).members[0].read is None


async def test_who_was_told_of_a_change_finds_it_though_nobody_applied_it_yet(service: Service, ada: Somebody) -> None:
    bob = await service.somebody(BOB)
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    await service.replica.hub.observe(room, lambda _events: None)
    for change, banned in ((commands.BanPerson, [BOB.id]), (commands.UnbanPerson, [])):
        service.members.dies_before_applying = 1
        with pytest.raises(Unavailable):
            await ada.do(change, room=room, person=BOB.id)
        answers = await asyncio.gather(*(members(ada, room, banned=True) for _ in range(5)))
        assert [[one.person.id for one in answer.members] for answer in answers] == [banned] * 5
    assert [one.person.id for one in (await members(ada, room)).members] == [ADA.id]
