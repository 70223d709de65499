"""How often one may try to sign in, and that nobody else's trying keeps the owner out."""

from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from pytest_aiohttp.plugin import AiohttpClient

from auth_service import metrics
from auth_service.grants import Grant
from auth_service.proofs import ACCOUNT, ADDRESS, DEVICE
from auth_service.services import Services
from auth_service.settings import AuthSettings
from chassis.mongo import Database
from tests.auth_service.conftest import PASSWORD, Browser, Client, new_browser, with_second_factor

WRONG = "seven teal otters walk"
THROTTLED = 429


async def sign_in(program: Client, name: str = "Ada", password: str = PASSWORD, **headers: str) -> Any:
    return await program.post("/api/auth/login", json={"name": name, "password": password}, headers=headers)


async def fail(program: Client, times: int, name: str = "Ada", **headers: str) -> list[int]:
    return [(await sign_in(program, name, WRONG, **headers)).status for _ in range(times)]


async def registered(program: Client, name: str = "Ada") -> None:
    assert (await program.post("/api/auth/register", json={"name": name, "password": PASSWORD})).status == 201


async def set_tried(database: Database, limit: str, tried: int) -> None:
    """As if there had been so many attempts, without the hour that they take."""
    changed = await database["attempts"].update_many({"_id": {"$regex": f"^{limit}:"}}, {"$set": {"tried": tried}})
    assert changed.matched_count == 1


async def test_failing_at_an_account_is_slowed_down_and_told_when_to_come_back(program: Client) -> None:
    await registered(program)
    assert await fail(program, ACCOUNT.free + 3) == [401] * (ACCOUNT.free + 1) + [THROTTLED] * 2
    answer = await sign_in(program)
    assert answer.status == THROTTLED
    assert 0 < int(answer.headers["Retry-After"]) <= 2
    assert (await answer.json(content_type=None))["code"] == "throttled"


async def test_an_account_that_is_not_there_is_slowed_down_in_the_same_way(program: Client) -> None:
    assert await fail(program, ACCOUNT.free + 2, "nobody") == [401] * (ACCOUNT.free + 1) + [THROTTLED]
    assert (await sign_in(program, "NOBODY ", WRONG)).status == THROTTLED


async def test_another_account_is_not_concerned(program: Client) -> None:
    await registered(program, "Bob")
    await fail(program, ACCOUNT.free + 2)
    assert (await sign_in(program, "Bob")).status == 200


async def test_a_right_password_lets_one_begin_anew(program: Client) -> None:
    await registered(program)
    for _ in range(3):
        assert THROTTLED not in await fail(program, ACCOUNT.free)
        assert (await sign_in(program)).status == 200


async def test_failing_at_many_accounts_slows_the_address_down_and_no_other(
    program: Client, database: Database
) -> None:
    here, elsewhere = {"X-Forwarded-For": "192.0.2.7"}, {"X-Forwarded-For": "192.0.2.8"}
    await fail(program, 1, "somebody", **here)
    await set_tried(database, "address", ADDRESS.free)
    assert await fail(program, 1, "another", **here) == [401]
    assert await fail(program, 1, "third", **here) == [THROTTLED]
    assert await fail(program, 1, "third", **elsewhere) == [401]


async def test_the_addresses_of_one_ipv6_network_are_one(program: Client, database: Database) -> None:
    await fail(program, 1, "somebody", **{"X-Forwarded-For": "2001:db8:1:2::1"})
    await set_tried(database, "address", ADDRESS.free)
    assert await fail(program, 1, "another", **{"X-Forwarded-For": "2001:db8:1:2:3:4:5:6"}) == [401]
    assert await fail(program, 1, "third", **{"X-Forwarded-For": "2001:db8:1:2::7"}) == [THROTTLED]
    assert await fail(program, 1, "third", **{"X-Forwarded-For": "2001:db8:1:3::7"}) == [401]


async def test_a_forged_address_changes_no_limit(program: Client, database: Database) -> None:
    await fail(program, 1, "somebody", **{"X-Forwarded-For": "192.0.2.7"})
    await set_tried(database, "address", ADDRESS.free)
    answers = [
        (await fail(program, 1, f"name{number}", **{"X-Forwarded-For": f"6.6.6.{number}, 192.0.2.7"}))[0]
        for number in range(3)
    ]
    assert answers == [401, THROTTLED, THROTTLED]
    assert await fail(program, 1, "x1", **{"X-Forwarded-For": "192.0.2.7", "X-Real-Ip": "6.6.6.6"}) == [THROTTLED]


async def test_one_who_is_throttled_for_the_account_uses_up_nothing_else(program: Client, database: Database) -> None:
    await fail(program, ACCOUNT.free + 1)
    (before,) = [one["tried"] async for one in database["attempts"].find({"_id": {"$regex": "^address:"}})]
    assert await fail(program, 5) == [THROTTLED] * 5
    (after,) = [one["tried"] async for one in database["attempts"].find({"_id": {"$regex": "^address:"}})]
    assert after == before


async def test_people_who_sign_in_rightly_use_up_nothing(program: Client, database: Database) -> None:
    await registered(program)
    for _ in range(5):
        assert (await sign_in(program)).status == 200
    left = {one["_id"].split(":")[0]: one["tried"] async for one in database["attempts"].find({})}
    assert left == {"registrations": 1, "everybody": 0, "address": 0}


@pytest.fixture
def few(settings: AuthSettings) -> AuthSettings:
    return settings.model_copy(update={"sign_ins_failed_per_minute": 5, "registrations_per_hour": 3})


class TestOverAll:
    @pytest.fixture
    def settings(self, few: AuthSettings) -> AuthSettings:
        return few

    async def test_all_together_have_so_many_failures_a_minute(self, program: Client) -> None:
        answers = [(await fail(program, 1, f"name{n}", **{"X-Forwarded-For": f"192.0.2.{n}"}))[0] for n in range(7)]
        assert answers == [401] * 5 + [THROTTLED] * 2

    async def test_an_address_can_create_so_many_accounts_an_hour(self, program: Client) -> None:
        async def create(number: int, address: str) -> aiohttp.ClientResponse:
            body = {"name": f"name{number}", "password": PASSWORD}
            return await program.post("/api/auth/register", json=body, headers={"X-Forwarded-For": address})

        assert [(await create(n, f"{n}.6.6.6, 192.0.2.7")).status for n in range(4)] == [201, 201, 201, THROTTLED]
        answer = await create(5, "192.0.2.7")
        assert 3500 < int(answer.headers["Retry-After"]) <= 3600
        assert (await create(6, "192.0.2.8")).status == 201
        network = [(await create(7 + n, f"2001:db8:1:2::{n}")).status for n in range(4)]
        assert network == [201, 201, 201, THROTTLED]
        assert (await create(11, "2001:db8:1:3::")).status == 201


# The owner


async def test_the_owner_s_device_has_its_own_way_in_however_often_others_fail(
    program: Client, browser: Browser, database: Database
) -> None:
    await browser.register("Ada")
    await browser.submit("/signout")
    await fail(program, ACCOUNT.free + 2)
    await set_tried(database, "account", 1000)
    await set_tried(database, "address", 1000)
    await set_tried(database, "everybody", 1000)
    assert (await browser.sign_in("Ada")).status == 303
    assert (await sign_in(program)).status == THROTTLED


async def test_an_open_session_goes_on_however_often_others_fail(program: Client) -> None:
    granted = await (await program.post("/api/auth/register", json={"name": "Ada", "password": PASSWORD})).json()
    await fail(program, ACCOUNT.free + 2)
    assert (await program.post("/api/auth/refresh", json=granted)).status == 200


async def test_a_known_device_is_slowed_down_too_by_itself(browser: Browser, program: Client) -> None:
    await browser.register("Ada")
    answers = [(await browser.sign_in("Ada", WRONG)).status for _ in range(DEVICE.free + 2)]
    assert answers == [401] * (DEVICE.free + 1) + [THROTTLED]
    assert (await sign_in(program)).status == 200


async def test_a_device_known_for_one_person_is_a_stranger_to_another(browser: Browser, program: Client) -> None:
    await registered(program, "Ada")
    await browser.register("Eve")
    await fail(program, ACCOUNT.free + 1)
    assert (await browser.sign_in("Ada", WRONG)).status == THROTTLED


async def test_the_form_says_it_too(aiohttp_client: AiohttpClient, server: TestServer, browser: Browser) -> None:
    await browser.register("Ada")
    stranger = await new_browser(aiohttp_client, server)
    for _ in range(ACCOUNT.free + 1):
        await stranger.sign_in("Ada", WRONG)
    answer = await stranger.sign_in("Ada", WRONG)
    assert (answer.status, answer.headers["Retry-After"]) == (THROTTLED, "2")
    assert "Too many attempts. Try again in 2 seconds." in answer.text


# The second factor


@pytest.fixture
async def grant(services: Services) -> Grant:
    return await services.grants.register("Ada", PASSWORD)


@pytest.fixture
async def recovery(services: Services, grant: Grant) -> list[str]:
    return await with_second_factor(services, grant.person.id)


async def with_code(program: Client, code: Any, password: str = PASSWORD) -> tuple[int, str]:
    answer = await program.post("/api/auth/login", json={"name": "Ada", "password": password, "code": code})
    return answer.status, (await answer.json(content_type=None)).get("code", "")


async def test_a_program_is_asked_for_a_code_and_signs_in_with_it(program: Client, recovery: list[str]) -> None:
    answer = await sign_in(program)
    assert (answer.status, (await answer.json(content_type=None))["code"]) == (401, "second_factor_required")
    assert "Set-Cookie" not in answer.headers
    assert await with_code(program, "000000") == (401, "wrong_code")
    assert (await with_code(program, recovery[0]))[0] == 200
    assert await with_code(program, recovery[0]) == (401, "wrong_code")
    assert (await with_code(program, 123456))[0] == 422


async def test_without_the_password_nobody_learns_that_there_is_a_second_factor(
    program: Client, recovery: list[str]
) -> None:
    assert await with_code(program, recovery[0], WRONG) == (401, "wrong_credentials")
    assert (await with_code(program, recovery[0]))[0] == 200


@pytest.mark.usefixtures("recovery")
async def test_codes_can_be_guessed_no_more_often_than_passwords(program: Client) -> None:
    answers = [await with_code(program, f"{number:06}") for number in range(ACCOUNT.free + 2)]
    assert answers[-1] == (THROTTLED, "throttled")
    assert {code for _, code in answers[:-1]} == {"wrong_code"}


@pytest.mark.usefixtures("recovery")
async def test_asking_for_the_code_again_and_again_is_counted(program: Client) -> None:
    answers = [(await sign_in(program)).status for _ in range(ACCOUNT.free + 2)]
    assert answers == [401] * (ACCOUNT.free + 1) + [THROTTLED]


async def test_failures_are_counted_by_their_reason(program: Client, recovery: list[str]) -> None:
    def counted() -> dict[str, float]:
        return {
            reason: metrics.SIGN_INS_FAILED.labels(reason)._value.get()
            for reason in ("wrong_credentials", "wrong_code")
        }

    before = counted()
    await fail(program, 1)
    await with_code(program, "000000")
    assert counted() == {reason: value + 1 for reason, value in before.items()}
