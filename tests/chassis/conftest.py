"""A small service made of nothing but the chassis, and a database of its own for each test."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from pytest_aiohttp.plugin import AiohttpClient

from chassis import application
from chassis.mongo import Database
from chassis.settings import ServiceSettings
from tests.chat_service.own_database import own_database
from tests.services import free_ports

MAX_BODY_BYTES = 4096

Client = TestClient[web.Request, web.Application]
Serve = Callable[..., Awaitable[Client]]


def make_settings(public_url: str = "https://parley.test") -> ServiceSettings:
    port, ops_port = free_ports(2)
    return ServiceSettings(port=port, ops_port=ops_port, public_url=public_url, mongo_url="mongodb://nobody.test/")


@pytest.fixture
def settings() -> ServiceSettings:
    return make_settings()


@pytest.fixture
def serve(aiohttp_client: AiohttpClient, tmp_path: Path) -> Serve:
    """Serves these routes as a service of Parley would, and gives a client for it."""

    async def serve(routes: Iterable[web.RouteDef] = (), public_url: str = "https://parley.test") -> Client:
        app = application.create(make_settings(public_url), tmp_path, MAX_BODY_BYTES)
        app.add_routes(routes)
        return await aiohttp_client(app)

    return serve


@pytest.fixture
async def database(mongo_url: str) -> AsyncIterator[Database]:
    async with own_database(mongo_url) as database:
        yield database
