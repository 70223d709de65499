import asyncio

import pytest

from auth_service.accounts import Accounts
from auth_service.administrators import Administrators
from auth_service.changes import Changes
from auth_service.invitations import Asked, Invitations
from auth_service.passwords import Passwords
from auth_service.renaming import Renaming
from auth_service.sign_up import Policy, SignUp
from chassis.mongo import Database
from chassis.problems import Problem
from tests.auth_service.conftest import PASSWORD


@pytest.fixture
async def invitations(database: Database) -> Invitations:
    invitations = Invitations(database)
    await invitations.prepare()
    return invitations


@pytest.fixture
async def accounts(database: Database, passwords: Passwords) -> Accounts:
    administrators = Administrators(database)
    accounts = Accounts(database, passwords, Renaming(database, Changes(database, lambda: None)), administrators)
    await accounts.prepare()
    await administrators.prepare()
    return accounts


@pytest.fixture
def sign_up(database: Database, accounts: Accounts, invitations: Invitations) -> SignUp:
    return SignUp(database, accounts, invitations, Policy.OPEN)


async def code_of(refused: object) -> str:
    with pytest.raises(Problem) as problem:
        await refused  # type: ignore[misc]  # whatever was awaited is refused
    return problem.value.code


async def test_the_settings_say_until_an_administrator_does(
    database: Database, accounts: Accounts, invitations: Invitations
) -> None:
    for told in Policy:
        assert await SignUp(database, accounts, invitations, told).policy() is told
    await SignUp(database, accounts, invitations, Policy.OPEN).change(Policy.CLOSED)
    assert await SignUp(database, accounts, invitations, Policy.OPEN).policy() is Policy.CLOSED


@pytest.mark.parametrize("policy", Policy)
async def test_the_first_account_can_always_be_made(sign_up: SignUp, policy: Policy) -> None:
    await sign_up.change(policy)
    assert (await sign_up.register("Ada", PASSWORD)).name == "Ada"


async def test_everybody_may_sign_up_where_it_is_open(sign_up: SignUp) -> None:
    for name in ("Ada", "Bob"):
        await sign_up.register(name, PASSWORD)


async def test_nobody_new_may_where_it_is_closed(sign_up: SignUp, invitations: Invitations) -> None:
    ada = await sign_up.register("Ada", PASSWORD)
    _, code = await invitations.make(ada.id, Asked())
    await sign_up.change(Policy.CLOSED)
    assert await code_of(sign_up.register("Bob", PASSWORD)) == "sign_up_closed"
    assert await code_of(sign_up.register("Bob", PASSWORD, code)) == "sign_up_closed"
    assert (await invitations.find(code)).uses_left == 1


async def test_of_many_who_are_first_at_once_where_it_is_closed_one_gets_in(
    sign_up: SignUp, database: Database
) -> None:
    await sign_up.change(Policy.CLOSED)
    await asyncio.gather(*(sign_up.register(f"ada{n}", PASSWORD) for n in range(8)), return_exceptions=True)
    assert await database["people"].count_documents({}) == 1


async def test_who_is_not_invited_learns_nothing_of_names(sign_up: SignUp) -> None:
    await sign_up.register("Ada", PASSWORD)
    await sign_up.change(Policy.INVITATION)
    for name in ("Ada", "Bob", "<b>"):
        assert await code_of(sign_up.register(name, PASSWORD)) == "invitation_needed"
        assert await code_of(sign_up.register(name, PASSWORD, "nonsense")) == "invitation_over"


async def test_an_invitation_lets_as_many_in_as_it_has_uses(
    sign_up: SignUp, invitations: Invitations, database: Database
) -> None:
    ada = await sign_up.register("Ada", PASSWORD)
    await sign_up.change(Policy.INVITATION)
    _, code = await invitations.make(ada.id, Asked(uses=3))
    await asyncio.gather(*(sign_up.register(f"bob{n}", PASSWORD, code) for n in range(8)), return_exceptions=True)
    assert await database["people"].count_documents({}) == 1 + 3


async def test_a_sign_up_that_fails_uses_nothing_up(sign_up: SignUp, invitations: Invitations) -> None:
    ada = await sign_up.register("Ada", PASSWORD)
    _, code = await invitations.make(ada.id, Asked(uses=2))
    assert await code_of(sign_up.register("Bob", "short", code)) == "invalid"
    assert await code_of(sign_up.register("aDA", PASSWORD, code)) == "name_taken"
    assert (await invitations.find(code)).uses_left == 2


async def test_of_two_who_want_one_name_by_one_invitation_the_other_s_use_is_given_back(
    sign_up: SignUp, invitations: Invitations
) -> None:
    ada = await sign_up.register("Ada", PASSWORD)
    _, code = await invitations.make(ada.id, Asked(uses=5))
    await asyncio.gather(*(sign_up.register("Bob", PASSWORD, code) for _ in range(4)), return_exceptions=True)
    assert (await invitations.find(code)).uses_left == 4


async def test_an_invitation_into_a_room_is_remembered_on_the_new_account(
    sign_up: SignUp, invitations: Invitations, database: Database
) -> None:
    ada = await sign_up.register("Ada", PASSWORD)
    made, code = await invitations.make(ada.id, Asked(room="r1"))
    bob = await sign_up.register("Bob", PASSWORD, code)
    (kept,) = (await database["people"].find_one({"_id": bob.id}) or {})["invitations"]
    assert (kept["id"], kept["room"], kept["by"]) == (made.id, "r1", ada.id)
