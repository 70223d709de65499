from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from auth_service.administrators import Administrators
from auth_service.finishing import FINISH_SECONDS
from auth_service.people import People
from chassis.access_tokens import MAX_INVITATIONS, RoomInvitation
from chassis.mongo import Database
from chassis.problems import Problem
from tests.auth_service.clock import Clock


@pytest.fixture
async def people(database: Database, clock: Clock) -> People:
    for name in ("Ada", "Adele", "Bob", "bo.b+", "Zoe"):
        document: dict[str, Any] = {
            "_id": name,
            "name": name,
            "name_key": name.lower(),
            "created_at": datetime.now(UTC),
        }
        await database["people"].insert_one(document)
    await database["people"].update_one({"_id": "Ada"}, {"$set": {"administrator": True}})
    people = People(database, Administrators(database), clock)
    await people.prepare()
    return people


async def found(people: People, search: str = "", after: str = "", limit: int = 50) -> list[str]:
    return [person.name for person in await people.page(search, after, limit)]


async def test_people_are_listed_by_name_page_by_page(people: People) -> None:
    assert await found(people, limit=2) == ["Ada", "Adele"]
    assert await found(people, after="adele", limit=2) == ["bo.b+", "Bob"]
    assert await found(people, after="zoe") == []


@pytest.mark.parametrize(
    ("search", "names"),
    [("ad", ["Ada", "Adele"]), ("DEL", ["Adele"]), ("o.b+", ["bo.b+"]), (".*", []), ("$", []), ("(", []), ("\0", [])],
)
async def test_a_search_finds_what_is_in_a_name_and_is_no_pattern(
    people: People, search: str, names: list[str]
) -> None:
    assert await found(people, search) == names


async def test_somebody_is_found_by_name_or_id(people: People) -> None:
    assert (await people.named("aDA")).id == (await people.named("Ada")).id == "Ada"
    for name in ("nobody", "", "\0", "\ud800"):
        with pytest.raises(Problem) as refused:
            await people.named(name)
        assert (refused.value.status, refused.value.code) == (404, "unknown_person")


async def test_names_are_those_of_accounts_that_are_there(people: People) -> None:
    assert await people.names(["Ada", "gone", None, "Bob", "Ada"]) == {"Ada": "Ada", "Bob": "Bob"}


async def test_who_is_disabled_is_told_so_until_they_are_enabled(people: People) -> None:
    await people.disable("Bob")
    standing = await people.standing("Bob")
    assert standing is not None
    assert standing.disabled
    await people.enable("Bob")
    again = await people.standing("Bob")
    assert again is not None
    assert not again.disabled


async def test_who_is_disabled_or_enabled_is_to_be_announced_until_they_are(people: People, clock: Clock) -> None:
    for name in ("Adele", "Bob", "Zoe"):
        await people.disable(name)
    assert await people.unannounced() == []  # whoever disabled them is at it
    await people.announced("Adele", disabled=True)
    await people.enable("Bob")
    clock.pass_by(seconds=FINISH_SECONDS + 1)
    assert set(await people.unannounced()) == {"Bob", "Zoe"}
    await people.announced("Bob", disabled=False)
    await people.announced("Zoe", disabled=False)  # by somebody who has not seen yet what holds now
    assert await people.unannounced() == ["Zoe"]


async def test_the_last_administrator_cannot_be_disabled(people: People, clock: Clock) -> None:
    with pytest.raises(Problem) as refused:
        await people.disable("Ada")
    assert (refused.value.status, refused.value.code) == (409, "last_administrator")
    standing = await people.standing("Ada")
    assert standing is not None
    assert not standing.disabled
    clock.pass_by(seconds=FINISH_SECONDS + 1)
    assert await people.unannounced() == []


async def test_who_is_gone_has_no_standing(people: People) -> None:
    assert await people.standing("nobody") is None


async def test_invitations_of_the_last_day_count_and_no_more_than_a_token_holds(
    people: People, database: Database
) -> None:
    now = datetime.now(UTC)
    ages = [timedelta(days=2), timedelta(hours=23), *[timedelta(minutes=1)] * MAX_INVITATIONS]
    accepted = [{"id": f"i{n}", "room": f"r{n}", "by": "Ada", "at": now - age} for n, age in enumerate(ages)]
    await database["people"].update_one({"_id": "Bob"}, {"$set": {"invitations": accepted[:2]}})
    standing = await people.standing("Bob")
    assert standing is not None
    assert standing.invitations == (RoomInvitation("i1", "r1", "Ada"),)
    await database["people"].update_one({"_id": "Bob"}, {"$set": {"invitations": accepted}})
    standing = await people.standing("Bob")
    assert standing is not None
    assert [one.id for one in standing.invitations] == ["i2", "i3", "i4", "i5", "i6"]
