import re
from pathlib import Path

import pytest
from aiohttp import web

from auth_service.routes import ROUTES
from tests.auth_service.conftest import Browser, Client

GATEWAY_ROUTES = Path(__file__).parents[2] / "gateway" / "routes.yml"
METHODS = {
    "/login": {"GET", "POST"},
    "/signin": {"GET", "POST"},
    "/signout": {"GET", "POST"},
    "/account": {"GET"},
    "/account/name": {"POST"},
    "/account/password": {"POST"},
    "/account/sessions": {"POST"},
    "/account/second-factor": {"GET", "POST"},
    "/account/second-factor/qr.svg": {"GET"},
    "/account/second-factor/off": {"POST"},
    "/account/tokens": {"POST"},
    "/account/invitations": {"POST"},
    "/account/data": {"POST"},
    "/account/delete": {"GET", "POST"},
    "/invite/{code}": {"GET", "POST"},
    "/reset/{code}": {"GET", "POST"},
    "/admin": {"GET"},
    "/admin/people/{person}": {"GET", "POST"},
    "/admin/sign-up": {"GET", "POST"},
    "/admin/audit": {"GET"},
    "/api/auth/register": {"POST"},
    "/api/auth/login": {"POST"},
    "/api/auth/refresh": {"POST"},
    "/api/auth/logout": {"POST"},
    "/api/auth/sessions": {"GET", "DELETE"},
    "/api/auth/sessions/{id}": {"DELETE"},
    "/api/auth/me": {"GET"},
    "/api/auth/token": {"POST"},
    "/api/auth/tokens": {"GET", "POST"},
    "/api/auth/tokens/{token}": {"DELETE"},
    "/api/auth/invitations": {"GET", "POST"},
    "/api/auth/invitations/{invitation}": {"DELETE"},
    "/.well-known/jwks.json": {"GET"},
    "/internal/account-changes": {"GET"},
}
INSIDE = {"/internal/account-changes"}
PUBLIC = {"/.well-known/jwks.json"}
NOT_FOR_STRANGERS = ("/invite/", "/reset/", "/admin")  # where there is nothing, or as good as nothing
PARTS = {"id": "x", "code": "x", "person": "x", "token": "x", "invitation": "x"}


def test_every_route_has_a_name_of_its_own() -> None:
    names = [route.kwargs.get("name") for route in ROUTES]
    assert None not in names
    assert len(set(names)) == len(names)


def test_the_paths_are_the_published_ones() -> None:
    assert [route.path for route in ROUTES] == list(METHODS)


def test_every_handler_is_a_view() -> None:
    assert all(isinstance(route.handler, type) and issubclass(route.handler, web.View) for route in ROUTES)


@pytest.mark.parametrize("path", METHODS)
def test_the_gateway_brings_it_here_unless_it_is_for_the_inside(path: str) -> None:
    rules = GATEWAY_ROUTES.read_text()
    exact = set(re.findall(r"Path\(`([^`]*)`\)", rules))
    prefixes = re.findall(r"PathPrefix\(`([^`]*)`\)", rules)
    brought = path in exact or any(path.startswith(prefix) and prefix != "/" for prefix in prefixes)
    assert brought == (path not in INSIDE)


async def test_any_other_method_is_refused_and_told_the_right_ones(program: Client) -> None:
    for path, right in METHODS.items():
        for wrong in {"GET", "POST", "PUT", "DELETE", "PATCH"} - right:
            answer = await program.request(wrong, path.format(**PARTS))
            assert (answer.status, set(answer.headers["Allow"].split(","))) == (405, right), path


async def test_every_right_method_has_a_handler(program: Client) -> None:
    for path, right in METHODS.items():
        for method in right:
            answer = await program.request(method, path.format(**PARTS), allow_redirects=False)
            found = answer.status != 404 or path.startswith(NOT_FOR_STRANGERS)
            assert (found, answer.status not in {405, 500}) == (True, True), path


async def test_nothing_is_done_from_another_site(administrator: Browser, program: Client) -> None:
    cookies = f"__Host-access={administrator.cookie('__Host-access')}"
    for path, methods in METHODS.items():
        for method in methods - {"GET"}:
            headers = {"Cookie": cookies, "Sec-Fetch-Site": "cross-site", "Origin": "https://evil.test"}
            answer = await program.request(method, path.format(**PARTS), headers=headers, allow_redirects=False)
            assert answer.status == 403, path


async def test_where_json_is_taken_nothing_else_is_that_a_foreign_form_could_send(
    administrator: Browser, program: Client
) -> None:
    token = {"Authorization": f"Bearer {administrator.cookie('__Host-access')}"}
    taking = {path for path, methods in METHODS.items() if path.startswith("/api/auth/") and "POST" in methods}
    assert len(taking) == 7
    for path in taking:
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
            answer = await program.post(path, data=b"{}", headers=token | {"Content-Type": kind})
            assert (answer.status, (await answer.json())["code"]) == (415, "unsupported_media_type"), (path, kind)


async def test_nothing_of_anybody_is_kept_by_a_cache(administrator: Browser) -> None:
    for path, methods in METHODS.items():
        if "GET" in methods and path not in PUBLIC:
            answer = await administrator.open(path.format(**PARTS))
            assert answer.headers.get("Cache-Control") == "no-store", path
