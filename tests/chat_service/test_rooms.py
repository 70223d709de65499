"""What people do to rooms and to each other in them, on stores in memory."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from chat_service import commands, writer
from chat_service.errors import (
    Archived,
    Banned,
    ChatError,
    Invalid,
    LastOwner,
    NameTaken,
    NotAllowed,
    Unavailable,
    UnknownPerson,
    UnknownRoom,
)
from chat_service.events import Create, Person
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.faulty_store import Fault
from tests.chat_service.in_memory import Service, Somebody

EVE = Person("p-eve", "Eve")


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setattr(writer, "DEADLINE_SECONDS", 0.1)
    return await Service().start()


@pytest.fixture
async def eve(service: Service) -> Somebody:
    return await service.somebody(EVE)


async def refused(doing: Awaitable[object], error: type[ChatError], field: str | None = None) -> None:
    with pytest.raises(error) as refusal:
        await doing
    if field:
        assert refusal.value.field == field


# Making rooms


@pytest.mark.parametrize("kind", ["public", "private"])
async def test_whoever_makes_a_room_owns_it(ada: Somebody, kind: str) -> None:
    room = await ada.create("  Garden ", kind, topic=" Plants ")
    (event,) = await ada.events(room)
    assert isinstance(event, Create)
    assert (event.seq, event.name, event.kind, event.topic) == (1, "Garden", kind, "Plants")
    member = await ada.stands(room)
    assert (member.inside, member.role, member.since) == (True, "owner", event.at)


async def test_the_same_request_again_makes_the_same_room(ada: Somebody, bob: Somebody) -> None:
    first = await ada.do(commands.CreateRoom, id="c-1", name="garden", kind="public")
    assert await ada.do(commands.CreateRoom, id="c-1", name="garden", kind="public") == first
    other = await bob.do(commands.CreateRoom, id="c-1", name="attic", kind="public")
    assert other.room != first.room


@pytest.mark.parametrize("name", ["garden", "GARDEN", " Garden "])
async def test_a_public_name_is_taken_however_it_is_written(ada: Somebody, bob: Somebody, name: str) -> None:
    await ada.create("Garden")
    await refused(bob.create(name), NameTaken, "name")


async def test_of_two_who_want_a_name_at_once_one_gets_it(ada: Somebody, bob: Somebody) -> None:
    answers = await asyncio.gather(ada.create("garden"), bob.create("garden"), return_exceptions=True)
    assert [type(answer) for answer in answers].count(NameTaken) == 1


async def test_a_private_room_takes_no_name_and_tells_nothing_of_it(ada: Somebody, bob: Somebody) -> None:
    await ada.create("garden", "private")
    await bob.create("garden", "private")
    await bob.create("garden", "public")


async def test_an_archived_room_keeps_its_name_and_a_renamed_one_gives_it_back(
    ada: Somebody, bob: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await ada.create("garden")
    await ada.do(commands.ArchiveRoom, room=room)
    await refused(bob.create("garden"), NameTaken)
    await ada.do(commands.UnarchiveRoom, room=room)
    await ada.do(commands.RenameRoom, room=room, name="attic")
    await refused(bob.create("attic"), NameTaken)
    monkeypatch.setattr("chat_service.directory_memory.CLAIM_SECONDS", 0.0)
    await bob.create("garden")


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\nb", "a\u202eb", "\u200b"])
async def test_a_name_that_is_none_is_invalid(ada: Somebody, name: str) -> None:
    await refused(ada.create(name), Invalid, "name")


async def test_a_topic_that_is_too_long_is_invalid(ada: Somebody) -> None:
    await refused(ada.create(topic="x" * 251), Invalid, "topic")


# Direct conversations


async def test_opening_a_conversation_twice_gives_the_same_one_to_all_its_people(ada: Somebody, bob: Somebody) -> None:
    first = await ada.do(commands.OpenConversation, people=[BOB.id])
    again = await bob.do(commands.OpenConversation, people=[ADA.id, BOB.id])
    assert first.room == again.room
    assert first.room is not None
    (event,) = await ada.events(first.room)
    assert getattr(event, "people", None) == [ADA, BOB]
    assert [(await somebody.stands(first.room)).inside for somebody in (ada, bob)] == [True, True]


async def test_a_conversation_opened_at_two_replicas_at_once_is_one(service: Service, ada: Somebody) -> None:
    other = await Service("chat2", service.servers).start()
    bob = await other.somebody(BOB)
    opened = await asyncio.gather(
        ada.do(commands.OpenConversation, people=[BOB.id]), bob.do(commands.OpenConversation, people=[ADA.id])
    )
    assert opened[0].room == opened[1].room
    assert opened[0].room is not None
    assert len(await ada.events(opened[0].room)) == 1


async def test_a_conversation_is_among_known_people_two_to_eight_of_them(ada: Somebody, service: Service) -> None:
    crowd = [Person(f"p-{number}", f"Person {number}") for number in range(8)]
    for person in crowd:
        await service.people.know(person)
    ids = [person.id for person in crowd]
    await refused(ada.do(commands.OpenConversation, people=ids), Invalid, "people")
    await refused(ada.do(commands.OpenConversation, people=[ADA.id]), Invalid, "people")
    await refused(ada.do(commands.OpenConversation, people=["p-nobody"]), UnknownPerson, "people")
    await ada.do(commands.OpenConversation, people=ids[:7])


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        (commands.LeaveRoom, {}),
        (commands.InvitePerson, {"person": EVE.id}),
        (commands.RemovePerson, {"person": BOB.id}),
        (commands.MutePerson, {"person": BOB.id, "seconds": 60}),
        (commands.RenameRoom, {"name": "x"}),
        (commands.SetTopic, {"topic": "x"}),
        (commands.ArchiveRoom, {}),
    ],
)
async def test_a_conversation_stays_as_it_is(
    ada: Somebody, bob: Somebody, eve: Somebody, command: type[commands.AnyCommand], fields: dict[str, object]
) -> None:
    room = (await ada.do(commands.OpenConversation, people=[BOB.id])).room
    await refused(ada.do(command, room=room, **fields), NotAllowed)
    await refused(eve.do(command, room=room, **fields), UnknownRoom)
    await refused(eve.do(commands.JoinRoom, room=room), UnknownRoom)


# Coming and going


async def test_a_public_room_is_joined_and_left_by_anybody(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    assert (await bob.stands(room)).inside
    await bob.do(commands.LeaveRoom, room=room)
    assert not (await bob.stands(room)).inside
    assert [event.__struct_config__.tag for event in await ada.events(room)] == ["create", "join", "leave"]


async def test_joining_where_one_is_and_leaving_where_one_is_not_changes_nothing(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    assert (await ada.do(commands.JoinRoom, room=room)).seq is None
    assert (await bob.do(commands.LeaveRoom, room=room)).seq is None
    assert (await ada.stands(room)).role == "owner"
    assert len(await ada.events(room)) == 1


async def test_into_a_private_room_one_is_invited(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create("cellar", "private")
    await refused(bob.do(commands.JoinRoom, room=room), UnknownRoom, "room")
    await ada.do(commands.InvitePerson, room=room, person=BOB.id)
    assert (await bob.stands(room)).role == "member"
    await bob.say(room=room)


async def test_who_is_unknown_can_not_be_invited(ada: Somebody) -> None:
    room = await ada.create()
    await refused(ada.do(commands.InvitePerson, room=room, person="p-nobody"), UnknownPerson, "person")


async def test_inviting_a_member_again_changes_nothing(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    await ada.do(commands.InvitePerson, room=room, person=BOB.id)
    await ada.do(commands.SetRole, room=room, person=BOB.id, role="moderator")
    assert (await ada.do(commands.InvitePerson, room=room, person=BOB.id)).seq is None
    assert (await bob.stands(room)).role == "moderator"


async def test_the_last_owner_leaves_only_as_the_last_member(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    await refused(ada.do(commands.LeaveRoom, room=room), LastOwner)
    await refused(ada.do(commands.SetRole, room=room, person=ADA.id, role="member"), LastOwner)
    await ada.do(commands.SetRole, room=room, person=BOB.id, role="owner")
    await ada.do(commands.LeaveRoom, room=room)
    await bob.do(commands.LeaveRoom, room=room)


async def test_whoever_comes_back_is_a_plain_member(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    await ada.do(commands.SetRole, room=room, person=BOB.id, role="moderator")
    await bob.do(commands.LeaveRoom, room=room)
    await bob.do(commands.JoinRoom, room=room)
    assert (await bob.stands(room)).role == "member"


async def test_leaving_does_not_undo_being_muted(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    await ada.do(commands.MutePerson, room=room, person=BOB.id, seconds=60)
    await bob.do(commands.LeaveRoom, room=room)
    await bob.do(commands.JoinRoom, room=room)
    assert (await bob.stands(room)).muted_until > 0


# Moderation


async def test_who_was_removed_may_come_back_and_who_was_banned_may_not(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    await ada.do(commands.RemovePerson, room=room, person=BOB.id)
    await bob.do(commands.JoinRoom, room=room)
    await ada.do(commands.BanPerson, room=room, person=BOB.id)
    await refused(bob.do(commands.JoinRoom, room=room), Banned, "room")
    await refused(ada.do(commands.InvitePerson, room=room, person=BOB.id), NotAllowed, "person")
    await ada.do(commands.UnbanPerson, room=room, person=BOB.id)
    await bob.do(commands.JoinRoom, room=room)


async def test_who_is_not_in_the_room_can_be_banned_but_not_removed_or_muted(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create()
    await refused(ada.do(commands.RemovePerson, room=room, person=BOB.id), UnknownPerson)
    await refused(ada.do(commands.MutePerson, room=room, person=BOB.id, seconds=9), UnknownPerson)
    await ada.do(commands.BanPerson, room=room, person=BOB.id)
    assert (await bob.stands(room)).banned


async def test_nobody_moderates_whoever_does_not_rank_below_them(ada: Somebody, bob: Somebody, eve: Somebody) -> None:
    room = await ada.create()
    for somebody in (bob, eve):
        await somebody.do(commands.JoinRoom, room=room)
        await ada.do(commands.SetRole, room=room, person=somebody.id, role="moderator")
    for target in (ADA, EVE, BOB):
        await refused(bob.do(commands.RemovePerson, room=room, person=target.id), NotAllowed, "person")
        await refused(bob.do(commands.BanPerson, room=room, person=target.id), NotAllowed, "person")
        await refused(bob.do(commands.MutePerson, room=room, person=target.id, seconds=9), NotAllowed, "person")


async def test_an_administrator_is_an_owner_of_public_rooms_without_being_in_them(
    service: Service, ada: Somebody, bob: Somebody
) -> None:
    admin = await service.somebody(EVE, admin=True)
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    await admin.do(commands.RemovePerson, room=room, person=BOB.id)
    await admin.do(commands.RenameRoom, room=room, name="orchard")
    await admin.do(commands.RenameRoom, room="lobby", name="hall")
    private = await ada.create("cellar", "private")
    await refused(admin.do(commands.RenameRoom, room=private, name="x"), UnknownRoom)


async def test_what_is_so_already_is_no_event(ada: Somebody, bob: Somebody) -> None:
    room = await ada.create(topic="Plants")
    await bob.do(commands.JoinRoom, room=room)
    before = len(await ada.events(room))
    for command, fields in (
        (commands.SetTopic, {"topic": "Plants"}),
        (commands.RenameRoom, {"name": "garden"}),
        (commands.UnarchiveRoom, {}),
        (commands.SetSlowMode, {"seconds": 0}),
        (commands.SetRole, {"person": BOB.id, "role": "member"}),
        (commands.UnbanPerson, {"person": BOB.id}),
        (commands.UnmutePerson, {"person": BOB.id}),
    ):
        assert (await ada.do(command, room=room, **fields)).seq is None
    assert len(await ada.events(room)) == before


async def test_an_archived_room_keeps_its_name_topic_and_pace(ada: Somebody) -> None:
    room = await ada.create()
    await ada.do(commands.ArchiveRoom, room=room)
    await refused(ada.do(commands.RenameRoom, room=room, name="x"), Archived)
    await refused(ada.do(commands.SetTopic, room=room, topic="x"), Archived)
    await refused(ada.do(commands.SetSlowMode, room=room, seconds=9), Archived)


# Repeating what was not answered

LOST: dict[str, Callable[[Somebody, str], Awaitable[object]]] = {
    "join": lambda bob, room: bob.do(commands.JoinRoom, id="x", room=room),
    "leave": lambda bob, room: bob.do(commands.LeaveRoom, id="x", room=room),
}


@pytest.mark.parametrize("doing", LOST.values(), ids=LOST)
@pytest.mark.parametrize("fault", ["committed, not applied", "stored, not answered", "answered"])
async def test_a_request_that_was_done_before_gets_the_first_answer(
    service: Service, ada: Somebody, bob: Somebody, fault: str, doing: Callable[[Somebody, str], Awaitable[object]]
) -> None:
    room = await ada.create()
    if doing is LOST["leave"]:
        await bob.do(commands.JoinRoom, room=room)
    before = len(await ada.events(room))
    if fault == "committed, not applied":
        service.members.dies_before_applying = 1
        await refused(doing(bob, room), Unavailable)
    elif fault == "stored, not answered":
        service.events.faults.append(Fault.AFTER)
        await doing(bob, room)
    else:
        await doing(bob, room)
    again = await doing(bob, room)
    assert getattr(again, "seq", None) == before + 1
    assert (await bob.stands(room)).inside is (doing is LOST["join"])
    assert len(await ada.events(room)) == before + 1
