"""What a browser keeps between password and code."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from auth_service.accounts import Person, Proof
from auth_service.second_steps import COOKIE, COOKIE_SECONDS, SecondSteps

ADA = Proof(Person("ada", "Ada"), password=3)


class Clock:
    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def steps(clock: Clock) -> SecondSteps:
    return SecondSteps("a secret", clock)


def back(response: web.Response) -> web.Request:
    return make_mocked_request("POST", "/login", {"Cookie": f"{COOKIE}={response.cookies[COOKIE].value}"})


def test_it_says_whose_password_was_right_for_five_minutes(steps: SecondSteps, clock: Clock) -> None:
    steps.begin(response := web.Response(), ADA)
    assert steps.proved(back(response)) == ("ada", 3)
    clock.now += COOKIE_SECONDS
    assert steps.proved(back(response)) is None


def test_the_cookie_is_for_this_site_alone_and_no_script(steps: SecondSteps) -> None:
    steps.begin(response := web.Response(), ADA)
    attributes = set(response.cookies[COOKIE].OutputString().split("; ")[1:])
    assert attributes == {"HttpOnly", "Secure", "SameSite=Strict", "Path=/", "Max-Age=300"}
    steps.end(response)
    assert response.cookies[COOKIE].value == ""


@pytest.mark.parametrize("cookie", ["", "ada.99999999999.x", "ada", "a.b.c.d", "ada.3.99999999999.x"])
def test_nobody_can_write_it_themselves(steps: SecondSteps, cookie: str) -> None:
    assert steps.proved(make_mocked_request("POST", "/login", {"Cookie": f"{COOKIE}={cookie}"})) is None


def test_without_it_nobody_was_right(steps: SecondSteps) -> None:
    assert steps.proved(make_mocked_request("POST", "/login")) is None
