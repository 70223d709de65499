import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from auth_service.accounts import Accounts
from auth_service.administrators import Administrators
from auth_service.changes import Changes
from auth_service.passwords import Passwords
from auth_service.renaming import Renaming
from chassis.mongo import Database
from chassis.problems import Problem
from tests.auth_service.conftest import PASSWORD


async def administering(database: Database) -> set[str]:
    return {person["name"] async for person in database["people"].find({"administrator": True})}


async def made(database: Database, passwords: Passwords, *named: str) -> tuple[Accounts, Administrators]:
    administrators = Administrators(database, named)
    accounts = Accounts(database, passwords, Renaming(database, Changes(database, lambda: None)), administrators)
    await accounts.prepare()
    await administrators.prepare()
    return accounts, administrators


async def test_the_first_account_administers_and_later_ones_do_not(database: Database, passwords: Passwords) -> None:
    accounts, _ = await made(database, passwords)
    for name in ("Ada", "Bob", "Eve"):
        await accounts.register(name, PASSWORD)
    assert await administering(database) == {"Ada"}


async def test_of_many_who_register_first_at_once_one_administers(database: Database, passwords: Passwords) -> None:
    accounts, _ = await made(database, passwords)
    await asyncio.gather(*(accounts.register(f"ada{number}", PASSWORD) for number in range(12)))
    assert await database["people"].count_documents({}) == 12
    assert len(await administering(database)) == 1


async def test_those_named_in_the_settings_administer_in_the_place_of_the_first(
    database: Database, passwords: Passwords
) -> None:
    accounts, _ = await made(database, passwords, "bob", "eve")
    for name in ("Ada", "Bob", "Eve"):
        await accounts.register(name, PASSWORD)
    assert await administering(database) == {"Bob", "Eve"}


async def test_who_is_named_later_administers_from_the_next_start_on(database: Database, passwords: Passwords) -> None:
    accounts, _ = await made(database, passwords)
    await accounts.register("Ada", PASSWORD)
    await accounts.register("Bob", PASSWORD)
    await made(database, passwords, "bob", "nobody")
    assert await administering(database) == {"Ada", "Bob"}


async def test_where_accounts_are_older_than_administration_the_oldest_administers(
    database: Database, passwords: Passwords
) -> None:
    now = datetime.now(UTC)
    for days, name in ((1, "Bob"), (3, "Ada"), (2, "Eve")):
        old: dict[str, Any] = {"_id": name, "name": name, "name_key": name, "created_at": now - timedelta(days=days)}
        await database["people"].insert_one(old)
    await made(database, passwords)
    assert await administering(database) == {"Ada"}


async def refused(administrators: Administrators, person_id: str) -> str:
    with pytest.raises(Problem) as problem:
        await administrators.unmake(person_id)
    assert problem.value.status == 409
    return problem.value.code


async def test_the_last_administrator_stays_one(database: Database, passwords: Passwords) -> None:
    accounts, administrators = await made(database, passwords)
    ada = await accounts.register("Ada", PASSWORD)
    bob = await accounts.register("Bob", PASSWORD)
    assert await refused(administrators, ada.id) == "last_administrator"
    await administrators.make(bob.id)
    await administrators.unmake(ada.id)
    assert await administering(database) == {"Bob"}
    assert await refused(administrators, bob.id) == "last_administrator"


async def test_a_disabled_administrator_does_not_count(database: Database, passwords: Passwords) -> None:
    accounts, administrators = await made(database, passwords)
    ada = await accounts.register("Ada", PASSWORD)
    bob = await accounts.register("Bob", PASSWORD)
    await administrators.make(bob.id)
    await database["people"].update_one({"_id": bob.id}, {"$set": {"disabled_at": datetime.now(UTC)}})
    assert await refused(administrators, ada.id) == "last_administrator"
    await administrators.unmake(bob.id)
    assert await administering(database) == {"Ada"}


async def test_administrators_who_unmake_each_other_at_once_leave_one(database: Database, passwords: Passwords) -> None:
    accounts, administrators = await made(database, passwords)
    people = [await accounts.register(f"ada{number}", PASSWORD) for number in range(4)]
    for _ in range(10):
        for person in people:
            await administrators.make(person.id)
        await asyncio.gather(*(administrators.unmake(person.id) for person in people), return_exceptions=True)
        assert await administering(database)


async def test_who_is_no_administrator_can_be_unmade_without_harm(database: Database, passwords: Passwords) -> None:
    accounts, administrators = await made(database, passwords)
    await accounts.register("Ada", PASSWORD)
    bob = await accounts.register("Bob", PASSWORD)
    await administrators.unmake(bob.id)
    await administrators.unmake("nobody")
    assert await administering(database) == {"Ada"}


async def test_whom_the_settings_name_stays_an_administrator(database: Database, passwords: Passwords) -> None:
    accounts, administrators = await made(database, passwords, "ada", "bob")
    ada = await accounts.register("Ada", PASSWORD)
    await accounts.register("Bob", PASSWORD)
    assert await refused(administrators, ada.id) == "named_in_settings"
    assert await administering(database) == {"Ada", "Bob"}
