import asyncio

import msgspec
import pytest

from auth_service.invitations import MAX_OPEN, Asked, Invitations
from chassis.mongo import Database
from chassis.problems import Problem
from tests.auth_service.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def invitations(database: Database, clock: Clock) -> Invitations:
    invitations = Invitations(database, clock)
    await invitations.prepare()
    await database["people"].insert_one({"_id": "bob", "name": "Bob", "name_key": "bob"})
    return invitations


async def over(invitations: Invitations, code: str, person: str = "bob") -> None:
    for refuse in (invitations.find(code), invitations.use(code, person)):
        with pytest.raises(Problem) as refused:
            await refuse
        assert (refused.value.status, refused.value.code) == (404, "invitation_over")


async def remembered(database: Database) -> list[tuple[str, str]]:
    bob = await database["people"].find_one({"_id": "bob"}) or {}
    return [(one["room"], one["by"]) for one in bob.get("invitations", [])]


async def test_an_invitation_is_found_by_its_code(invitations: Invitations) -> None:
    made, code = await invitations.make("ada", Asked(uses=3, room="r1"))
    found = await invitations.find(code)
    assert (found.id, found.by, found.room, found.uses_left) == (made.id, "ada", "r1", 3)


async def test_the_code_is_stored_as_a_hash_only(invitations: Invitations, database: Database) -> None:
    _, code = await invitations.make("ada", Asked())
    assert code not in repr(await database["invitations"].find_one({}))


async def test_it_is_over_once_it_is_used_up(invitations: Invitations) -> None:
    _, code = await invitations.make("ada", Asked(uses=2))
    await invitations.use(code, "bob")
    assert (await invitations.find(code)).uses_left == 1
    await invitations.use(code, "eve")
    await over(invitations, code, "mallory")


async def test_of_many_who_use_it_at_once_as_many_get_in_as_it_has_uses(invitations: Invitations) -> None:
    _, code = await invitations.make("ada", Asked(uses=5))
    results = await asyncio.gather(*(invitations.use(code, f"p{n}") for n in range(30)), return_exceptions=True)
    assert sum(not isinstance(result, Exception) for result in results) == 5
    await over(invitations, code)


async def test_it_is_over_after_its_time(invitations: Invitations, clock: Clock) -> None:
    _, code = await invitations.make("ada", Asked(uses=9, expires_in=3600))
    clock.pass_by(minutes=59)
    await invitations.use(code, "bob")
    clock.pass_by(minutes=2)
    await over(invitations, code, "eve")
    await over(invitations, code, "bob")


@pytest.mark.parametrize("code", ["", "nonsense", "x" * 10_000, "\ud800", "{'$gt': ''}"])
async def test_a_code_that_never_was_is_answered_like_one_that_is_over(invitations: Invitations, code: str) -> None:
    await invitations.make("ada", Asked())
    await over(invitations, code)


async def test_a_second_click_takes_no_second_use(invitations: Invitations, database: Database) -> None:
    _, code = await invitations.make("ada", Asked(uses=2, room="r1"))
    await asyncio.gather(*(invitations.accept(code, "bob") for _ in range(5)))
    assert (await invitations.find(code)).uses_left == 1
    assert await remembered(database) == [("r1", "ada")]


async def test_who_was_put_out_of_the_room_does_not_come_back_by_the_same_invitation(
    invitations: Invitations, database: Database, clock: Clock
) -> None:
    _, code = await invitations.make("ada", Asked(uses=2, room="r1"))
    await invitations.accept(code, "bob")
    before = await database["people"].find_one({"_id": "bob"})
    clock.pass_by(days=2)
    await invitations.accept(code, "bob")
    assert await database["people"].find_one({"_id": "bob"}) == before


async def test_only_an_invitation_into_a_room_is_remembered(invitations: Invitations, database: Database) -> None:
    _, code = await invitations.make("ada", Asked())
    await invitations.accept(code, "bob")
    assert await remembered(database) == []


async def test_a_use_can_be_given_back(invitations: Invitations) -> None:
    _, code = await invitations.make("ada", Asked(uses=1))
    await invitations.use(code, "bob")
    await invitations.give_back(code, "bob")
    await invitations.give_back(code, "bob")
    assert (await invitations.find(code)).uses_left == 1


async def test_one_lists_one_s_own_and_all_are_everybody_s(invitations: Invitations, clock: Clock) -> None:
    for by in ("ada", "bob", "ada"):
        await invitations.make(by, Asked())
        clock.pass_by(seconds=1)
    assert [one.by for one in await invitations.listed("ada")] == ["ada", "ada"]
    assert [one.by for one in await invitations.listed()] == ["ada", "bob", "ada"]


async def test_one_revokes_one_s_own_and_not_another_s(invitations: Invitations) -> None:
    made, code = await invitations.make("ada", Asked())
    for by, invitation_id in (("bob", made.id), ("ada", "unknown")):
        with pytest.raises(Problem) as refused:
            await invitations.revoke(invitation_id, by)
        assert (refused.value.status, refused.value.code) == (404, "unknown_invitation")
    await invitations.find(code)
    await invitations.revoke(made.id, "ada")
    await over(invitations, code)


async def test_an_administrator_revokes_anybody_s(invitations: Invitations) -> None:
    made, code = await invitations.make("ada", Asked())
    await invitations.revoke(made.id, None)
    await over(invitations, code)


async def test_a_person_s_open_invitations_are_limited(invitations: Invitations, clock: Clock) -> None:
    for _ in range(MAX_OPEN):
        await invitations.make("ada", Asked(expires_in=60))
    with pytest.raises(Problem) as refused:
        await invitations.make("ada", Asked())
    assert (refused.value.status, refused.value.code) == (409, "too_many_invitations")
    await invitations.make("bob", Asked())
    clock.pass_by(minutes=2)
    await invitations.make("ada", Asked())


@pytest.mark.parametrize(
    "asked",
    [
        {"uses": 0},
        {"uses": 1001},
        {"uses": True},
        {"uses": {"$gt": 0}},
        {"expires_in": 59},
        {"expires_in": 31 * 86_400},
        {"expires_in": None},
        {"room": ""},
        {"room": "../lobby"},
        {"room": "x" * 65},
        {"room": {"$ne": ""}},
    ],
)
def test_what_is_out_of_its_limits_is_no_invitation(asked: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError, match=next(iter(asked))):
        msgspec.convert(asked, Asked)
