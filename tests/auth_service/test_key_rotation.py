"""How one key follows another, by itself and by command, and no valid token is refused meanwhile."""

import asyncio
from datetime import timedelta

import aiohttp
import jwt
import pytest
from aiohttp import web
from pymongo.errors import AutoReconnect
from pytest_aiohttp.plugin import AiohttpServer

from auth_service import keys as module
from auth_service.keys import Keys, KeysUnreadable
from chassis.access_tokens import LEEWAY_SECONDS, LIFETIME_SECONDS, AccessTokens, InvalidToken
from chassis.jwks import REFRESH_SECONDS, RemoteKeys
from chassis.mongo import Database
from tests.auth_service.clock import Clock
from tests.auth_service.signing_keys import published, replica
from tests.chassis.signing import ISSUER, good_claims
from tests.chat_service.eventually import eventually


async def test_the_next_key_is_published_an_hour_before_it_signs(keys: Keys, clock: Clock) -> None:
    first = keys.signing.kid
    clock.pass_by(days=29, hours=23, minutes=1)
    await keys.look()
    assert len(published(keys)) == 2
    assert keys.signing.kid == first
    clock.pass_by(minutes=59)
    assert keys.signing.kid == first
    clock.pass_by(minutes=1)
    assert keys.signing.kid == published(keys)[1]


async def test_until_then_there_is_one_key_only(keys: Keys, clock: Clock) -> None:
    clock.pass_by(days=29, hours=22)
    await keys.look()
    assert len(published(keys)) == 1


async def test_replicas_that_rotate_at_once_make_one_next_key(keys: Keys, database: Database, clock: Clock) -> None:
    other = await replica(database, clock)
    clock.pass_by(days=30)
    await asyncio.gather(keys.look(), other.look())
    assert published(keys) == published(other)
    assert len(published(keys)) == 2


async def test_another_replica_knows_a_new_key_before_it_signs(keys: Keys, database: Database, clock: Clock) -> None:
    other = await replica(database, clock)
    clock.pass_by(days=30)
    await keys.look()
    clock.pass_by(minutes=2)
    await other.look()
    assert await other.find(published(keys)[1]) is not None
    assert timedelta(seconds=10 * module.LOOK_SECONDS) < module.PUBLISHED_BEFORE


async def test_an_old_key_is_published_until_its_last_token_is_over(keys: Keys, clock: Clock) -> None:
    first = keys.signing.kid
    clock.pass_by(days=30)
    await keys.look()
    clock.pass_by(hours=1, seconds=LIFETIME_SECONDS + LEEWAY_SECONDS)
    await keys.look()
    assert keys.signing.kid != first
    assert await keys.find(first) is not None


async def test_then_it_is_deleted(keys: Keys, database: Database, clock: Clock) -> None:
    first = keys.signing.kid
    clock.pass_by(days=30)
    await keys.look()
    clock.pass_by(hours=1, seconds=LIFETIME_SECONDS + LEEWAY_SECONDS + 60)
    await keys.look()
    assert await keys.find(first) is None
    assert published(keys) == [keys.signing.kid]
    assert await database["keys"].count_documents({"_id": first}) == 0


async def test_a_year_of_rotation_never_leaves_a_moment_without_a_key(keys: Keys, clock: Clock) -> None:
    signed: set[str] = set()
    for _ in range(365 * 4):
        clock.pass_by(hours=6)
        await keys.look()
        signed.add(keys.signing.kid)
        assert keys.signing.kid in published(keys)
    assert 12 <= len(signed) <= 13
    assert len(published(keys)) <= 2


async def test_after_a_long_rest_the_old_key_signs_until_everybody_knows_the_new_one(
    keys: Keys, database: Database, clock: Clock
) -> None:
    first = keys.signing.kid
    clock.pass_by(days=400)
    rested = await replica(database, clock)
    assert rested.signing.kid == first
    clock.pass_by(hours=1)
    assert rested.signing.kid != first


async def test_rotation_survives_a_database_that_is_away(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = 0

    async def look() -> None:
        nonlocal looked
        looked += 1
        if looked == 1:
            raise AutoReconnect("gone for a moment")
        if looked == 2:
            raise KeysUnreadable("somebody else's")

    monkeypatch.setattr(module, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(keys, "look", look)
    rotation = asyncio.create_task(keys.keep_rotating())
    await eventually(lambda: looked >= 3 or rotation.done())
    assert not rotation.done()
    rotation.cancel()
    await asyncio.gather(rotation, return_exceptions=True)


# Rotation by command


async def test_rotating_publishes_the_next_key_an_hour_before_it_signs(keys: Keys, clock: Clock) -> None:
    (first,) = published(keys)
    await keys.rotate()
    _, second = published(keys)
    assert keys.signing.kid == first
    clock.pass_by(hours=1)
    assert keys.signing.kid == second


async def test_rotating_twice_within_that_hour_makes_one_key_and_later_another(keys: Keys, clock: Clock) -> None:
    for _ in range(3):
        await keys.rotate()
    assert len(published(keys)) == 2
    clock.pass_by(hours=1)
    await keys.rotate()
    assert len(published(keys)) == 3


async def test_replicas_that_are_told_to_rotate_at_once_make_one_key(
    keys: Keys, database: Database, clock: Clock
) -> None:
    other = await replica(database, clock)
    await asyncio.gather(keys.rotate(), other.rotate())
    await keys.look()
    assert len(published(keys)) == 2


async def test_while_keys_rotate_under_load_no_valid_token_is_refused_and_old_keys_fail_in_the_end(
    keys: Keys, database: Database, clock: Clock, aiohttp_server: AiohttpServer
) -> None:
    replicas = [keys, await replica(database, clock)]

    async def publish(_request: web.Request) -> web.Response:
        return web.json_response(replicas[1].jwks)  # of another than the one that the command ran at

    app = web.Application()
    app.router.add_get("/", publish)
    server = await aiohttp_server(app)
    used: set[str] = set()
    tokens: list[tuple[float, str]] = []
    of_the_first_key = ""
    async with aiohttp.ClientSession() as http:
        verifier = RemoteKeys(str(server.make_url("/")), http, lambda: clock().timestamp())
        verify = AccessTokens(ISSUER, verifier.find)
        for minute in range(200):
            if minute in {10, 90}:
                await keys.rotate()
            await replicas[minute % 2].look()  # each looks every minute; here one lags behind the other
            if minute * 60 % REFRESH_SECONDS == 0:
                await verifier._fetch()
            for signer in (one.signing for one in replicas):
                used.add(signer.kid)
                headers = {"kid": signer.kid, "typ": "at+jwt"}
                tokens.append((minute, jwt.encode(good_claims(), signer.private, "EdDSA", headers)))
            tokens = [(made, token) for made, token in tokens if (minute - made) * 60 <= LIFETIME_SECONDS]
            await asyncio.gather(*(verify.identify(token) for _, token in tokens))
            of_the_first_key = tokens[0][1] if minute == 0 else of_the_first_key
            clock.pass_by(minutes=1)
        assert len(used) == 3
        with pytest.raises(InvalidToken):
            await verify.identify(of_the_first_key)
