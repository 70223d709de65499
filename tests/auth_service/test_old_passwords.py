"""Nothing goes on that an old password began, whatever becomes of the replica that changed it."""

import pytest
from pymongo.errors import PyMongoError

from auth_service.accounts import Accounts, Proof
from auth_service.finishing import FINISH_SECONDS
from auth_service.old_passwords import OldPasswords
from auth_service.reset_links import ResetLinks
from auth_service.sessions import Sessions
from chassis.mongo import Database
from chassis.problems import Problem
from tests.auth_service.clock import Clock
from tests.auth_service.conftest import PASSWORD, away

NEW = "nine purple walruses hum"


@pytest.fixture
def reset_links(database: Database, clock: Clock) -> ResetLinks:
    return ResetLinks(database, clock)


@pytest.fixture
async def old_passwords(database: Database, sessions: Sessions, reset_links: ResetLinks, clock: Clock) -> OldPasswords:
    old_passwords = OldPasswords(database, sessions, reset_links, clock)
    await old_passwords.prepare()
    return old_passwords


@pytest.fixture
async def changed(accounts: Accounts) -> Proof:
    ada = await accounts.register("Ada", PASSWORD)
    return await accounts.change_password(Proof(ada, 0), NEW)


async def test_what_an_old_one_began_ends_and_what_the_new_one_began_goes_on(
    old_passwords: OldPasswords, sessions: Sessions, reset_links: ResetLinks, changed: Proof
) -> None:
    ada = changed.person.id
    old, new = await sessions.begin(ada), await sessions.begin(ada, password=changed.password)
    link = await reset_links.make(ada)
    await old_passwords.end(ada, changed.password)
    assert not await sessions.is_open(old.id, ada)
    assert await sessions.is_open(new.id, ada)
    with pytest.raises(Problem, match="link_over"):
        await reset_links.person(link)


async def test_what_was_left_over_an_error_is_ended_by_any_replica(
    old_passwords: OldPasswords,
    sessions: Sessions,
    changed: Proof,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ada = changed.person.id
    old, new = await sessions.begin(ada), await sessions.begin(ada, password=changed.password)
    with monkeypatch.context() as broken:
        broken.setattr(sessions, "end_older", away)
        with pytest.raises(PyMongoError):
            await old_passwords.end(ada, changed.password)
    await old_passwords.finish()  # whoever began may be about to
    assert await sessions.is_open(old.id, ada)
    clock.pass_by(seconds=FINISH_SECONDS + 1)
    await old_passwords.finish()
    assert not await sessions.is_open(old.id, ada)
    assert await sessions.is_open(new.id, ada)


async def test_what_was_done_to_the_end_is_not_done_again(
    old_passwords: OldPasswords, sessions: Sessions, reset_links: ResetLinks, changed: Proof, clock: Clock
) -> None:
    ada = changed.person.id
    await old_passwords.end(ada, changed.password)
    clock.pass_by(seconds=FINISH_SECONDS + 1)
    link = await reset_links.make(ada)
    await old_passwords.finish()
    assert await reset_links.person(link) == ada


async def test_a_link_from_before_the_change_is_over_when_any_replica_finishes_and_one_made_since_is_good(
    old_passwords: OldPasswords, reset_links: ResetLinks, accounts: Accounts, changed: Proof, clock: Clock
) -> None:
    ada = changed.person.id
    before = await reset_links.make(ada)
    again = await accounts.change_password(changed, PASSWORD)  # and then the replica died
    clock.pass_by(seconds=FINISH_SECONDS + 1)
    await old_passwords.finish()
    with pytest.raises(Problem, match="link_over"):
        await reset_links.person(before)
    await accounts.change_password(again, NEW)  # and then this one did
    clock.pass_by(seconds=FINISH_SECONDS + 1)
    since = await reset_links.make(ada)
    await old_passwords.finish()
    assert await reset_links.person(since) == ada


async def test_who_comes_late_with_an_older_change_ends_nothing_that_a_newer_password_began(
    old_passwords: OldPasswords, sessions: Sessions, accounts: Accounts, changed: Proof
) -> None:
    ada = changed.person.id
    newer = await accounts.change_password(changed, PASSWORD)
    session = await sessions.begin(ada, password=newer.password)
    await old_passwords.end(ada, changed.password)
    assert await sessions.is_open(session.id, ada)


async def test_a_session_from_before_passwords_were_counted_ends_with_the_old_one(
    old_passwords: OldPasswords, sessions: Sessions, changed: Proof, database: Database
) -> None:
    session = await sessions.begin(changed.person.id)
    await database["sessions"].update_one({"_id": session.id}, {"$unset": {"password": True}})
    await old_passwords.end(changed.person.id, changed.password)
    assert not await sessions.is_open(session.id, changed.person.id)


async def test_one_of_two_changes_does_not_answer_for_the_other(
    old_passwords: OldPasswords, sessions: Sessions, accounts: Accounts, changed: Proof, clock: Clock
) -> None:
    ada = changed.person.id
    first = await sessions.begin(ada, password=changed.password)
    await accounts.change_password(changed, PASSWORD)  # and then the replica died
    await old_passwords.end(ada, changed.password)
    assert await sessions.is_open(first.id, ada)
    clock.pass_by(seconds=FINISH_SECONDS + 1)
    await old_passwords.finish()
    assert not await sessions.is_open(first.id, ada)
