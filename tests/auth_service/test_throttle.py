"""Counters that several replicas share, and that nobody gets around by being many at once."""

import asyncio
from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from auth_service import metrics
from auth_service.throttle import FORGOTTEN_AFTER, LONGEST_PAUSE_SECONDS, Limit, Quota, Throttle, Throttled
from chassis.mongo import Database
from tests.auth_service.clock import Clock

THREE = Limit("account", free=3)
FIVE_A_MINUTE = Quota("everybody", attempts=5, seconds=60)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def throttle(database: Database, clock: Clock) -> Throttle:
    throttle = Throttle(database, clock)
    await throttle.prepare()
    return throttle


async def pause(throttle: Throttle, limit: Limit | Quota = THREE, key: str = "ada") -> int:
    """For how many seconds an attempt is refused; 0 where it is not, and then it is counted."""
    try:
        await throttle.charge((limit, key))
    except Throttled as refused:
        return int(refused.headers["Retry-After"])
    return 0


async def test_the_first_attempts_are_free_and_then_each_pause_is_twice_the_last(
    throttle: Throttle, clock: Clock
) -> None:
    assert [await pause(throttle) for _ in range(4)] == [0, 0, 0, 0]
    pauses = []
    for _ in range(10):
        pauses.append(await pause(throttle))
        clock.pass_by(seconds=pauses[-1])
        assert await pause(throttle) == 0
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 512, LONGEST_PAUSE_SECONDS]
    assert all(later <= 2 * sooner for sooner, later in pairwise(pauses))


async def test_a_pause_has_a_greatest_length(throttle: Throttle, clock: Clock, database: Database) -> None:
    await pause(throttle)
    await database["attempts"].update_one({}, {"$set": {"tried": 10_000}})
    assert await pause(throttle) == 0
    assert await pause(throttle) == LONGEST_PAUSE_SECONDS


async def test_an_attempt_that_is_refused_makes_the_pause_no_longer(throttle: Throttle, clock: Clock) -> None:
    for _ in range(5):
        await pause(throttle)
    assert [await pause(throttle) for _ in range(10)] == [2] * 10
    clock.pass_by(seconds=2)
    assert await pause(throttle) == 0


async def test_many_at_once_are_many_attempts_whichever_replica_they_come_to(
    throttle: Throttle, database: Database, clock: Clock
) -> None:
    replicas = [throttle, Throttle(database, clock)]
    pauses = await asyncio.gather(*(pause(replicas[number % 2]) for number in range(40)))
    assert pauses.count(0) == 4


@pytest.mark.parametrize("limit", [Limit("account", free=100), Quota("everybody", attempts=100, seconds=60)])
async def test_who_is_not_too_many_is_not_refused_however_many_come_at_the_same_moment(
    throttle: Throttle, database: Database, clock: Clock, limit: Limit | Quota
) -> None:
    behind = Clock()
    behind.pass_by(seconds=-5)
    replicas = [throttle, Throttle(database, behind)]

    async def try_and_succeed(number: int) -> int:
        seconds = await pause(replicas[number % 2], limit)
        await replicas[number % 2].settle(taken_back=[(limit, "ada")])
        return seconds

    for _ in range(5):
        assert set(await asyncio.gather(*(pause(replicas[number % 2], limit) for number in range(20)))) == {0}
        await throttle.settle(forgotten=[(limit, "ada")])
        assert set(await asyncio.gather(*(try_and_succeed(number) for number in range(20)))) == {0}


async def test_each_key_and_each_limit_counts_by_itself(throttle: Throttle) -> None:
    for _ in range(4):
        await pause(throttle)
    assert await pause(throttle) == 2
    assert await pause(throttle, key="bob") == 0
    assert await pause(throttle, Limit("address", free=3)) == 0


async def test_a_right_attempt_is_taken_back(throttle: Throttle) -> None:
    for _ in range(20):
        assert await pause(throttle) == 0
        await throttle.settle(taken_back=[(THREE, "ada")])


async def test_taking_back_never_gives_more_than_there_was(throttle: Throttle) -> None:
    await pause(throttle)
    for _ in range(5):
        await throttle.settle(taken_back=[(THREE, "ada")])
    assert [await pause(throttle) for _ in range(5)] == [0, 0, 0, 0, 2]
    await throttle.settle(taken_back=[(THREE, "never tried")])


async def test_whoever_has_proved_who_they_are_begins_anew(throttle: Throttle) -> None:
    for _ in range(5):
        await pause(throttle)
    await throttle.settle(forgotten=[(THREE, "ada")])
    assert [await pause(throttle) for _ in range(5)] == [0, 0, 0, 0, 2]


async def test_after_an_hour_of_quiet_everything_is_forgotten(throttle: Throttle, clock: Clock) -> None:
    for _ in range(5):
        await pause(throttle)
    clock.pass_by(seconds=FORGOTTEN_AFTER.total_seconds() + 2)
    assert [await pause(throttle) for _ in range(5)] == [0, 0, 0, 0, 2]


async def test_a_quota_is_used_up_and_comes_back_with_the_next_period(throttle: Throttle, clock: Clock) -> None:
    assert [await pause(throttle, FIVE_A_MINUTE) for _ in range(6)] == [0, 0, 0, 0, 0, 60]
    clock.pass_by(seconds=30)
    assert await pause(throttle, FIVE_A_MINUTE) == 30
    clock.pass_by(seconds=30)
    assert [await pause(throttle, FIVE_A_MINUTE) for _ in range(6)] == [0, 0, 0, 0, 0, 60]


async def test_what_is_taken_back_of_a_quota_can_be_used_by_another(throttle: Throttle) -> None:
    for _ in range(5):
        await pause(throttle, FIVE_A_MINUTE)
    await throttle.settle(taken_back=[(FIVE_A_MINUTE, "ada")])
    assert [await pause(throttle, FIVE_A_MINUTE) for _ in range(2)] == [0, 60]


async def test_an_attempt_counts_against_all_or_none(throttle: Throttle) -> None:
    address = Limit("address", free=5)
    for _ in range(4):
        await throttle.charge((address, "192.0.2.7"), (THREE, "ada"))
    for _ in range(10):
        with pytest.raises(Throttled) as refused:
            await throttle.charge((address, "192.0.2.7"), (THREE, "ada"))
        assert refused.value.limit == "account"
    assert [await pause(throttle, address, "192.0.2.7") for _ in range(3)] == [0, 0, 2]


async def test_of_several_pauses_the_longest_is_told(throttle: Throttle, clock: Clock) -> None:
    for _ in range(4):
        await pause(throttle)
    await pause(throttle, FIVE_A_MINUTE)
    clock.pass_by(seconds=1)
    for _ in range(4):
        await pause(throttle, FIVE_A_MINUTE)
    with pytest.raises(Throttled) as refused:
        await throttle.charge((THREE, "ada"), (FIVE_A_MINUTE, "ada"))
    assert (refused.value.limit, refused.value.headers["Retry-After"]) == ("everybody", "59")


async def test_the_database_forgets_and_never_knew_names(throttle: Throttle, database: Database) -> None:
    await pause(throttle, key="ada@192.0.2.7")
    indexes = await database["attempts"].index_information()
    assert [index["expireAfterSeconds"] for index in indexes.values() if "expireAfterSeconds" in index] == [0]
    assert "ada" not in repr(await database["attempts"].find_one({}))
    assert "192.0.2.7" not in repr(await database["attempts"].find_one({}))


@pytest.mark.parametrize("key", ["", "x" * 100_000, "\udcff", "$where", "a.b", "\0"])
async def test_anything_may_be_a_key(throttle: Throttle, key: str) -> None:
    assert [await pause(throttle, key=key) for _ in range(5)] == [0, 0, 0, 0, 2]


def test_it_is_told_as_a_problem_with_the_time_to_wait() -> None:
    refused = Throttled("account", 1.2)
    assert (refused.status, refused.code, refused.headers) == (429, "throttled", {"Retry-After": "2"})


async def test_refusing_is_logged_and_counted(throttle: Throttle) -> None:
    before = metrics.THROTTLED.labels("account")._value.get()
    with capture_logs() as logged:
        for _ in range(5):
            await pause(throttle, key="secret name")
    assert [(line["event"], line["limit"], line["seconds"]) for line in logged] == [("throttled", "account", 2)]
    assert "secret name" not in repr(logged)
    assert metrics.THROTTLED.labels("account")._value.get() == before + 1


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "1 second"), (1, "1 second"), (59.1, "60 seconds"), (91, "2 minutes"), (900, "15 minutes")],
)
def test_people_are_told_when_to_come_back(seconds: float, said: str) -> None:
    assert f"in {said}." in Throttled("account", seconds).detail
