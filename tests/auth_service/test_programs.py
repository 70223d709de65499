import pytest

from auth_service.audit import Act, Actor
from auth_service.personal_tokens import Asked, session_of
from auth_service.services import Services
from chassis.access_tokens import SCOPES
from chassis.problems import Problem
from tests.auth_service.conftest import PASSWORD

ADMIN = Asked("bot", frozenset({"read", "admin"}))


@pytest.fixture
async def root(services: Services) -> Actor:
    return Actor((await services.grants.register("Root", PASSWORD)).person.id)


@pytest.fixture
async def bob(services: Services, root: Actor) -> Actor:
    return Actor((await services.grants.register("Bob", PASSWORD)).person.id)


async def test_a_program_gets_a_short_lived_token_of_its_own_session(services: Services, bob: Actor) -> None:
    made, code = await services.programs.make(bob, Asked("bot", frozenset({"read", "write"})))
    grant = await services.programs.exchange(code)
    identity = await services.access_tokens.identify(grant.access_token)
    assert (identity.person, identity.name, identity.session) == (bob.who, "Bob", session_of(made.id))
    assert (identity.program, set(identity.scopes), identity.admin) == (True, {"read", "write"}, False)
    assert (grant.scope, grant.expires_in, grant.token_type) == ("read write", 600, "Bearer")


async def test_no_access_token_outlives_the_token_it_came_from(services: Services, bob: Actor) -> None:
    _, code = await services.programs.make(bob, Asked("bot", expires_in=60))
    grant = await services.programs.exchange(code)
    assert 55 <= grant.expires_in <= 60
    identity = await services.access_tokens.identify(grant.access_token)
    assert identity.expires_at <= (await services.personal_tokens.listed(bob.who))[0].expires_at.timestamp()


async def test_only_an_administrator_makes_a_token_that_administers(
    services: Services, root: Actor, bob: Actor
) -> None:
    with pytest.raises(Problem) as refused:
        await services.programs.make(bob, ADMIN)
    assert (refused.value.status, refused.value.code) == (403, "not_administrator")
    _, code = await services.programs.make(root, ADMIN)
    assert (await services.access_tokens.identify((await services.programs.exchange(code)).access_token)).admin


async def test_an_administrator_s_token_with_less_scope_does_not_administer(services: Services, root: Actor) -> None:
    _, code = await services.programs.make(root, Asked("bot"))
    identity = await services.access_tokens.identify((await services.programs.exchange(code)).access_token)
    assert (identity.admin, identity.scopes) == (False, SCOPES - {"admin"})


async def test_a_revoked_token_ends_with_its_sockets(services: Services, bob: Actor) -> None:
    made, code = await services.programs.make(bob, Asked("bot"))
    await services.programs.revoke(bob, made.id)
    with pytest.raises(Problem):
        await services.programs.exchange(code)
    (change,) = await services.changes.after(0)
    assert (change.kind, change.person, change.session) == ("session_ended", bob.who, session_of(made.id))


async def test_nobody_revokes_another_s_token(services: Services, root: Actor, bob: Actor) -> None:
    made, code = await services.programs.make(bob, Asked("bot"))
    with pytest.raises(Problem) as refused:
        await services.programs.revoke(root, made.id)
    assert refused.value.status == 404
    assert await services.changes.after(0) == []
    await services.programs.exchange(code)


async def test_making_and_revoking_is_in_the_audit_log_without_the_token(services: Services, bob: Actor) -> None:
    made, code = await services.programs.make(bob, Asked("bot"))
    await services.programs.revoke(bob, made.id)
    entries = (await services.audit.page())[:2]
    assert [(entry.who, entry.what, entry.details["token"]) for entry in entries] == [
        (bob.who, Act.TOKEN_REVOKED, made.id),
        (bob.who, Act.TOKEN_MADE, made.id),
    ]
    assert code not in repr(entries)
