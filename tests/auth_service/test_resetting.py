import asyncio

import pytest
from pymongo.errors import PyMongoError

from auth_service.audit import Act, Actor
from auth_service.grants import Grant
from auth_service.services import Services
from chassis.problems import Problem
from tests.auth_service.conftest import PASSWORD, away, sign_in

NEW = "nine velvet trombones"


@pytest.fixture
async def ada(services: Services) -> Grant:
    return await services.grants.register("Ada", PASSWORD)


@pytest.fixture
async def code(services: Services, ada: Grant) -> str:
    return await services.administration.make_reset_link(Actor("root"), ada.person.id)


async def test_the_new_password_signs_in_and_the_old_one_does_not(services: Services, ada: Grant, code: str) -> None:
    await services.resetting.reset(code, NEW, "192.0.2.1")
    assert (await sign_in(services, "Ada", NEW)).person == ada.person
    with pytest.raises(Problem):
        await sign_in(services, "Ada", PASSWORD)


async def test_everybody_who_was_signed_in_is_out(services: Services, ada: Grant, code: str) -> None:
    await services.resetting.reset(code, NEW, "192.0.2.1")
    assert await services.sessions.of(ada.person.id) == []
    assert [change.kind for change in await services.changes.after(0)] == ["session_ended"]
    with pytest.raises(Problem):
        await services.grants.refresh(ada.refresh_token)


async def test_a_link_sets_one_password(services: Services, code: str) -> None:
    results = await asyncio.gather(
        *(services.resetting.reset(code, f"{NEW} {number}", "") for number in range(4)), return_exceptions=True
    )
    assert [getattr(result, "code", None) for result in results].count("link_over") == 3
    with pytest.raises(Problem, match="link_over"):
        await services.resetting.reset(code, NEW, "")


@pytest.mark.parametrize("password", ["", "short", "password1234", "ada-ada-ada-ada", "x" * 1025])
async def test_a_password_that_will_not_do_leaves_the_link_good(services: Services, code: str, password: str) -> None:
    with pytest.raises(Problem) as refused:
        await services.resetting.reset(code, password, "")
    assert (refused.value.status, set(refused.value.errors)) == (422, {"password"})
    await services.resetting.reset(code, NEW, "")


async def test_it_is_in_the_audit_log(services: Services, ada: Grant, code: str) -> None:
    await services.resetting.reset(code, NEW, "192.0.2.1")
    entry = (await services.audit.page())[0]
    assert (entry.what, entry.whom, entry.address) == (Act.PASSWORD_RESET, ada.person.id, "192.0.2.1")


async def test_what_an_error_leaves_to_be_finished_is_in_the_audit_log_too(
    services: Services, ada: Grant, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services.old_passwords, "end", away)
    with pytest.raises(PyMongoError):
        await services.resetting.reset(code, NEW, "192.0.2.1")
    entry = (await services.audit.page())[0]
    assert (entry.what, entry.whom) == (Act.PASSWORD_RESET, ada.person.id)
