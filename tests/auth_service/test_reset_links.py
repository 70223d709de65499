import asyncio

import pytest

from auth_service.reset_links import ResetLinks
from chassis.mongo import Database
from chassis.problems import Problem
from tests.auth_service.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def links(database: Database, clock: Clock) -> ResetLinks:
    links = ResetLinks(database, clock)
    await links.prepare()
    return links


async def over(links: ResetLinks, code: str) -> None:
    for refuse in (links.person(code), links.use(code)):
        with pytest.raises(Problem) as refused:
            await refuse
        assert (refused.value.status, refused.value.code) == (404, "link_over")


async def test_a_link_is_good_once(links: ResetLinks) -> None:
    code = await links.make("ada")
    assert await links.person(code) == await links.person(code) == "ada"
    assert await links.use(code) == "ada"
    await over(links, code)


async def test_of_many_who_use_it_at_once_one_does(links: ResetLinks) -> None:
    code = await links.make("ada")
    results = await asyncio.gather(*(links.use(code) for _ in range(10)), return_exceptions=True)
    assert [result for result in results if not isinstance(result, Exception)] == ["ada"]


async def test_a_link_is_good_for_a_day(links: ResetLinks, clock: Clock) -> None:
    code = await links.make("ada")
    clock.pass_by(hours=23, minutes=59)
    assert await links.person(code) == "ada"
    clock.pass_by(minutes=1)
    await over(links, code)


async def test_a_new_link_ends_the_one_before(links: ResetLinks) -> None:
    first, second = await links.make("ada"), await links.make("ada")
    await over(links, first)
    assert await links.person(second) == "ada"


async def test_the_code_is_stored_as_a_hash_only(links: ResetLinks, database: Database) -> None:
    code = await links.make("ada")
    assert code not in repr(await database["reset_links"].find_one({}))


async def test_a_link_can_be_revoked(links: ResetLinks) -> None:
    code = await links.make("ada")
    await links.revoke("ada")
    await over(links, code)


async def test_those_made_by_some_time_can_be_revoked_and_later_ones_stay_good(links: ResetLinks, clock: Clock) -> None:
    made_by = clock()
    clock.pass_by(seconds=1)
    code = await links.make("ada")
    await links.revoke("ada", made_by)
    assert await links.person(code) == "ada"
    await links.revoke("ada", clock())
    await over(links, code)


@pytest.mark.parametrize("code", ["", "nonsense", "\ud800", "{'$gt': ''}"])
async def test_what_never_was_a_link_is_answered_like_one_that_is_over(links: ResetLinks, code: str) -> None:
    await links.make("ada")
    await over(links, code)
