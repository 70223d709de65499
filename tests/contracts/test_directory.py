"""The promises of chat_service/directory.py about rooms and people, which every directory keeps."""

import asyncio
import itertools

import pytest

from chat_service.events import (
    AnyEvent,
    Archive,
    Ban,
    ChangeRole,
    ChangeTopic,
    Create,
    Join,
    Leave,
    Mute,
    Person,
    Rename,
    SlowMode,
)
from chat_service.membership import Member, RoomRecord
from tests.chat_service.examples import ADA, BOB
from tests.contracts.conftest import Directory
from tests.contracts.registers import EVE, ROOM, apply, create, enter, member

HISTORY: list[AnyEvent] = [
    Create(id="c", author=ADA, seq=1, at=10, name="garden", kind="public", topic="Plants"),
    Join(id="j", author=BOB, seq=2, at=20),
    ChangeRole(id="r", author=ADA, seq=3, at=30, person=BOB, role="moderator"),
    Mute(id="m", author=ADA, seq=4, at=40, person=BOB, until=99),
    Leave(id="l", author=BOB, seq=5, at=50),
    Join(id="j2", author=BOB, seq=6, at=60),
    Rename(id="n", author=ADA, seq=7, at=70, name="Orchard"),
    ChangeTopic(id="t", author=ADA, seq=8, at=80, topic="Trees"),
    SlowMode(id="s", author=ADA, seq=9, at=90, seconds=5),
    Archive(id="a", author=ADA, seq=10, at=100),
    Ban(id="b", author=ADA, seq=11, at=110, person=EVE),
]


async def as_it_stands(directory: Directory) -> tuple[RoomRecord, dict[str, Member]]:
    (room,) = await directory.rooms.get([ROOM])
    members = await directory.members.get(ROOM, [ADA.id, BOB.id, EVE.id])
    return room, {found.person: found for found in members}


# Registers


async def test_applied_in_order_the_events_make_the_room_and_its_members(directory: Directory) -> None:
    await apply(directory, *HISTORY)
    room, members = await as_it_stands(directory)
    assert (room.name, room.kind, room.topic, room.slow_mode, room.archived) == ("Orchard", "public", "Trees", 5, True)
    ada, bob, eve = members[ADA.id], members[BOB.id], members[EVE.id]
    assert (ada.inside, ada.role, ada.since, ada.name) == (True, "owner", 10, "Ada")
    assert (bob.inside, bob.role, bob.since, bob.muted_until) == (True, "member", 60, 99)
    assert (eve.inside, eve.banned) == (False, True)


@pytest.mark.parametrize("order", [list(reversed(HISTORY)), HISTORY[5:] + HISTORY[:5], HISTORY + HISTORY[:4]])
async def test_in_whatever_order_and_however_often_it_comes_to_the_same(
    directory: Directory, order: list[AnyEvent]
) -> None:
    await apply(directory, *order)
    shuffled = await as_it_stands(directory)
    await apply(directory, *HISTORY)
    assert await as_it_stands(directory) == shuffled
    assert (shuffled[0].name, shuffled[1][BOB.id].role, shuffled[1][BOB.id].since) == ("Orchard", "member", 60)


async def test_many_may_apply_the_same_at_once(directory: Directory) -> None:
    await asyncio.gather(*(apply(directory, *HISTORY) for _ in range(4)))
    room, members = await as_it_stands(directory)
    assert (room.name, members[BOB.id].since) == ("Orchard", 60)
    assert await directory.members.count([ROOM]) == {ROOM: 2}


async def test_the_people_of_a_conversation_come_back_as_they_were(directory: Directory) -> None:
    await apply(directory, Create(id="open", author=ADA, seq=1, name="", kind="direct", people=[ADA, BOB]))
    (room,) = await directory.rooms.get([ROOM])
    assert (room.kind, list(room.people)) == ("direct", [ADA, BOB])
    assert [(await member(directory, person)).role for person in (ADA, BOB)] == ["member", "member"]


async def test_a_value_is_kept_verbatim_whatever_it_looks_like(directory: Directory) -> None:
    await create(directory, ROOM, "$name {$ne: 1}")
    await enter(directory, Person(ADA.id, "$$NOW"))
    (room,) = await directory.rooms.get([ROOM])
    assert (room.name, (await member(directory, ADA)).name) == ("$name {$ne: 1}", "$$NOW")


async def test_somebody_renamed_is_so_among_the_people_of_their_conversations(directory: Directory) -> None:
    await apply(directory, Create(id="open", author=ADA, seq=1, name="", kind="direct", people=[ADA, BOB]))
    await create(directory, "other", "other")
    await directory.rooms.rename_person(Person(BOB.id, "Robert"))
    (room,) = await directory.rooms.get([ROOM])
    assert list(room.people) == [ADA, Person(BOB.id, "Robert")]


# Rooms


async def test_the_epoch_is_a_word_that_stays(directory: Directory) -> None:
    epochs = set(await asyncio.gather(*(directory.rooms.epoch() for _ in range(16))))
    assert len(epochs) == 1
    assert epochs == {await directory.rooms.epoch()} != {""}


async def test_settled_only_goes_up_and_makes_no_room(directory: Directory) -> None:
    await create(directory, ROOM, "garden")
    for seq in (3, 7, 5):
        await directory.rooms.settle(ROOM, seq)
    await directory.rooms.settle("nowhere", 5)
    (room,) = await directory.rooms.get([ROOM, "nowhere"])
    assert room.settled == 7


async def test_nothing_asked_for_is_nothing_found(directory: Directory) -> None:
    assert await directory.rooms.get([]) == []
    assert await directory.members.get(ROOM, []) == []
    assert await directory.people.get([]) == []


async def test_a_name_belongs_to_one_room_however_it_is_written(directory: Directory) -> None:
    assert await directory.rooms.claim("Garden", "r-1")
    await create(directory, "r-1", "Garden")
    assert await directory.rooms.claim("garden", "r-1")
    assert not await directory.rooms.claim("gARDEN", "r-2")
    assert await directory.rooms.claim("attic", "r-2")


async def test_of_several_who_claim_a_name_at_once_one_gets_it(directory: Directory) -> None:
    got = await asyncio.gather(*(directory.rooms.claim("garden", f"r-{number}") for number in range(8)))
    assert sorted(got) == [False] * 7 + [True]


async def test_a_claim_of_which_no_use_is_made_lapses(directory: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await directory.rooms.claim("garden", "r-1")
    assert not await directory.rooms.claim("garden", "r-2")
    for module in ("directory_memory", "directory_mongo"):
        monkeypatch.setattr(f"chat_service.{module}.CLAIM_SECONDS", -1.0)
    assert await directory.rooms.claim("garden", "r-2")
    await create(directory, "r-2", "garden")
    assert not await directory.rooms.claim("garden", "r-1")


async def test_rooms_are_found_by_any_part_of_their_name_in_pages(directory: Directory) -> None:
    for number, name in enumerate(("Zebra garden", "attic", "Garden of Ada", "a.*", "cellar")):
        await create(directory, f"r-{number}", name, "private" if name == "cellar" else "public")
    found = await directory.rooms.find("GARDEN", None, 10)
    assert [room.name for room in found] == ["Garden of Ada", "Zebra garden"]
    assert [room.name for room in await directory.rooms.find(".*", None, 10)] == ["a.*"]
    assert await directory.rooms.find("garden\0", None, 10) == []
    everything = await directory.rooms.find("", None, 3)
    assert [room.name for room in everything] == ["a.*", "attic", "Garden of Ada"]
    rest = await directory.rooms.find("", everything[-1].id, 3)
    assert [room.name for room in rest] == ["Zebra garden"]


# People


async def test_people_are_known_by_the_last_name_they_came_under(directory: Directory) -> None:
    await enter(directory, ADA)
    for name in ("Ada", "Ada Lovelace"):
        await directory.people.know(Person(ADA.id, name))
    assert await directory.people.get([ADA.id, "p-nobody"]) == [Person(ADA.id, "Ada Lovelace")]
    assert (await member(directory, ADA)).name == "Ada Lovelace"


async def test_somebody_may_come_many_times_at_once(directory: Directory) -> None:
    await asyncio.gather(*(directory.people.know(ADA) for _ in range(8)))
    assert await directory.people.find("", None, 9) == [ADA]


@pytest.mark.parametrize(("query", "found"), [("a", ["Ada"]), ("ár", ["ÁRON"]), ("AD", ["Ada"]), ("$", []), ("", None)])
async def test_people_are_found_by_the_beginning_of_their_name(
    directory: Directory, query: str, found: list[str] | None
) -> None:
    names = ["Ada", "bob", "ÁRON", "Zoe"]
    for number, name in enumerate(names):
        await directory.people.know(Person(f"p-{number}", name))
    expected = sorted(names, key=str.casefold) if found is None else found
    assert [person.name for person in await directory.people.find(query, None, 9)] == expected


async def test_people_of_one_name_are_told_in_pages_without_missing_or_repeating_any(directory: Directory) -> None:
    people = [Person(f"p-{number}", "Same") for number in range(7)]
    for person in people:
        await directory.people.know(person)
    told: list[Person] = []
    for _ in itertools.count():
        page = await directory.people.find("", told[-1].id if told else None, 3)
        told += page
        if len(page) < 3:
            break
    assert told == people


async def test_who_is_forgotten_is_not_found_and_a_word_stands_for_them(directory: Directory) -> None:
    await directory.people.know(ADA)
    await enter(directory, ADA)
    await directory.people.forget(ADA.id)
    assert await directory.people.get([ADA.id]) == []
    assert (await member(directory, ADA)).name == "deleted person"
