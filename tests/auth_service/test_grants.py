import time

import jwt
import pytest

from auth_service.accounts import Proof
from auth_service.grants import Grant
from auth_service.services import Services
from chassis.mongo import Database
from chassis.problems import Problem
from tests.auth_service.conftest import PASSWORD, PUBLIC_URL


@pytest.fixture
async def grant(services: Services) -> Grant:
    return await services.grants.register("Ada", PASSWORD)


async def test_who_registers_is_signed_in_at_once(grant: Grant, services: Services) -> None:
    identity = await services.access_tokens.identify(grant.access_token)
    assert (identity.person, identity.name) == (grant.person.id, "Ada")


async def test_the_access_token_says_what_an_access_token_has_to(grant: Grant, services: Services) -> None:
    key = services.keys.signing
    assert jwt.get_unverified_header(grant.access_token) == {"alg": "EdDSA", "typ": "at+jwt", "kid": key.kid}
    claims = jwt.decode(grant.access_token, options={"verify_signature": False})
    assert set(claims) == {"iss", "aud", "sub", "name", "sid", "jti", "iat", "exp", "admin"}
    assert (claims["iss"], claims["aud"], claims["sub"]) == (PUBLIC_URL, "parley", grant.person.id)
    assert claims["exp"] - claims["iat"] == grant.expires_in == 600
    assert abs(claims["iat"] - time.time()) < 60


async def test_no_two_access_tokens_are_the_same(grant: Grant, services: Services) -> None:
    again = await services.grants.begin(Proof(grant.person, password=0))
    first, second = (jwt.decode(one.access_token, options={"verify_signature": False}) for one in (grant, again))
    assert first["jti"] != second["jti"]
    assert first["sid"] != second["sid"]


async def test_who_proved_an_old_password_while_it_changed_gets_no_session(grant: Grant, services: Services) -> None:
    proof = await services.accounts.prove("Ada", PASSWORD)
    late = await services.sessions.begin(grant.person.id)  # began after the others were ended
    await services.accounts.change_password(proof, "nine purple walruses hum")
    for refused in (services.grants.begin(proof), services.grants._continue(late)):
        with pytest.raises(Problem, match="signed_out"):
            await refused
    assert not await services.sessions.is_open(late.id, grant.person.id)
    assert await services.grants.begin(await services.accounts.prove("Ada", "nine purple walruses hum"))


async def test_a_session_by_an_old_password_is_over_also_where_nobody_lived_to_end_it(
    grant: Grant, services: Services
) -> None:
    proof = await services.accounts.prove("Ada", PASSWORD)
    proof = await services.accounts.change_password(proof, "nine purple walruses hum")
    new = await services.grants.begin(proof)
    assert await services.grants.lend(grant.refresh_token) is None
    with pytest.raises(Problem, match="signed_out"):
        await services.grants.refresh(grant.refresh_token)
    assert (await services.changes.after(0))[-1].kind == "session_ended"
    assert await services.grants.refresh(new.refresh_token)


async def test_a_session_from_before_passwords_were_noted_goes_on(
    grant: Grant, services: Services, database: Database
) -> None:
    await database["sessions"].update_many({}, {"$unset": {"password": True}})
    await database["people"].update_many({}, {"$set": {"passwords": 3}})
    assert await services.grants.lend(grant.refresh_token)
    assert await services.grants.refresh(grant.refresh_token)


async def test_refreshing_goes_on_with_the_same_session(grant: Grant, services: Services) -> None:
    refreshed = await services.grants.refresh(grant.refresh_token)
    before = await services.access_tokens.identify(grant.access_token)
    after = await services.access_tokens.identify(refreshed.access_token)
    assert (after.session, after.person, after.name) == (before.session, before.person, before.name)
    assert refreshed.person == grant.person


async def test_an_account_that_is_gone_is_signed_out(grant: Grant, services: Services, database: Database) -> None:
    await database["people"].delete_one({"_id": grant.person.id})
    with pytest.raises(Problem) as refused:
        await services.grants.refresh(grant.refresh_token)
    assert (refused.value.status, refused.value.code) == (401, "signed_out")
    assert await database["sessions"].count_documents({}) == 0


async def test_a_new_name_is_in_the_next_access_token(grant: Grant, services: Services) -> None:
    await services.accounts.rename(grant.person.id, "Countess")
    refreshed = await services.grants.refresh(grant.refresh_token)
    assert (await services.access_tokens.identify(refreshed.access_token)).name == "Countess"
    assert refreshed.person.name == "Countess"


async def test_an_access_token_can_be_lent_beside_the_refresh_token_that_one_has(
    grant: Grant, services: Services
) -> None:
    lent = await services.grants.lend(grant.refresh_token)
    assert lent is not None
    assert lent.refresh_token == grant.refresh_token
    assert (await services.access_tokens.identify(lent.access_token)).person == grant.person.id
    assert await services.grants.lend("garbage") is None
    assert await services.grants.lend(None) is None
