"""What people do to rooms, on stores in memory."""

import asyncio

import pytest

from chat_service import commands
from chat_service.errors import Archived, Invalid, NameTaken, NotAllowed, UnknownPerson, UnknownRoom
from chat_service.events import Create, Person
from tests.chat_service.examples import ADA, BOB, EVE
from tests.chat_service.in_memory import Service, Somebody
from tests.chat_service.refusals import refused

pytestmark = pytest.mark.virtual_time

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


# Changing rooms


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
