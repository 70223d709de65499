"""The auth service as it runs, against a database of its own for each test, and two kinds of visitors."""

import re
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from http.cookies import SimpleCookie
from typing import Any, NamedTuple

import aiohttp
import argon2
import jwt
import pyotp
import pytest
from aiohttp import CookieJar, DummyCookieJar, hdrs, web
from aiohttp.test_utils import TestClient, TestServer
from pymongo.errors import AutoReconnect
from pytest_aiohttp.plugin import AiohttpClient, AiohttpServer

from auth_service import passwords as passwords_module
from auth_service.accounts import Accounts
from auth_service.administrators import Administrators
from auth_service.app import create_app
from auth_service.changes import Changes
from auth_service.grants import Grant
from auth_service.keys import Keys
from auth_service.passwords import Passwords
from auth_service.refresh_tokens import RefreshTokens
from auth_service.renaming import Renaming
from auth_service.services import SERVICES, Services
from auth_service.sessions import Sessions
from auth_service.settings import AuthSettings
from chassis.mongo import Database
from tests.auth_service.clock import Clock
from tests.auth_service.signing_keys import replica
from tests.chat_service.own_database import own_database
from tests.services import free_ports

PUBLIC_URL = "https://parley.test"
PASSWORD = "seven teal otters waltz"
SESSION = "a session"
NAMED = ["root"]  # as administrators, in the settings

CHEAP = argon2.PasswordHasher(memory_cost=8, time_cost=1, parallelism=1)

Client = TestClient[web.Request, None]


class Answer(NamedTuple):
    """What a visitor sees of an answer."""

    status: int
    location: str | None
    text: str
    headers: Any
    cookies: SimpleCookie

    def problem_at(self, field: str) -> str | None:
        """What the form says is wrong with this field."""
        found = re.search(rf'id="{field}-problem">([^<]*)<', self.text)
        return found[1] if found else None


class Browser:
    """A person's browser without JavaScript: keeps cookies, posts forms from our pages, shows where it's sent."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def open(self, path: str) -> Answer:
        return await self._seen(await self._client.get(path, allow_redirects=False))

    async def submit(self, path: str, **fields: str) -> Answer:
        return await self._seen(
            await self._client.post(path, data=fields, headers={"Sec-Fetch-Site": "same-origin"}, allow_redirects=False)
        )

    async def register(self, name: str = "Ada", password: str = PASSWORD, **fields: str) -> Answer:
        return await self.submit("/signin", name=name, password=password, password_again=password, **fields)

    async def act(self, path: str, act: str, **fields: str) -> Answer:
        """Press a button."""
        return await self.submit(path, act=act, **fields)

    async def sign_in(self, name: str = "Ada", password: str = PASSWORD, **fields: str) -> Answer:
        return await self.submit("/login", name=name, password=password, **fields)

    def cookie(self, name: str) -> str | None:
        return next((cookie.value for cookie in self._client.session.cookie_jar if cookie.key == name), None)

    def set_cookie(self, name: str, value: str) -> None:
        self._client.session.cookie_jar.update_cookies({name: value}, self._client.make_url("/"))

    def lose(self, name: str) -> None:
        """As when a cookie's time is over."""
        self._client.session.cookie_jar.clear(lambda cookie: cookie.key == name)

    async def _seen(self, answer: aiohttp.ClientResponse) -> Answer:
        return Answer(
            answer.status, answer.headers.get(hdrs.LOCATION), await answer.text(), answer.headers, answer.cookies
        )


@pytest.fixture(autouse=True)
def hasher(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords cost nothing, except where that is what a test is about: it has a `hasher` of its own."""
    monkeypatch.setattr(passwords_module, "HASHER", CHEAP)


@pytest.fixture
async def database(mongo_url: str) -> AsyncIterator[Database]:
    async with own_database(mongo_url) as database:
        yield database


@pytest.fixture(scope="session")
def passwords() -> Iterator[Passwords]:
    passwords = Passwords()
    yield passwords
    passwords.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def changes(database: Database, clock: Clock) -> Changes:
    changes = Changes(database, lambda: None, clock)
    await changes.prepare()
    return changes


@pytest.fixture
async def keys(database: Database, clock: Clock) -> Keys:
    return await replica(database, clock)


@pytest.fixture
async def sessions(database: Database, changes: Changes, clock: Clock) -> Sessions:
    sessions = Sessions(database, RefreshTokens("a secret"), changes, clock)
    await sessions.prepare()
    return sessions


@pytest.fixture
async def accounts(database: Database, passwords: Passwords, changes: Changes) -> Accounts:
    accounts = Accounts(database, passwords, Renaming(database, changes), Administrators(database, NAMED))
    await accounts.prepare()
    return accounts


@pytest.fixture
def settings(mongo_url: str, database: Database) -> AuthSettings:
    port, ops_port = free_ports(2)
    return AuthSettings(
        port=port,
        ops_port=ops_port,
        public_url=PUBLIC_URL,
        mongo_url=mongo_url,
        mongo_database=database.name,
        auth_secret=secrets.token_urlsafe(32),
    )


@pytest.fixture
async def server(aiohttp_server: AiohttpServer, settings: AuthSettings) -> TestServer:
    return await aiohttp_server(create_app(settings))


@pytest.fixture
def services(server: TestServer) -> Services:
    assert server.app is not None
    return server.app[SERVICES]


@pytest.fixture
async def program(aiohttp_client: AiohttpClient, server: TestServer) -> Client:
    """A program: no cookies, nothing that browsers add."""
    return await aiohttp_client(server, cookie_jar=DummyCookieJar())


@pytest.fixture
async def browser(aiohttp_client: AiohttpClient, server: TestServer) -> Browser:
    return await new_browser(aiohttp_client, server)


@pytest.fixture
async def stranger(aiohttp_client: AiohttpClient, server: TestServer) -> Browser:
    """Somebody else's browser."""
    return await new_browser(aiohttp_client, server)


@pytest.fixture
async def administrator(aiohttp_client: AiohttpClient, server: TestServer) -> Browser:
    """Root's browser, whose account is the first and so administers."""
    browser = await new_browser(aiohttp_client, server)
    assert (await browser.register("Root")).status == 303
    return browser


async def sign_in(services: Services, name: str, password: str) -> Grant:
    """As both ways to sign in do it, without a second factor."""
    return await services.grants.begin(await services.accounts.prove(name, password))


async def away(*_args: object, **_told: object) -> None:
    """In the place of a step that the database doesn't take."""
    raise AutoReconnect("away")


async def person_id(services: Services, name: str) -> str:
    return (await services.people.named(name)).id


async def with_second_factor(services: Services, person: str) -> list[str]:
    """Turn it on for somebody, as their app and they would; the recovery codes."""
    await services.second_factors.begin(person, SESSION)
    secret = await services.second_factors.pending(person, SESSION)
    assert secret is not None
    return await services.second_factors.turn_on(person, SESSION, pyotp.TOTP(secret).now())


def shown_once(answer: Answer) -> str:
    """What a page shows now and never again."""
    found = re.search(r'id="once"[^>]* value="([^"]+)"', answer.text)
    assert found, answer.text
    return found[1]


def path_of(link: str) -> str:
    """The path of a link into Parley."""
    assert link.startswith(PUBLIC_URL)
    return link.removeprefix(PUBLIC_URL)


async def new_browser(aiohttp_client: AiohttpClient, server: TestServer) -> Browser:
    jar = CookieJar(unsafe=True, treat_as_secure_origin=server.make_url("/"))  # as browsers treat localhost
    return Browser(await aiohttp_client(server, cookie_jar=jar))


def forged(services: Services, **claims: Any) -> str:
    """A token that our own key has signed, saying whatever is wanted."""
    now = int(time.time())
    good = {
        "iss": PUBLIC_URL,
        "aud": "parley",
        "sub": "person-1",
        "name": "Ada",
        "sid": "session-1",
        "jti": "token-1",
        "iat": now,
        "exp": now + 600,
    }
    key = services.keys.signing
    return jwt.encode({**good, **claims}, key.private, "EdDSA", {"kid": key.kid, "typ": "at+jwt"})
