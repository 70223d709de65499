"""Who has an account, and who proves by a password that it is theirs."""

from datetime import UTC, datetime

import argon2
import pytest
from structlog.testing import capture_logs

from auth_service.accounts import Accounts, Person, Proof
from chassis.mongo import Database
from chassis.problems import Problem
from tests.auth_service.conftest import CHEAP, PASSWORD
from tests.auth_service.registering import refusal


async def test_who_registers_has_an_account(accounts: Accounts, database: Database) -> None:
    person = await accounts.register("Ada", PASSWORD)
    stored = dict(await database["people"].find_one({}) or {})
    assert stored.pop("password").startswith("$argon2id$")
    assert datetime.now(UTC) - stored.pop("created_at") < datetime.resolution * 60_000_000
    assert stored == {"_id": person.id, "name": "Ada", "name_key": "ada", "first": True}
    assert await accounts.find(person.id) == person == Person(person.id, "Ada")


async def test_preparing_again_does_no_harm(accounts: Accounts) -> None:
    await accounts.register("Ada", PASSWORD)
    await accounts.prepare()


async def test_who_registered_proves_it_by_name_and_password(accounts: Accounts) -> None:
    person = await accounts.register("Ada", PASSWORD)
    assert (await accounts.prove("Ada", PASSWORD)).person == person


async def test_what_is_wrong_with_name_and_password_is_told_together(accounts: Accounts) -> None:
    problem = await refusal(accounts, "a", "short")
    assert set(problem.errors) == {"name", "password"}


@pytest.mark.parametrize("password", ["short", "password1234", "ada-ada-ada-ada", "x" * 1025])
async def test_a_password_that_will_not_do_is_refused_at_the_field(accounts: Accounts, password: str) -> None:
    problem = await refusal(accounts, "ada", password)
    assert (problem.status, problem.code, set(problem.errors)) == (422, "invalid", {"password"})


async def test_who_was_refused_has_no_account(accounts: Accounts, database: Database) -> None:
    await refusal(accounts, "Ada", "short")
    assert await database["people"].count_documents({}) == 0


async def wrong(accounts: Accounts, name: str, password: str) -> Problem:
    with pytest.raises(Problem) as refused:
        await accounts.prove(name, password)
    return refused.value


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("Ada", "seven teal otters waltzed"),
        ("Ada", PASSWORD.upper()),
        ("Ada", ""),
        ("Ada", "x" * 10_000),
        ("nobody", PASSWORD),
        ("", PASSWORD),
        ("x" * 10_000, PASSWORD),
        ("a\0da", PASSWORD),
        ("a\ud800da", PASSWORD),
        (".*", PASSWORD),
    ],
)
async def test_whatever_is_wrong_the_answer_is_the_same(accounts: Accounts, name: str, password: str) -> None:
    await accounts.register("Ada", PASSWORD)
    problem = await wrong(accounts, name, password)
    assert (problem.status, problem.code, problem.errors) == (401, "wrong_credentials", {})
    assert problem.detail == "That name and password don't go together."


async def test_a_sign_in_that_failed_is_logged_without_what_was_typed(accounts: Accounts) -> None:
    with capture_logs() as logged:
        await wrong(accounts, "my password is otters", "hunter2")  # people type into the wrong field
    assert [event["event"] for event in logged] == ["sign-in failed"]
    assert "otters" not in repr(logged)
    assert "hunter2" not in repr(logged)


async def test_an_old_hash_is_renewed_when_its_password_is_typed(accounts: Accounts, database: Database) -> None:
    person = await accounts.register("Ada", PASSWORD)
    old = argon2.PasswordHasher(memory_cost=8192, time_cost=1, parallelism=1).hash(PASSWORD)
    await database["people"].update_one({"_id": person.id}, {"$set": {"password": old}})
    assert (await accounts.prove("Ada", PASSWORD)).person == person
    stored = await database["people"].find_one({"_id": person.id})
    assert stored is not None
    assert not CHEAP.check_needs_rehash(stored["password"])
    assert (await accounts.prove("Ada", PASSWORD)).person == person


async def test_an_old_hash_stays_when_the_password_is_wrong(accounts: Accounts, database: Database) -> None:
    person = await accounts.register("Ada", PASSWORD)
    old = argon2.PasswordHasher(memory_cost=8192, time_cost=1, parallelism=1).hash(PASSWORD)
    await database["people"].update_one({"_id": person.id}, {"$set": {"password": old}})
    await wrong(accounts, "Ada", "not the password")
    assert await database["people"].count_documents({"password": old}) == 1


async def test_nobody_is_found_under_an_unknown_id(accounts: Accounts) -> None:
    assert await accounts.find("0123456789abcdef") is None


async def test_a_changed_password_is_the_one_that_counts(accounts: Accounts) -> None:
    ada = await accounts.register("Ada", PASSWORD)
    assert await accounts.proof_of(ada, PASSWORD)
    await accounts.change_password(Proof(ada, 0), "nine purple walruses hum")
    assert not await accounts.proof_of(ada, PASSWORD)
    assert (await accounts.prove("Ada", "nine purple walruses hum")).person == ada


async def test_who_proved_the_old_password_while_it_changed_sets_no_other(accounts: Accounts) -> None:
    ada = await accounts.register("Ada", PASSWORD)
    proof = await accounts.proof_of(ada, PASSWORD)
    assert proof
    changed = await accounts.change_password(proof, "nine purple walruses hum")
    assert await accounts.proof_of(ada, "nine purple walruses hum") == changed
    with pytest.raises(Problem) as refused:
        await accounts.change_password(proof, "nine velvet trombones")
    assert (refused.value.status, set(refused.value.errors)) == (422, {"password"})
    assert await accounts.change_password(changed, "nine velvet trombones")
    assert (await accounts.prove("Ada", "nine velvet trombones")).person == ada


async def test_a_new_password_has_to_be_as_good_as_the_first(accounts: Accounts) -> None:
    ada = await accounts.register("Ada", PASSWORD)
    for bad in ("short", "password1234", "Ada" * 4, "x" * 1025):
        with pytest.raises(Problem) as refused:
            await accounts.change_password(Proof(ada, 0), bad)
        assert (refused.value.status, set(refused.value.errors)) == (422, {"new_password"})
    assert await accounts.proof_of(ada, PASSWORD)


async def test_nobody_proves_to_be_who_is_not_there(accounts: Accounts) -> None:
    assert not await accounts.proof_of(Person("nobody", "Nobody"), PASSWORD)
    assert await accounts.named("nobody") is None
    assert await accounts.named("a\ud800da") is None
