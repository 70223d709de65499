"""Finding out who has an account: by what is answered, and by how long that takes."""

import math
import statistics
import time
from collections.abc import Mapping
from typing import Any

import pytest

from auth_service.services import Services
from chassis.mongo import Database
from tests.attacks.place import Place
from tests.auth_service.conftest import PASSWORD, SESSION, Browser

WRONG = "not the password at all"
PAIRS = 60
UNSURE = 16  # pairs at either end, which the interval of the median leaves out
FREE = 5  # pairs
ALIKE = 0.05

OF_THE_SERVICE: dict[str, object] = {
    "ns": {"$not": {"$regex": r"\.system\.profile$"}},
    "command.profile": {"$exists": False},
}
OF_THE_CONNECTION = {"lsid", "$clusterTime", "$readPreference", "txnNumber"}


@pytest.fixture(autouse=True)
def hasher() -> None:
    """The real one."""


async def signed_in(place: Place, name: str) -> tuple[int, Any, set[str]]:
    answer = await place.ask("POST", "/api/auth/login", {"name": name, "password": WRONG})
    told = {key: value for key, value in answer.body.items() if key != "request_id"}
    return answer.status, told, set(answer.headers)


async def test_a_wrong_password_is_answered_alike_whether_or_not_there_is_such_a_person(place: Place) -> None:
    root = await place.register("Root")
    bob = await place.register("Bob")
    await place.services.people.disable(bob["person"]["id"])
    await place.services.second_factors.begin(root["person"]["id"], SESSION)
    answers = [await signed_in(place, name) for name in ("Root", "Bob", "Nobody", "not a name", "", "x" * 500)]
    assert all(answer == answers[0] for answer in answers)


async def test_the_form_answers_alike_too(browser: Browser, stranger: Browser) -> None:
    await browser.register("Ada")
    pages = [(await stranger.sign_in(name, WRONG)).text.replace(name, "") for name in ("Ada", "Bob")]
    assert pages[0] == pages[1]


async def test_a_link_that_is_over_is_answered_like_one_that_never_was(place: Place) -> None:
    ada = await place.register("Ada")
    code = await place.services.reset_links.make(ada["person"]["id"])
    await place.services.reset_links.use(code)
    pages = [await place.auth.get(f"/reset/{which}") for which in (code, "never-was")]
    assert [page.status for page in pages] == [404, 404]
    texts = [(await page.text()).replace(page.headers["X-Request-Id"], "") for page in pages]
    assert texts[0] == texts[1]


async def test_a_wrong_password_costs_the_database_the_same_whether_or_not_there_is_such_a_person(
    browser: Browser, stranger: Browser, database: Database
) -> None:
    await browser.register("Ada")
    asked = []
    for name in ("Ada", "Eve", "Ada", "Eve"):  # twice each: the first failure makes a counter, the second finds it
        await database.command("profile", 2)
        assert (await stranger.sign_in(name, WRONG)).status == 401
        await database.command("profile", 0)
        asked.append([shape(done) async for done in database["system.profile"].find(OF_THE_SERVICE)])
        await database["system.profile"].drop()
    assert asked[0] == asked[1]
    assert asked[2] == asked[3]
    assert f"{database.name}.people" in repr(asked[0])


def shape(done: Mapping[str, Any]) -> tuple[str, str, object]:
    """An operation as the server did it, by everything but its values."""
    told = {key: value for key, value in done["command"].items() if key not in OF_THE_CONNECTION}
    return done["op"], done["ns"], without_values(told)


def without_values(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: without_values(one) for key, one in value.items()}
    if isinstance(value, list):
        return [without_values(one) for one in value]
    return type(value).__name__


async def test_a_wrong_password_takes_as_long_whether_or_not_there_is_such_a_person(
    stranger: Browser, services: Services, database: Database
) -> None:
    """The medians differ by at most 5 %, as far as a fixed number of pairs can tell.

    The two of a pair are asked one after the other, each first in every other pair, so that whatever else the machine
    does meets both alike; what counts is the median of the pairs' differences. It fails where the interval that holds
    the true one in 99.9 of 100 runs, whatever their distribution (that of the sign test), lies beyond 5 %: without the
    hash for nobody it would be 90 %.
    """
    await services.accounts.register("Ada", PASSWORD)

    async def seconds(name: str) -> float:
        began = time.perf_counter()
        assert (await stranger.sign_in(name, WRONG)).status == 401
        return time.perf_counter() - began

    took: dict[str, list[float]] = {"Ada": [], "Eve": []}
    for pair in range(PAIRS):
        for name in ("Ada", "Eve") if pair % 2 else ("Eve", "Ada"):
            took[name].append(await seconds(name))
        if pair % FREE == 0:  # or both would soon be throttled, which takes no time at all
            await database["attempts"].delete_many({})
    usual = statistics.median(took["Ada"] + took["Eve"])
    differences = sorted((known - unknown) / usual for known, unknown in zip(took["Ada"], took["Eve"], strict=True))
    least, most = differences[UNSURE], differences[-1 - UNSURE]
    assert least <= ALIKE, (least, most)
    assert most >= -ALIKE, (least, most)


def test_the_interval_misses_the_true_median_once_in_a_thousand_runs() -> None:
    def beyond(pairs: int) -> float:
        """How likely it is that at most so many of all pairs lie on one side of the true median, for both sides."""
        return sum(math.comb(PAIRS, n) for n in range(pairs + 1)) / 2.0 ** (PAIRS - 1)

    assert beyond(UNSURE) <= 0.001 < beyond(UNSURE + 1)
