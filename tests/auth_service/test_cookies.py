from http.cookies import SimpleCookie

import pytest
from aiohttp import web

from auth_service import cookies
from auth_service.accounts import Person
from auth_service.grants import Grant

GRANT = Grant("access.token.x", "refresh.0.token", Person("person-1", "Ada"))


def attributes(cookies: SimpleCookie, name: str) -> set[str]:
    return set(cookies[name].OutputString().split("; ")[1:])


@pytest.fixture
def response() -> web.Response:
    return web.Response()


def test_a_grant_is_two_cookies_that_only_this_site_gets_and_no_script_reads(response: web.Response) -> None:
    cookies.give(response, GRANT)
    assert {name: cookie.value for name, cookie in response.cookies.items()} == {
        "__Host-access": "access.token.x",
        "__Host-refresh": "refresh.0.token",
    }
    kept = {"HttpOnly", "Secure", "SameSite=Lax", "Path=/"}
    assert attributes(response.cookies, "__Host-access") == {*kept, "Max-Age=600"}
    assert attributes(response.cookies, "__Host-refresh") == {*kept, f"Max-Age={30 * 24 * 3600}"}


def test_a_lent_token_is_one_cookie(response: web.Response) -> None:
    cookies.lend(response, GRANT.access_token)
    assert set(response.cookies) == {"__Host-access"}


def test_taking_them_back_says_the_same_or_browsers_would_keep_them(response: web.Response) -> None:
    cookies.take_back(response)
    for name in ("__Host-access", "__Host-refresh"):
        assert response.cookies[name].value == ""
        assert {"HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age=0"} <= attributes(response.cookies, name)
        assert response.cookies[name]["domain"] == ""
