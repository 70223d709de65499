"""Both services on real servers, each believing the other as in production, and somebody who means no good."""

import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import DummyCookieJar
from aiohttp.test_utils import TestServer
from pytest_aiohttp.plugin import AiohttpClient

from auth_service.services import Services
from auth_service.settings import AuthSettings
from chassis import application
from chassis.mongo import Database
from chat_service.app import create_app
from chat_service.settings import ChatSettings
from tests.attacks.place import Place, until
from tests.auth_service.conftest import PUBLIC_URL, Client, browser, database, hasher, server, services, stranger
from tests.chat_service.own_database import own_database
from tests.chat_service.own_exchange import own_exchange
from tests.services import free_ports

__all__ = ["browser", "database", "hasher", "server", "services", "stranger"]


@pytest.fixture
async def exchanges(amqp_url: str) -> AsyncIterator[tuple[str, str]]:
    async with own_exchange(amqp_url) as events, own_exchange(amqp_url) as accounts:
        yield events, accounts


@pytest.fixture
def settings(mongo_url: str, amqp_url: str, database: Database, exchanges: tuple[str, str]) -> AuthSettings:
    port, ops_port = free_ports(2)
    return AuthSettings(
        port=port,
        ops_port=ops_port,
        public_url=PUBLIC_URL,
        mongo_url=mongo_url,
        mongo_database=database.name,
        amqp_url=amqp_url,
        amqp_accounts_exchange=exchanges[1],
        auth_secret=secrets.token_urlsafe(32),
    )


@pytest.fixture
async def chat_database(mongo_url: str) -> AsyncIterator[Database]:
    async with own_database(mongo_url) as database:
        yield database


@pytest.fixture
def chat_settings(settings: AuthSettings, chat_database: Database, exchanges: tuple[str, str]) -> dict[str, Any]:
    """What the chat service is told, save where auth is."""
    port, ops_port = free_ports(2)
    return {
        "port": port,
        "ops_port": ops_port,
        "public_url": PUBLIC_URL,
        "replica": "chat1",
        "mongo_url": settings.mongo_url,
        "mongo_database": chat_database.name,
        "amqp_url": settings.amqp_url,
        "amqp_exchange": exchanges[0],
        "amqp_accounts_exchange": exchanges[1],
    }


@pytest.fixture
async def place(
    server: TestServer, services: Services, chat_settings: dict[str, Any], aiohttp_client: AiohttpClient
) -> Place:
    chat_app = create_app(ChatSettings(jwks_url=str(server.make_url("/.well-known/jwks.json")), **chat_settings))
    auth: Client = await aiohttp_client(server, cookie_jar=DummyCookieJar())
    chat = await aiohttp_client(chat_app, cookie_jar=DummyCookieJar())

    async def ready() -> bool:
        return (await chat_app[application.HEALTH].readiness()).status == "ready"

    await until(ready)
    return Place(auth, chat, services)
