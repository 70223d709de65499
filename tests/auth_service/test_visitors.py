import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, make_mocked_request

from auth_service import visitors
from auth_service.grants import Grant
from auth_service.services import Services
from chassis.problems import Problem
from tests.auth_service.conftest import PASSWORD


@pytest.fixture
async def grant(services: Services) -> Grant:
    return await services.grants.register("Ada", PASSWORD)


def request(server: TestServer, **headers: str) -> web.Request:
    assert server.app is not None
    return make_mocked_request("GET", "/", headers=headers, app=server.app)


async def is_over(services: Services, grant: Grant) -> bool:
    try:
        await services.grants.refresh(grant.refresh_token)
    except Problem:
        return True
    return False


@pytest.mark.parametrize("carried", ["Bearer {}", "cookie"])
async def test_an_access_token_says_who_it_is(server: TestServer, grant: Grant, carried: str) -> None:
    if carried == "cookie":
        visit = request(server, Cookie=f"__Host-access={grant.access_token}")
    else:
        visit = request(server, Authorization=carried.format(grant.access_token))
    visitor = await visitors.identity(visit)
    assert visitor is not None
    assert visitor.person == grant.person.id


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Cookie": "__Host-access="},
        {"Cookie": "__Host-access=garbage"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer garbage"},
        {"Authorization": "Basic QWRhOnB3"},
    ],
)
async def test_without_a_good_one_it_is_nobody(server: TestServer, headers: dict[str, str]) -> None:
    assert await visitors.identity(request(server, **headers)) is None


async def test_a_refresh_token_does_not_say_who_it_is(server: TestServer, grant: Grant) -> None:
    assert await visitors.identity(request(server, Authorization=f"Bearer {grant.refresh_token}")) is None
    assert await visitors.identity(request(server, Cookie=f"__Host-access={grant.refresh_token}")) is None


async def test_signing_out_by_the_access_token_ends_the_session(
    server: TestServer, services: Services, grant: Grant
) -> None:
    await visitors.sign_out(request(server, Authorization=f"Bearer {grant.access_token}"))
    assert await is_over(services, grant)


async def test_signing_out_by_the_refresh_cookie_ends_the_session(
    server: TestServer, services: Services, grant: Grant
) -> None:
    cookies = f"__Host-access=expired; __Host-refresh={grant.refresh_token}"
    await visitors.sign_out(request(server, Cookie=cookies))
    assert await is_over(services, grant)


async def test_nobody_signs_out_without_an_error(server: TestServer, services: Services, grant: Grant) -> None:
    await visitors.sign_out(request(server))
    await visitors.sign_out(request(server, Cookie="__Host-refresh=garbage"))
    assert not await is_over(services, grant)
