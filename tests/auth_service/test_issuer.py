from datetime import UTC, datetime

import pytest

from auth_service.invitations import Asked
from auth_service.issuer import Issuer
from auth_service.services import Services
from chassis.access_tokens import MAX_INVITATIONS, MAX_TOKEN_CHARS, Identity
from chassis.mongo import Database
from chassis.problems import Problem
from tests.auth_service.conftest import PASSWORD, PUBLIC_URL


@pytest.fixture
def issuer(services: Services) -> Issuer:
    return Issuer(PUBLIC_URL, services.keys, services.people)


async def identity(services: Services, issuer: Issuer, person: str, **more: str) -> Identity:
    token, _ = await issuer.token(person, "s1", scope=more.get("scope"))
    return await services.access_tokens.identify(token)


async def test_an_administrator_s_token_says_so_and_nobody_else_s(services: Services, issuer: Issuer) -> None:
    ada, bob = [(await services.grants.register(name, PASSWORD)).person for name in ("Ada", "Bob")]
    assert (await identity(services, issuer, ada.id)).admin
    assert not (await identity(services, issuer, bob.id)).admin


async def test_a_program_s_token_says_what_it_is_for(services: Services, issuer: Issuer) -> None:
    ada = (await services.grants.register("Ada", PASSWORD)).person
    program = await identity(services, issuer, ada.id, scope="read write")
    assert (program.program, set(program.scopes), program.admin) == (True, {"read", "write"}, False)
    assert (await identity(services, issuer, ada.id, scope="admin")).admin


async def test_accepted_invitations_are_told_and_the_longest_token_fits(services: Services, issuer: Issuer) -> None:
    ada = (await services.grants.register("Ada", PASSWORD)).person
    bob = (await services.grants.register("\N{MATHEMATICAL BOLD CAPITAL A}b" + "\U00020000" * 30, PASSWORD)).person
    for number in range(MAX_INVITATIONS + 1):
        _, code = await services.invitations.make(ada.id, Asked(room=f"{number}" * 64))
        await services.invitations.accept(code, bob.id)
    token, _ = await issuer.token(bob.id, "s" * 22, scope="read write admin")
    assert len(token) <= MAX_TOKEN_CHARS
    invited = (await services.access_tokens.identify(token)).invitations
    assert [one.room[0] for one in invited] == ["1", "2", "3", "4", "5"]
    assert {one.by for one in invited} == {ada.id}


async def test_who_is_disabled_or_gone_gets_none(services: Services, issuer: Issuer, database: Database) -> None:
    ada = (await services.grants.register("Ada", PASSWORD)).person
    await database["people"].update_one({"_id": ada.id}, {"$set": {"disabled_at": datetime.now(UTC)}})
    for person, status, code in ((ada.id, 403, "disabled"), ("nobody", 401, "signed_out")):
        with pytest.raises(Problem) as refused:
            await issuer.token(person, "s1")
        assert (refused.value.status, refused.value.code) == (status, code)
