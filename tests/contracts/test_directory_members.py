"""The promises of chat_service/directory.py about the members of rooms, which every directory keeps."""

import asyncio

from chat_service.events import Ban, ChangeRole, Join, Leave, Person, Unban
from chat_service.membership import Change
from chat_service.signals import Mark
from tests.chat_service.examples import ADA, BOB
from tests.contracts.conftest import Directory
from tests.contracts.registers import EVE, ROOM, apply, enter, member


async def test_every_room_one_has_been_in_is_told_also_those_one_left(directory: Directory) -> None:
    await enter(directory, ADA, room="r-1")
    await enter(directory, ADA, room="r-2")
    await directory.members.apply("r-2", [Change(ADA.id, 2, {"present": False})])
    found = {member.room: member.inside for member in await directory.members.of(ADA.id)}
    assert found == {"r-1": True, "r-2": False}
    assert await directory.members.of(BOB.id) == []


async def test_changes_are_told_by_when_they_were(directory: Directory) -> None:
    assert await directory.members.last_change() == 0
    await enter(directory, ADA, BOB)
    before = await directory.members.last_change()
    assert before > 1_600_000_000_000
    assert await directory.members.changed((before, None), 10) == []
    await asyncio.sleep(0.005)
    await enter(directory, EVE)
    (((at, _), found),) = await directory.members.changed((before, None), 10)
    assert (at, found.person) == (await directory.members.last_change(), EVE.id)
    assert [member.person for _, member in await directory.members.changed((0, None), 2)] == [ADA.id, BOB.id]


async def test_changes_of_one_moment_come_in_pages_and_none_is_left_out(directory: Directory) -> None:
    await enter(directory, *(Person(f"p-{number}", "Somebody") for number in range(7)))
    found: list[str] = []
    behind: tuple[int, str | None] = (0, None)
    while page := await directory.members.changed(behind, 2):
        found += [member.person for _, member in page]
        behind = page[-1][0]
    assert sorted(found) == [f"p-{number}" for number in range(7)]


async def test_what_changes_nothing_is_no_change(directory: Directory) -> None:
    await enter(directory, ADA)
    before = await directory.members.last_change()
    await asyncio.sleep(0.005)
    await enter(directory, ADA)
    await directory.members.mark_read([(ROOM, Mark(ADA.id, 5))])
    assert await directory.members.changed((before, None), 10) == []


async def test_members_come_by_name_in_pages_and_the_banned_apart(directory: Directory) -> None:
    people = [Person(f"p-{number}", name) for number, name in enumerate(("carl", "Anna", "anna", "Bert", "Zoe"))]
    await enter(directory, *people)
    await apply(directory, Ban(id="b", author=ADA, seq=9, person=people[4]))
    first = await directory.members.find(ROOM, "", None, 2, banned=False)
    rest = await directory.members.find(ROOM, "", first[-1].person, 9, banned=False)
    assert [member.name for member in first] == ["Anna", "anna"]
    assert [member.name for member in rest] == ["Bert", "carl"]
    assert [member.name for member in await directory.members.find(ROOM, "AN", None, 9, banned=False)] == [
        "Anna",
        "anna",
    ]
    assert [member.name for member in await directory.members.find(ROOM, "", None, 9, banned=True)] == ["Zoe"]


async def test_counted_are_those_inside(directory: Directory) -> None:
    await enter(directory, ADA, BOB, EVE)
    await apply(directory, Ban(id="b", author=ADA, seq=5, person=EVE), Leave(id="l", author=BOB, seq=6))
    assert await directory.members.count([ROOM, "nowhere"]) == {ROOM: 1, "nowhere": 0}
    assert await directory.members.ids(ROOM) == [ADA.id]
    assert await directory.members.ids("nowhere") == []


async def test_lifting_a_ban_leaves_one_outside(directory: Directory) -> None:
    await enter(directory, BOB)
    await apply(directory, Ban(id="b", author=ADA, seq=5, person=BOB), Unban(id="u", author=ADA, seq=6, person=BOB))
    bob = await member(directory, BOB)
    assert (bob.inside, bob.banned) == (False, False)


async def test_owners_are_those_inside(directory: Directory) -> None:
    await enter(directory, ADA, BOB, role="owner")
    await enter(directory, EVE)
    assert set(await directory.members.owners(ROOM)) == {ADA.id, BOB.id}
    await apply(directory, Leave(id="l", author=BOB, seq=6))
    assert await directory.members.owners(ROOM) == [ADA.id]


async def test_the_eldest_is_the_moderator_or_else_the_member_who_has_been_inside_the_longest(
    directory: Directory,
) -> None:
    assert await directory.members.eldest(ROOM) is None
    for seq, person in enumerate([ADA, EVE, BOB], 1):
        await apply(directory, Join(id="j", author=person, seq=seq, at=1000 * seq))
    assert (await eldest(directory)) == ADA.id
    for seq, person in enumerate([BOB, EVE], 4):
        await apply(directory, ChangeRole(id="r", author=ADA, person=person, role="moderator", seq=seq))
    assert (await eldest(directory)) == EVE.id
    await apply(directory, Leave(id="l", author=EVE, seq=6))
    assert (await eldest(directory)) == BOB.id


async def eldest(directory: Directory) -> str:
    found = await directory.members.eldest(ROOM)
    return found.person if found else ""


async def test_markers_go_forward_unless_they_are_to_go_back(directory: Directory) -> None:
    await enter(directory, ADA)
    for mark, expected in ((Mark(ADA.id, 5), 5), (Mark(ADA.id, 3), 5), (Mark(ADA.id, 2, back=True), 2)):
        await directory.members.mark_read([(ROOM, mark), (ROOM, Mark(EVE.id, 1))])
        assert (await member(directory, ADA)).read == expected
    assert await directory.members.get(ROOM, [EVE.id]) == []


async def test_a_level_is_kept(directory: Directory) -> None:
    await enter(directory, ADA)
    await directory.members.set_level(ROOM, ADA.id, "mentions")
    assert (await member(directory, ADA)).level == "mentions"


async def test_a_turn_is_taken_once_in_so_many_seconds(directory: Directory) -> None:
    await enter(directory, ADA, BOB)
    waits = await asyncio.gather(*(directory.members.take_turn(ROOM, ADA.id, 60) for _ in range(5)))
    assert waits.count(0.0) == 1
    assert all(50 < wait <= 60 for wait in waits if wait)
    assert await directory.members.take_turn(ROOM, BOB.id, 60) == 0.0
    await asyncio.sleep(0.01)
    assert await directory.members.take_turn(ROOM, ADA.id, 0) == 0.0
