import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from pytest_aiohttp.plugin import AiohttpServer

from chassis import jwks
from chassis.access_tokens import AccessTokens
from chassis.jwks import RemoteKeys
from chassis.problems import Problem
from tests.chassis.signing import ISSUER, Signer
from tests.chat_service.eventually import eventually

OLD, NEW = Signer("old"), Signer("new")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Auth:
    """Stands in for the auth service: publishes keys, or fails, and counts who asks."""

    def __init__(self) -> None:
        self.body = json.dumps({"keys": [OLD.public]}).encode()
        self.status = 200
        self.asked = 0
        self.answering = asyncio.Event()
        self.answering.set()

    def publish(self, *keys: Any) -> None:
        self.body = json.dumps({"keys": keys}).encode()

    async def answer(self, _request: web.Request) -> web.Response:
        self.asked += 1
        await self.answering.wait()
        return web.Response(body=self.body, status=self.status, content_type="application/json")


@pytest.fixture
def auth() -> Auth:
    return Auth()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def keys(aiohttp_server: AiohttpServer, auth: Auth, clock: Clock, http: aiohttp.ClientSession) -> RemoteKeys:
    app = web.Application()
    app.router.add_get("/jwks.json", auth.answer)
    server = await aiohttp_server(app)
    return RemoteKeys(str(server.make_url("/jwks.json")), http, clock)


@pytest.fixture
async def fresh(keys: RemoteKeys) -> AsyncIterator[asyncio.Task[None]]:
    """The keys are kept fresh, as in a service that runs."""
    task = asyncio.create_task(keys.keep_fresh())
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def known(keys: RemoteKeys, *signers: Signer) -> list[bool]:
    return [await keys.find(signer.kid) is not None for signer in signers]


async def test_the_first_token_has_its_key_fetched(keys: RemoteKeys) -> None:
    tokens = AccessTokens(ISSUER, keys.find)
    assert (await tokens.identify(OLD.token())).name == "Ada"


async def test_a_known_key_is_not_fetched_again(keys: RemoteKeys, auth: Auth, clock: Clock) -> None:
    await keys.find(OLD.kid)
    clock.now += 10_000
    await keys.find(OLD.kid)
    assert auth.asked == 1


async def test_an_unknown_key_is_asked_for(keys: RemoteKeys, auth: Auth, clock: Clock) -> None:
    await keys.find(OLD.kid)
    auth.publish(OLD.public, NEW.public)
    clock.now += jwks.REFETCH_SECONDS
    assert await known(keys, NEW) == [True]


async def test_a_key_made_just_after_the_regular_fetch_is_asked_for_at_once(
    keys: RemoteKeys, auth: Auth, fresh: asyncio.Task[None]
) -> None:
    await eventually(lambda: auth.asked)
    await keys.find(OLD.kid)
    auth.publish(OLD.public, NEW.public)
    assert await known(keys, NEW) == [True]


async def test_invented_key_ids_do_not_make_us_ask_more_often_than_every_30_seconds(
    keys: RemoteKeys, auth: Auth, clock: Clock
) -> None:
    for second in range(60):
        clock.now = 1000.0 + second
        assert await keys.find(f"invented {second}") is None
    assert auth.asked == 2
    assert jwks.REFETCH_SECONDS == 30


async def test_many_tokens_of_a_new_key_at_once_are_one_request_and_all_good(keys: RemoteKeys, auth: Auth) -> None:
    auth.answering.clear()
    searches = [asyncio.create_task(keys.find(OLD.kid)) for _ in range(20)]
    await eventually(lambda: auth.asked)
    searches.append(asyncio.create_task(keys.find(OLD.kid)))
    auth.answering.set()
    assert None not in await asyncio.gather(*searches)
    assert auth.asked == 1


async def test_a_token_that_arrives_during_the_first_fetch_waits_for_it(
    keys: RemoteKeys, auth: Auth, fresh: asyncio.Task[None]
) -> None:
    auth.answering.clear()
    await eventually(lambda: auth.asked)
    search = asyncio.create_task(keys.find(OLD.kid))
    auth.answering.set()
    assert await search is not None


async def test_tokens_are_verified_on_while_auth_is_down(keys: RemoteKeys, auth: Auth, clock: Clock) -> None:
    await keys.find(OLD.kid)
    auth.status = 503
    clock.now += jwks.REFETCH_SECONDS
    assert await known(keys, NEW, OLD) == [False, True]
    assert auth.asked == 2


async def test_an_auth_that_hangs_is_given_up_on(keys: RemoteKeys, auth: Auth, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwks, "FETCH_TIMEOUT_SECONDS", 0.05)
    auth.answering.clear()
    with pytest.raises(Problem) as unknown:
        await keys.find(OLD.kid)
    assert (unknown.value.status, unknown.value.code) == (503, "unavailable")
    auth.answering.set()


@pytest.mark.parametrize(
    "nonsense",
    [
        b"",
        b"<!doctype html>",
        b"null",
        b"[]",
        b'"keys"',
        b"{}",
        b'{"keys": null}',
        b'{"keys": {}}',
        b'{"keys": []}',
        b'{"keys": [null, 7, "x", [], {}]}',
        b'{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "old", "x": 7}]}',
        b'{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "old", "x": "AA"}]}',
        b'{"keys": [{"kty": ["OKP"], "alg": {}, "kid": {}}]}',
        b"\xff\xfe",
        b'{"keys": ' + b"[" * 100_000,
    ],
)
async def test_nonsense_from_auth_does_not_make_us_forget(
    keys: RemoteKeys, auth: Auth, clock: Clock, nonsense: bytes
) -> None:
    await keys.find(OLD.kid)
    auth.body = nonsense
    clock.now += jwks.REFETCH_SECONDS
    assert await known(keys, NEW, OLD) == [False, True]


UNUSABLE = [
    {**NEW.public, "alg": "HS256"},
    {**NEW.public, "alg": "ES256"},
    {**NEW.public, "crv": "X25519"},
    {**NEW.public, "crv": "Ed448"},
    {**NEW.public, "x": "AA"},
    {**NEW.public, "kid": 7},
    {"kty": "oct", "k": "c2VjcmV0", "alg": "HS256", "kid": NEW.kid},
    {"kty": "oct", "k": "c2VjcmV0", "alg": "EdDSA", "kid": NEW.kid},
    {"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": NEW.kid},
    {name: value for name, value in NEW.public.items() if name != "kid"},
]


@pytest.mark.parametrize("unusable", UNUSABLE)
async def test_a_key_of_another_algorithm_is_ignored_and_the_others_are_not(
    keys: RemoteKeys, auth: Auth, unusable: dict[str, Any]
) -> None:
    auth.publish(unusable, OLD.public)
    assert await known(keys, NEW, OLD) == [False, True]


async def test_a_retired_key_is_forgotten(keys: RemoteKeys, auth: Auth, clock: Clock) -> None:
    await keys.find(OLD.kid)
    auth.publish(NEW.public)
    clock.now += jwks.REFETCH_SECONDS
    assert await known(keys, NEW, OLD) == [True, False]


async def test_keys_are_fetched_again_and_again(
    keys: RemoteKeys, auth: Auth, monkeypatch: pytest.MonkeyPatch, fresh: asyncio.Task[None]
) -> None:
    monkeypatch.setattr(jwks, "REFRESH_SECONDS", 0.01)
    await eventually(lambda: auth.asked)
    auth.publish(OLD.public, NEW.public)
    seen = auth.asked
    await eventually(lambda: auth.asked >= seen + 2)
    assert await known(keys, OLD, NEW) == [True, True]


async def test_a_failed_fetch_is_soon_tried_again(
    keys: RemoteKeys, auth: Auth, monkeypatch: pytest.MonkeyPatch, fresh: asyncio.Task[None]
) -> None:
    monkeypatch.setattr(jwks, "RETRY_SECONDS", 0.01)
    auth.status = 502
    await eventually(lambda: auth.asked >= 3)
    assert await keys.check() == "down"
    auth.status = 200
    seen = auth.asked
    await eventually(lambda: auth.asked > seen)
    assert await known(keys, OLD) == [True]
    assert await keys.check() == "ok"


def test_a_new_key_is_known_long_before_it_signs() -> None:
    assert jwks.REFRESH_SECONDS <= 600


async def test_who_waits_for_the_first_keys_has_them_then(keys: RemoteKeys) -> None:
    waiting = asyncio.create_task(keys.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    await keys.find(OLD.kid)
    await waiting


async def test_without_any_key_nobody_can_be_verified(keys: RemoteKeys) -> None:
    assert await keys.check() == "down"


async def test_with_keys_and_without_auth_it_is_degraded(keys: RemoteKeys, auth: Auth, clock: Clock) -> None:
    await keys.find(OLD.kid)
    assert await keys.check() == "ok"
    auth.status = 503
    clock.now += jwks.REFETCH_SECONDS
    await keys.find(NEW.kid)
    assert await keys.check() == "degraded"
