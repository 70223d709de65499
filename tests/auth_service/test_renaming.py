import pytest

from auth_service.changes import Changes
from auth_service.finishing import FINISH_SECONDS
from auth_service.renaming import Renaming
from chassis.mongo import Database
from tests.auth_service.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def changes(database: Database) -> Changes:
    changes = Changes(database, lambda: None)
    await changes.prepare()
    return changes


@pytest.fixture
async def renaming(database: Database, changes: Changes, clock: Clock) -> Renaming:
    renaming = Renaming(database, changes, clock)
    await renaming.prepare()
    await database["people"].insert_one({"_id": "ada", "name": "Ada"})
    return renaming


async def begin(database: Database, renaming: Renaming, name: str) -> None:
    await database["people"].update_one({"_id": "ada"}, renaming.begun(name, name.lower()))


async def told(changes: Changes) -> list[str | None]:
    return [change.name for change in await changes.after(0, "person_renamed")]


async def test_a_name_is_told_once(database: Database, renaming: Renaming, changes: Changes, clock: Clock) -> None:
    await begin(database, renaming, "Countess")
    await renaming.tell("ada", "Countess")
    clock.pass_by(seconds=FINISH_SECONDS + 1)
    await renaming.finish()
    assert await told(changes) == ["Countess"]


async def test_a_name_that_nobody_lived_to_tell_of_is_told_by_another(
    database: Database, renaming: Renaming, changes: Changes, clock: Clock
) -> None:
    await begin(database, renaming, "Countess")
    await renaming.finish()  # whoever began may be about to
    assert await told(changes) == []
    clock.pass_by(seconds=FINISH_SECONDS + 1)
    await renaming.finish()
    await renaming.finish()
    assert await told(changes) == ["Countess"]


@pytest.mark.parametrize("dies", [False, True])
async def test_the_last_name_told_is_the_one_that_holds(
    database: Database, renaming: Renaming, changes: Changes, clock: Clock, *, dies: bool
) -> None:
    await begin(database, renaming, "Countess")
    await begin(database, renaming, "Lovelace")
    await renaming.tell("ada", "Lovelace")
    if dies:
        await changes.record("person_renamed", "ada", name="Countess")  # its last act
        clock.pass_by(seconds=FINISH_SECONDS + 1)
        await renaming.finish()
    else:
        await renaming.tell("ada", "Countess")
    assert (await told(changes))[-1] == "Lovelace"


async def test_a_name_that_two_replicas_told_of_keeps_no_later_one_from_being_told(
    database: Database, renaming: Renaming, changes: Changes, clock: Clock
) -> None:
    await begin(database, renaming, "Countess")
    for _ in range(2):  # both found it at once
        await renaming.tell("ada", "Countess")
    await begin(database, renaming, "Lovelace")
    clock.pass_by(seconds=FINISH_SECONDS + 1)
    await renaming.finish()
    assert (await told(changes))[-1] == "Lovelace"


async def test_who_is_gone_has_no_name(database: Database, renaming: Renaming) -> None:
    await begin(database, renaming, "Countess")
    await database["people"].delete_one({"_id": "ada"})
    await renaming.tell("ada", "Countess")
