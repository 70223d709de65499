from datetime import timedelta

from auth_service.closing import Closing
from auth_service.finishing import FINISH_SECONDS
from auth_service.services import Services
from chassis.mongo import Database
from tests.auth_service.clock import Clock
from tests.auth_service.conftest import PASSWORD


async def test_an_account_that_is_to_go_is_known_until_it_has_gone(
    services: Services, database: Database, clock: Clock
) -> None:
    ada, bob = [(await services.grants.register(name, PASSWORD)).person.id for name in ("Ada", "Bob")]
    closing = Closing(database, clock)
    await closing.begin(bob, erase=True)
    assert await closing.left() == []  # whoever began is at it
    clock.pass_by(seconds=FINISH_SECONDS + 1)
    assert await closing.left() == [(bob, True)]
    await closing.finish(bob, timedelta(days=1))
    await closing.finish(bob, timedelta(days=1))
    assert await closing.left() == []
    assert await services.people.find(bob) is None
    assert await services.people.find(ada)


async def test_an_account_marked_by_the_version_that_noted_no_time_goes_too(
    services: Services, database: Database
) -> None:
    bob = (await services.grants.register("Bob", PASSWORD)).person.id
    await database["people"].update_one({"_id": bob}, {"$set": {"deleting": {"erase": False}}})
    assert await Closing(database).left() == [(bob, False)]


async def test_nobody_signs_in_to_an_account_that_is_to_go(services: Services, database: Database) -> None:
    bob = (await services.grants.register("Bob", PASSWORD)).person
    await Closing(database).begin(bob.id, erase=False)
    assert not await services.accounts.proof_of(bob, PASSWORD)
    standing = await services.people.standing(bob.id)
    assert standing is not None
    assert standing.disabled
