"""Codes of an app, once each, and recovery codes, once each."""

import asyncio
import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pyotp
import pytest
from structlog.testing import capture_logs

from auth_service.second_factors import PENDING_SECONDS, RECOVERY_CODES, STEP_SECONDS, SecondFactors
from chassis.mongo import Database
from chassis.problems import Problem


class Clock:
    now = 1_700_000_010.0

    def __call__(self) -> float:
        return self.now

    def next_step(self, steps: int = 1) -> None:
        self.now += steps * STEP_SECONDS


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def factors(database: Database, clock: Clock) -> SecondFactors:
    return SecondFactors(database, "a secret", clock)


App = Callable[[], str]
HERE, ELSEWHERE = "this session", "another session"
SECRET = "JBSWY3DPEHPK3PXP" * 2


async def app_of(factors: SecondFactors, clock: Clock, person: str = "ada") -> App:
    """What somebody's phone shows, once they have scanned the code."""
    secret = await factors.pending(person, HERE)
    assert secret
    return lambda: pyotp.TOTP(secret).at(int(clock()))


@pytest.fixture
async def app(factors: SecondFactors, clock: Clock) -> App:
    await factors.begin("ada", HERE)
    return await app_of(factors, clock)


@pytest.fixture
async def recovery(factors: SecondFactors, app: App) -> list[str]:
    return await factors.turn_on("ada", HERE, app())


async def right(factors: SecondFactors, code: str, person: str = "ada") -> bool:
    try:
        await factors.check(person, code)
    except Problem as refused:
        if (refused.status, refused.code) == (401, "wrong_code"):
            return False
        raise
    return True


async def test_it_is_on_only_once_a_first_code_was_right(factors: SecondFactors, app: App) -> None:
    assert not await factors.is_on("ada")
    for wrong in ("000000", "", "abc", "\u0661\u0662\u0663\u0664\u0665\u0666"):
        with pytest.raises(Problem) as refused:
            await factors.turn_on("ada", HERE, wrong)
        assert set(refused.value.errors) == {"code"}
    assert not await factors.is_on("ada")
    await factors.turn_on("ada", HERE, app())
    assert await factors.is_on("ada")
    assert not await factors.is_on("bob")


async def test_nothing_is_turned_on_that_was_not_begun(factors: SecondFactors) -> None:
    with pytest.raises(Problem):
        await factors.turn_on("ada", HERE, "123456")


async def test_a_secret_waits_ten_minutes_for_its_first_code(factors: SecondFactors, app: App, clock: Clock) -> None:
    assert PENDING_SECONDS == 600
    clock.now += PENDING_SECONDS - 1
    assert await factors.pending("ada", HERE)
    clock.now += 1
    assert await factors.pending("ada", HERE) is None
    with pytest.raises(Problem, match="invalid"):
        await factors.turn_on("ada", HERE, app())
    assert not await factors.is_on("ada")


async def test_no_other_session_sees_a_secret_that_waits_or_turns_it_on(factors: SecondFactors, app: App) -> None:
    assert await factors.pending("ada", ELSEWHERE) is None
    with pytest.raises(Problem, match="invalid"):
        await factors.turn_on("ada", ELSEWHERE, app())
    await factors.turn_on("ada", HERE, app())


async def test_of_two_who_turn_it_on_at_once_one_gets_codes(factors: SecondFactors, app: App) -> None:
    turning_on = [factors.turn_on("ada", HERE, app()) for _ in range(5)]
    codes = [one for one in await asyncio.gather(*turning_on, return_exceptions=True) if isinstance(one, list)]
    assert len(codes) == 1
    assert await right(factors, codes[0][0])


@pytest.mark.usefixtures("recovery")
async def test_beginning_again_leaves_the_one_that_is_on(factors: SecondFactors, clock: Clock, app: App) -> None:
    await factors.begin("ada", HERE)
    clock.next_step()
    assert await right(factors, app())


@pytest.mark.usefixtures("recovery")
async def test_a_code_is_good_once_and_so_is_the_one_that_turned_it_on(
    factors: SecondFactors, app: App, clock: Clock
) -> None:
    assert not await right(factors, app())
    clock.next_step()
    assert await right(factors, app())
    assert not await right(factors, app())
    clock.next_step()
    assert await right(factors, app())


@pytest.mark.usefixtures("recovery")
async def test_of_many_who_send_the_same_code_at_once_one_is_let_in(
    factors: SecondFactors, database: Database, app: App, clock: Clock
) -> None:
    clock.next_step()
    replicas = [factors, SecondFactors(database, "a secret", clock)]
    assert sum(await asyncio.gather(*(right(replicas[number % 2], app()) for number in range(10)))) == 1


@pytest.mark.usefixtures("recovery")
async def test_a_clock_may_be_half_a_minute_off_and_no_more(factors: SecondFactors, app: App, clock: Clock) -> None:
    clock.next_step(5)
    late = app()
    clock.next_step()
    assert await right(factors, late)
    clock.next_step(5)
    late = app()
    clock.next_step(2)
    assert not await right(factors, late)
    clock.next_step(1)
    early = app()
    clock.next_step(-1)
    assert await right(factors, early)


@pytest.mark.usefixtures("recovery")
async def test_an_older_code_than_the_last_used_is_worth_nothing(
    factors: SecondFactors, app: App, clock: Clock
) -> None:
    clock.next_step()
    older = app()
    clock.next_step()
    assert await right(factors, app())
    assert not await right(factors, older)


@pytest.mark.usefixtures("recovery")
async def test_a_code_may_be_typed_with_spaces(factors: SecondFactors, app: App, clock: Clock) -> None:
    clock.next_step()
    code = app()
    assert await right(factors, f" {code[:3]} {code[3:]} ")


async def test_there_are_ten_recovery_codes_each_good_once(factors: SecondFactors, recovery: list[str]) -> None:
    assert len(set(recovery)) == RECOVERY_CODES == 10
    assert all(re.fullmatch(r"(?:[2-9a-z]{4}-){3}[2-9a-z]{4}", code) for code in recovery)
    assert [await right(factors, code) for code in recovery] == [True] * 10
    assert [await right(factors, code) for code in recovery] == [False] * 10
    assert await factors.codes_left("ada") == 0


async def test_a_recovery_code_counts_however_it_is_typed_and_for_its_person_alone(
    factors: SecondFactors, recovery: list[str]
) -> None:
    assert not await right(factors, recovery[0], "bob")
    assert await right(factors, recovery[0].upper().replace("-", " "))
    assert await factors.codes_left("ada") == 9
    assert sum(await asyncio.gather(*(right(factors, recovery[1]) for _ in range(10)))) == 1


async def test_neither_secrets_nor_recovery_codes_can_be_read_in_the_database(
    factors: SecondFactors, database: Database, clock: Clock
) -> None:
    await factors.begin("ada", HERE)
    secret = await factors.pending("ada", HERE)
    assert secret
    assert secret not in repr(await database["second_factors"].find_one({}))
    codes = await factors.turn_on("ada", HERE, (await app_of(factors, clock))())
    stored = repr(await database["second_factors"].find_one({}))
    assert secret not in stored
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)


async def test_with_another_secret_of_the_service_recovery_codes_are_still_good(
    database: Database, recovery: list[str], app: App, clock: Clock
) -> None:
    changed = SecondFactors(database, "another secret", clock)
    clock.next_step()
    with pytest.raises(Problem) as refused:
        await changed.check("ada", app())
    assert (refused.value.status, refused.value.code) == (503, "unreadable_second_factor")
    assert await right(changed, recovery[0])


@pytest.mark.usefixtures("recovery")
async def test_turned_off_nothing_of_it_is_left(factors: SecondFactors, database: Database) -> None:
    await factors.turn_off("ada")
    assert not await factors.is_on("ada")
    assert await factors.codes_left("ada") == 0
    assert await database["second_factors"].count_documents({}) == 0


@pytest.mark.parametrize("code", ["", "x", "\udcff", "1" * 10_000, "\N{SNOWMAN}" * 6, "12345\n"])
@pytest.mark.usefixtures("recovery")
async def test_anything_else_is_a_wrong_code(factors: SecondFactors, code: str) -> None:
    assert not await right(factors, code)
    assert not await right(factors, code, "nobody")


async def test_the_address_is_what_apps_read(factors: SecondFactors) -> None:
    address = factors.address(SECRET, "Ada L")
    assert urlsplit(address).path == "/Parley:Ada%20L"
    assert dict(parse_qsl(urlsplit(address).query)) == {"secret": SECRET, "issuer": "Parley"}


async def test_it_is_logged_without_what_is_secret(factors: SecondFactors, app: App, clock: Clock) -> None:
    with capture_logs() as logged:
        codes = await factors.turn_on("ada", HERE, app())
        await right(factors, "424242")
        await right(factors, codes[0])
        await factors.turn_off("ada")
    assert [line["event"] for line in logged] == [
        "second factor on",
        "second factor refused",
        "recovery code used",
        "second factor off",
    ]
    assert "424242" not in repr(logged)
    assert codes[0] not in repr(logged)
