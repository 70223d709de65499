"""The keys that sign tokens: made once, kept secret, and retired when somebody else may have one."""

import asyncio
import base64

import pytest
from cryptography.hazmat.primitives import serialization
from structlog.testing import capture_logs

from auth_service.keys import Keys, KeysUnreadable, UnknownKey
from chassis.mongo import Database
from tests.auth_service.clock import Clock
from tests.auth_service.signing_keys import published, replica


async def test_the_first_start_makes_a_key_that_signs_at_once(keys: Keys) -> None:
    assert published(keys) == [keys.signing.kid]


async def test_what_is_published_is_the_public_half_alone(keys: Keys) -> None:
    [jwk] = keys.jwks["keys"]
    assert set(jwk) == {"kty", "crv", "x", "kid", "alg", "use"}
    assert (jwk["kty"], jwk["crv"], jwk["alg"], jwk["use"]) == ("OKP", "Ed25519", "EdDSA", "sig")
    raw = keys.signing.private.public_key().public_bytes_raw()
    assert base64.urlsafe_b64decode(jwk["x"] + "=") == raw


async def test_a_key_is_found_by_its_id(keys: Keys) -> None:
    found = await keys.find(keys.signing.kid)
    assert found is not None
    assert found.key_id == keys.signing.kid


@pytest.mark.parametrize("kid", ["", "unknown", "\udcff", "\0"])
async def test_no_key_is_found_by_an_unknown_id(keys: Keys, kid: str) -> None:
    assert await keys.find(kid) is None


async def test_the_private_half_is_encrypted_in_the_database(keys: Keys, database: Database) -> None:
    stored = await database["keys"].find_one({})
    assert stored is not None
    assert stored["private"].startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    raw = keys.signing.private.private_bytes_raw()
    assert raw not in stored["private"]
    assert base64.b64encode(raw) not in stored["private"]
    with pytest.raises(ValueError, match="password"):
        serialization.load_pem_private_key(stored["private"], b"another secret")


async def test_a_restart_goes_on_with_the_same_key(keys: Keys, database: Database, clock: Clock) -> None:
    assert (await replica(database, clock)).signing.kid == keys.signing.kid


async def test_replicas_that_start_at_once_make_one_first_key(database: Database, clock: Clock) -> None:
    replicas = await asyncio.gather(*(replica(database, clock) for _ in range(5)))
    assert len({keys.signing.kid for keys in replicas}) == 1
    assert await database["keys"].count_documents({}) == 1


async def test_a_replica_whose_clock_is_behind_signs_with_the_first_key_all_the_same(
    keys: Keys, database: Database, clock: Clock
) -> None:
    behind = Clock()
    behind.pass_by(minutes=-5)
    assert (await replica(database, behind)).signing.kid == keys.signing.kid


async def test_with_another_secret_the_start_fails_and_says_why(keys: Keys, database: Database, clock: Clock) -> None:
    with pytest.raises(KeysUnreadable, match="AUTH_SECRET"):
        await replica(database, clock, "another secret")
    assert await database["keys"].count_documents({}) == 1


async def test_keys_are_logged_by_their_id_alone(keys: Keys, clock: Clock) -> None:
    with capture_logs() as logged:
        clock.pass_by(days=30)
        await keys.look()
    assert [(event["event"], event["kid"]) for event in logged] == [("signing key made", published(keys)[1])]
    assert "PRIVATE" not in repr(logged)


# Retirement of a key that somebody else may have


@pytest.mark.parametrize("rotated", [False, True])
async def test_a_retired_key_is_gone_and_another_signs_at_once(keys: Keys, clock: Clock, *, rotated: bool) -> None:
    if rotated:
        await keys.rotate()
    first = keys.signing.kid
    await keys.retire(first)
    assert first not in published(keys)
    assert len(published(keys)) == 1
    assert keys.signing.signs_from <= clock()


async def test_retiring_the_next_key_leaves_a_next_one_that_is_due(keys: Keys) -> None:
    await keys.rotate()
    _, second = published(keys)
    await keys.retire(second)
    assert second not in published(keys)
    assert keys.signing.kid == published(keys)[-1]


async def test_another_replica_signs_with_the_new_key_once_it_looked(
    keys: Keys, database: Database, clock: Clock
) -> None:
    await keys.rotate()
    other = await replica(database, clock)
    await keys.retire(keys.signing.kid)
    await other.look()
    assert other.signing.kid == keys.signing.kid
    assert published(other) == published(keys)


async def test_a_key_that_is_not_there_can_not_be_retired(keys: Keys) -> None:
    (first,) = published(keys)
    with pytest.raises(UnknownKey):
        await keys.retire("none")
    assert published(keys) == [first]
