"""Finding out who has an account: by what is answered, and by how long that takes."""

import statistics
import time
from typing import Any

import pytest

from chassis.mongo import Database
from tests.attacks.place import Place
from tests.auth_service.conftest import SESSION, Browser

WRONG = "not the password at all"
PAIRS = 20
MOST_PAIRS = 100
FREE = 5  # pairs
ALIKE = 0.05


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


async def test_a_wrong_password_takes_as_long_whether_or_not_there_is_such_a_person(
    place: Place, database: Database
) -> None:
    """The medians of pairs, asked in turns and each of the two first half the time, differ by at most 5 %.

    By the clock, or where other work makes that uneven, by the CPU time of all there is here, clients included: without
    the hash for nobody either would differ by 90 %.
    """
    await place.register("Ada")

    async def measured(name: str) -> tuple[float, float]:
        clock, cpu = time.perf_counter(), time.process_time()
        assert (await place.ask("POST", "/api/auth/login", {"name": name, "password": WRONG})).status == 401
        return time.perf_counter() - clock, time.process_time() - cpu

    took: dict[str, list[tuple[float, float]]] = {"Ada": [], "Eve": []}
    apart = 1.0
    while apart > ALIKE and len(took["Ada"]) < MOST_PAIRS:
        for pair in range(PAIRS):
            for name in ("Ada", "Eve") if pair % 2 else ("Eve", "Ada"):
                took[name].append(await measured(name))
            if pair % FREE == 0:  # or both would soon be throttled, which takes no time at all
                await database["attempts"].delete_many({})
        apart = min(difference(*([one[kind] for one in samples] for samples in took.values())) for kind in (0, 1))
    assert apart <= ALIKE


def difference(*samples: list[float]) -> float:
    """Of the two medians, as a share of the larger one."""
    known, unknown = (statistics.median(times) for times in samples)
    return abs(known - unknown) / max(known, unknown)
