from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from pymongo.errors import PyMongoError

from auth_service.audit import Act, Actor
from auth_service.changes import Kind
from auth_service.grants import Grant
from auth_service.invitations import Asked
from auth_service.personal_tokens import Asked as AskedToken
from auth_service.personal_tokens import session_of
from auth_service.services import Services
from auth_service.sign_up import Policy
from chassis.mongo import Database, Document
from chassis.problems import Problem
from tests.auth_service.conftest import PASSWORD, away, sign_in, with_second_factor


@pytest.fixture
async def root(services: Services) -> Actor:
    return Actor((await services.grants.register("Root", PASSWORD)).person.id, "192.0.2.1")


@pytest.fixture
async def bob(services: Services, root: Actor) -> Grant:
    return await services.grants.register("Bob", PASSWORD)


async def told(services: Services) -> list[tuple[Any, ...]]:
    return [(change.kind, change.person, change.session) for change in await services.changes.after(0)]


async def logged(services: Services) -> tuple[str, str, str | None, str | None]:
    entry = (await services.audit.page())[0]
    return entry.who, entry.what, entry.whom, entry.address


def session_id(grant: Grant) -> str:
    return str(jwt.decode(grant.access_token, options={"verify_signature": False})["sid"])


async def refused(wanted: Any) -> str:
    with pytest.raises(Problem) as problem:
        await wanted
    return problem.value.code


async def test_who_is_disabled_is_out_and_stays_out(services: Services, root: Actor, bob: Grant) -> None:
    await services.administration.disable(root, bob.person.id)
    assert await refused(services.grants.refresh(bob.refresh_token)) == "signed_out"
    assert await refused(sign_in(services, "Bob", PASSWORD)) == "disabled"
    assert await refused(sign_in(services, "Bob", "a wrong one, surely")) == "wrong_credentials"
    assert await told(services) == [
        ("session_ended", bob.person.id, session_id(bob)),
        ("person_disabled", bob.person.id, None),
    ]
    assert await logged(services) == (root.who, Act.PERSON_DISABLED, bob.person.id, "192.0.2.1")


async def test_who_is_disabled_leaves_no_way_in_behind(services: Services, root: Actor, bob: Grant) -> None:
    _, token = await services.programs.make(Actor(bob.person.id), AskedToken("bot"))
    _, invitation = await services.inviting.make(Actor(bob.person.id), Asked())
    link = await services.administration.make_reset_link(root, bob.person.id)
    await services.administration.disable(root, bob.person.id)
    assert await refused(services.programs.exchange(token)) == "bad_token"
    assert await refused(services.invitations.find(invitation)) == "invitation_over"
    assert await refused(services.reset_links.person(link)) == "link_over"


async def test_who_signs_in_while_being_disabled_is_out_too(services: Services, root: Actor, bob: Grant) -> None:
    session = await services.sessions.begin(bob.person.id)  # proved the password a moment before
    await services.people.disable(bob.person.id)
    assert await refused(services.grants.refresh(session.refresh_token)) == "disabled"
    assert not await services.sessions.is_open(session.id, bob.person.id)


async def test_one_whom_an_error_left_in_is_shut_out_by_any_replica(
    services: Services, root: Actor, bob: Grant, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(services.changes, "record", away)
        with pytest.raises(PyMongoError):
            await services.administration.disable(root, bob.person.id)
    assert await logged(services) == (root.who, Act.PERSON_DISABLED, bob.person.id, "192.0.2.1")
    await services.administration.finish()  # whoever began may be about to
    assert await told(services) == []
    long_ago: Document = {"$set": {"unannounced": datetime(2020, 1, 1, tzinfo=UTC)}}
    await database["people"].update_one({"_id": bob.person.id}, long_ago)
    for _ in range(2):
        await services.administration.finish()
        assert await told(services) == [("person_disabled", bob.person.id, None)]


async def test_one_whom_an_error_left_disabled_elsewhere_is_enabled_by_any_replica(
    services: Services, root: Actor, bob: Grant, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await services.administration.disable(root, bob.person.id)
    with monkeypatch.context() as broken:
        broken.setattr(services.changes, "record", away)
        with pytest.raises(PyMongoError):
            await services.administration.enable(root, bob.person.id)
    assert (await logged(services))[1] == Act.PERSON_ENABLED
    long_ago: Document = {"$set": {"unannounced": datetime(2020, 1, 1, tzinfo=UTC)}}
    await database["people"].update_one({"_id": bob.person.id}, long_ago)
    before = await told(services)
    for _ in range(2):
        await services.administration.finish()
        assert (await told(services))[len(before) :] == [("person_enabled", bob.person.id, None)]


async def test_an_error_between_its_steps_keeps_no_act_from_the_audit_log(
    services: Services, root: Actor, bob: Grant, monkeypatch: pytest.MonkeyPatch
) -> None:
    administration, person = services.administration, bob.person.id
    await administration.make_administrator(root, person)
    await services.programs.make(Actor(person), AskedToken("bot", ["admin"]))
    monkeypatch.setattr(services.changes, "record", away)
    for act, entry in (
        (administration.revoke_tokens, Act.TOKENS_REVOKED),
        (administration.end_sessions, Act.SESSIONS_ENDED),
        (administration.unmake_administrator, Act.ADMINISTRATOR_UNMADE),
    ):
        await services.sessions.begin(person)
        with pytest.raises(PyMongoError):
            await act(root, person)
        assert await logged(services) == (root.who, entry, person, "192.0.2.1")


async def test_who_is_enabled_while_a_replica_finishes_shutting_them_out_is_in(
    services: Services, root: Actor, bob: Grant, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await services.people.disable(bob.person.id)  # and then the replica died
    long_ago: Document = {"$set": {"unannounced": datetime(2020, 1, 1, tzinfo=UTC)}}
    await database["people"].update_one({"_id": bob.person.id}, long_ago)
    unannounced = services.people.unannounced

    async def and_then_enabled() -> Sequence[str]:
        left = await unannounced()
        await services.administration.enable(root, bob.person.id)
        await sign_in(services, "Bob", PASSWORD)
        return left

    monkeypatch.setattr(services.people, "unannounced", and_then_enabled)
    open_before = len(await services.sessions.of(bob.person.id))
    await services.administration.finish()
    assert (await told(services))[-1] == ("person_enabled", bob.person.id, None)
    assert len(await services.sessions.of(bob.person.id)) == open_before + 1


@pytest.mark.parametrize("first", ["disable", "enable"])
async def test_of_two_who_decide_at_once_the_last_word_in_the_feed_is_what_holds(
    services: Services, root: Actor, bob: Grant, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    second = "enable" if first == "disable" else "disable"
    if first == "enable":
        await services.administration.disable(root, bob.person.id)
    record = services.changes.record

    async def overtaken(kind: Kind, person: str, **more: Any) -> None:
        if kind == f"person_{first}d":
            monkeypatch.setattr(services.changes, "record", record)
            await getattr(services.administration, second)(root, person)
        await record(kind, person, **more)

    monkeypatch.setattr(services.changes, "record", overtaken)
    await getattr(services.administration, first)(root, bob.person.id)
    assert (await told(services))[-1] == (f"person_{second}d", bob.person.id, None)


async def test_who_is_enabled_signs_in_again_and_programs_go_on(services: Services, root: Actor, bob: Grant) -> None:
    _, token = await services.programs.make(Actor(bob.person.id), AskedToken("bot"))
    await services.administration.disable(root, bob.person.id)
    await services.administration.enable(root, bob.person.id)
    assert (await sign_in(services, "Bob", PASSWORD)).person == bob.person
    assert (await services.programs.exchange(token)).person == bob.person
    assert (await told(services))[-1] == ("person_enabled", bob.person.id, None)
    assert (await logged(services))[1] == Act.PERSON_ENABLED


async def test_ended_sessions_end_and_programs_go_on(services: Services, root: Actor, bob: Grant) -> None:
    _, token = await services.programs.make(Actor(bob.person.id), AskedToken("bot"))
    await services.administration.end_sessions(root, bob.person.id)
    assert await refused(services.grants.refresh(bob.refresh_token)) == "signed_out"
    await services.programs.exchange(token)
    assert (await told(services))[-1] == ("session_ended", bob.person.id, session_id(bob))
    assert (await logged(services))[1] == Act.SESSIONS_ENDED


async def test_revoked_tokens_end_with_their_sockets(services: Services, root: Actor, bob: Grant) -> None:
    made, token = await services.programs.make(Actor(bob.person.id), AskedToken("bot"))
    await services.administration.revoke_tokens(root, bob.person.id)
    assert await refused(services.programs.exchange(token)) == "bad_token"
    assert await told(services) == [("session_ended", bob.person.id, session_of(made.id))]
    assert (await logged(services))[1] == Act.TOKENS_REVOKED


async def test_who_is_made_administrator_is_one_from_the_next_token_on(
    services: Services, root: Actor, bob: Grant
) -> None:
    await services.administration.make_administrator(root, bob.person.id)
    grant = await services.grants.refresh(bob.refresh_token)
    assert (await services.access_tokens.identify(grant.access_token)).admin
    assert (await logged(services))[1] == Act.ADMINISTRATOR_MADE


async def test_who_is_unmade_keeps_no_token_that_says_otherwise(services: Services, root: Actor, bob: Grant) -> None:
    await services.administration.make_administrator(root, bob.person.id)
    bobs = Actor(bob.person.id)
    administering, admin_code = await services.programs.make(bobs, AskedToken("a", frozenset({"read", "admin"})))
    _, reading = await services.programs.make(bobs, AskedToken("b", frozenset({"read"})))
    await services.administration.unmake_administrator(root, bob.person.id)
    assert await refused(services.grants.refresh(bob.refresh_token)) == "signed_out"
    assert await refused(services.programs.exchange(admin_code)) == "bad_token"
    await services.programs.exchange(reading)
    assert ("session_ended", bob.person.id, session_of(administering.id)) in await told(services)
    assert (await logged(services))[1] == Act.ADMINISTRATOR_UNMADE


async def test_the_last_administrator_is_neither_unmade_nor_disabled(services: Services, root: Actor) -> None:
    for act in (services.administration.unmake_administrator, services.administration.disable):
        assert await refused(act(root, root.who)) == "last_administrator"
    standing = await services.people.standing(root.who)
    assert standing is not None
    assert (standing.administrator, standing.disabled) == (True, False)
    assert await services.sessions.of(root.who)
    assert (await logged(services))[1] == Act.REGISTERED


async def test_who_may_sign_up_is_changed(services: Services, root: Actor) -> None:
    await services.administration.change_sign_up(root, Policy.CLOSED)
    assert await services.sign_up.policy() is Policy.CLOSED
    entry = (await services.audit.page())[0]
    assert (entry.what, entry.details) == (Act.SIGN_UP_CHANGED, {"to": "closed"})


async def test_who_lost_the_second_factor_comes_in_by_the_password_alone(
    services: Services, root: Actor, bob: Grant
) -> None:
    await with_second_factor(services, bob.person.id)
    await services.administration.turn_off_second_factor(root, bob.person.id)
    assert not await services.second_factors.is_on(bob.person.id)
    assert await logged(services) == (root.who, Act.SECOND_FACTOR_REMOVED, bob.person.id, "192.0.2.1")
