from datetime import UTC, datetime, timedelta

import pytest
from pymongo.errors import PyMongoError

from auth_service.audit import Act, Actor
from auth_service.deletion import NAME_RESERVED
from auth_service.grants import Grant
from auth_service.invitations import Asked
from auth_service.personal_tokens import Asked as AskedToken
from auth_service.services import Services
from chassis.mongo import Database
from chassis.problems import Problem
from tests.auth_service.conftest import PASSWORD, SESSION, away, sign_in


@pytest.fixture
async def root(services: Services) -> Grant:
    return await services.grants.register("Root", PASSWORD)


@pytest.fixture
async def bob(services: Services, root: Grant) -> Grant:
    return await services.grants.register("Bob", PASSWORD)


async def refused(services: Services, grant: Grant) -> str:
    with pytest.raises(Problem) as problem:
        await services.deletion.delete(Actor(grant.person.id), erase=True)
    return problem.value.code


async def test_nothing_of_the_account_is_left_but_what_the_audit_log_says(
    services: Services, bob: Grant, database: Database
) -> None:
    actor = Actor(bob.person.id)
    await services.programs.make(actor, AskedToken("bot"))
    await services.inviting.make(actor, Asked())
    await services.administration.make_reset_link(Actor("root"), bob.person.id)
    await services.second_factors.begin(bob.person.id, SESSION)
    await services.deletion.delete(actor, erase=False)
    left = [
        name
        for name in await database.list_collection_names()
        if [found async for found in database[name].find() if bob.person.id in repr(found)]
    ]
    assert sorted(left) == ["audit", "changes"]
    assert (await services.audit.page())[0].what == Act.ACCOUNT_DELETED


@pytest.mark.parametrize("erase", [True, False])
async def test_the_chat_is_told_what_becomes_of_the_texts(services: Services, bob: Grant, erase: bool) -> None:
    await services.deletion.delete(Actor(bob.person.id), erase=erase)
    told = (await services.changes.after(0))[-1]
    assert (told.kind, told.person, told.erase) == ("person_deleted", bob.person.id, erase)


async def test_nobody_gets_in_any_more(services: Services, bob: Grant) -> None:
    _, token = await services.programs.make(Actor(bob.person.id), AskedToken("bot"))
    await services.deletion.delete(Actor(bob.person.id), erase=True)
    for attempt in (
        sign_in(services, "Bob", PASSWORD),
        services.grants.refresh(bob.refresh_token),
        services.programs.exchange(token),
    ):
        with pytest.raises(Problem) as problem:
            await attempt
        assert problem.value.status == 401


async def test_the_last_administrator_cannot_go(services: Services, root: Grant, bob: Grant) -> None:
    assert await refused(services, root) == "last_administrator"
    await services.administration.make_administrator(Actor("root"), bob.person.id)
    await services.deletion.delete(Actor(root.person.id), erase=False)


async def test_the_name_is_nobody_s_for_ninety_days(services: Services, bob: Grant, database: Database) -> None:
    await services.deletion.delete(Actor(bob.person.id), erase=True)
    with pytest.raises(Problem, match="name_taken"):
        await services.grants.register("bOB", PASSWORD)
    reserved = await database["reserved_names"].find_one({"_id": "bob"})
    assert reserved is not None
    assert timedelta(days=90) == NAME_RESERVED
    await database["reserved_names"].update_one(
        {"_id": "bob"}, {"$set": {"free_at": reserved["free_at"] - NAME_RESERVED}}
    )
    again = await services.grants.register("bOB", PASSWORD)
    assert again.person.id != bob.person.id


async def test_what_was_left_over_an_error_is_finished_by_any_replica(
    services: Services, bob: Grant, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(services.changes, "record", away)
        with pytest.raises(PyMongoError):
            await services.deletion.delete(Actor(bob.person.id), erase=True)
    with pytest.raises(Problem, match="wrong_credentials"):
        await sign_in(services, "Bob", PASSWORD)
    await services.deletion.finish()  # whoever began may be about to
    assert await services.people.find(bob.person.id)
    await database["people"].update_one(
        {"_id": bob.person.id}, {"$set": {"deleting.at": datetime(2020, 1, 1, tzinfo=UTC)}}
    )
    await services.deletion.finish()
    assert await services.people.find(bob.person.id) is None
    told = (await services.changes.after(0))[-1]
    assert (told.kind, told.person, told.erase) == ("person_deleted", bob.person.id, True)
    await services.deletion.finish()
    assert (await services.changes.after(0))[-1] == told
