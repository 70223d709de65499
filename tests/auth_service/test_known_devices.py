"""Which device is known for whom."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from auth_service.known_devices import COOKIE, MAX_PEOPLE, KnownDevices

NEW = make_mocked_request("POST", "/login")


@pytest.fixture
def devices() -> KnownDevices:
    return KnownDevices("a secret")


def after(devices: KnownDevices, person: str, before: web.Request = NEW) -> web.Request:
    """The next request of a browser in which this person has signed in."""
    devices.remember(before, response := web.Response(), person)
    return make_mocked_request("POST", "/login", {"Cookie": f"{COOKIE}={response.cookies[COOKIE].value}"})


def test_a_device_is_known_for_who_signed_in_on_it_and_nobody_else(devices: KnownDevices) -> None:
    visit = after(devices, "ada")
    assert devices.recognise(visit, "ada")
    assert devices.recognise(visit, "bob") is None
    assert devices.recognise(visit, None) is None
    assert devices.recognise(NEW, "ada") is None
    assert devices.recognise(NEW, None) is None


def test_it_stays_the_same_device_however_often_somebody_signs_in(devices: KnownDevices) -> None:
    first = after(devices, "ada")
    assert devices.recognise(after(devices, "ada", first), "ada") == devices.recognise(first, "ada")


def test_each_person_on_a_device_is_another(devices: KnownDevices) -> None:
    """Else whoever has an account would take back what was counted for another, by a cookie of theirs and their own."""
    first = after(devices, "ada")
    second = after(devices, "bob", first)
    assert devices.recognise(first, "ada") != devices.recognise(second, "bob")
    assert devices.recognise(after(devices, "ada"), "ada") != devices.recognise(first, "ada")


def test_it_is_known_for_the_last_few_who_signed_in_on_it(devices: KnownDevices) -> None:
    visit = NEW
    for person in ("ada", "bob", "ada", *(f"guest{number}" for number in range(MAX_PEOPLE - 2)), "bob"):
        visit = after(devices, person, visit)
    assert devices.recognise(visit, "ada")
    visit = after(devices, "eve", visit)
    assert devices.recognise(visit, "ada") is None
    assert all(devices.recognise(visit, person) for person in ("eve", "bob", "guest0"))


def test_one_who_comes_back_is_still_on_the_same_device(devices: KnownDevices) -> None:
    """Else who fails there would begin anew by letting another sign in."""
    first = after(devices, "ada")
    again = after(devices, "ada", after(devices, "bob", first))
    assert devices.recognise(again, "ada") == devices.recognise(first, "ada")


def test_the_cookie_stays_small(devices: KnownDevices) -> None:
    visit = NEW
    for number in range(3 * MAX_PEOPLE):
        visit = after(devices, f"{number:016x}", visit)
    assert len(visit.cookies[COOKIE]) < 300


@pytest.mark.parametrize("cookie", ["", "ada.1.x", "ada.1", "..", "a.b.c.d"])
def test_nobody_can_make_a_device_known(devices: KnownDevices, cookie: str) -> None:
    visit = make_mocked_request("POST", "/login", {"Cookie": f"{COOKIE}={cookie}"})
    assert devices.recognise(visit, "ada") is None
    assert KnownDevices("another secret").recognise(after(devices, "ada"), "ada") is None
