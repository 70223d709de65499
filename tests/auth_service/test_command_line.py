import os
import re
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from auth_service.audit import COMMAND_LINE, Act
from auth_service.grants import Grant
from auth_service.services import Services
from auth_service.settings import AuthSettings
from auth_service.sign_up import Policy
from chassis.problems import Problem
from tests.auth_service.conftest import PASSWORD, PUBLIC_URL, sign_in

ROOT = Path(__file__).parents[2]


class Ended(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Coroutine[Any, Any, Ended]]


@pytest.fixture
def run(settings: AuthSettings) -> Run:
    """Runs the command as an operator does."""

    async def run(*arguments: str, **changed: str) -> Ended:
        environment = {
            "PATH": os.environ["PATH"],
            "PORT": "8000",
            "OPS_PORT": "8001",
            "PUBLIC_URL": PUBLIC_URL,
            "MONGO_URL": settings.mongo_url,
            "MONGO_DATABASE": settings.mongo_database,
            "AUTH_SECRET": settings.auth_secret.get_secret_value(),
        }
        process = await create_subprocess_exec(
            *(sys.executable, "-m", "auth_service", *arguments),
            cwd=ROOT,
            env=environment | changed,
            stdout=PIPE,
            stderr=PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        return Ended(process.returncode, out.decode(), err.decode())

    return run


@pytest.fixture
async def bob(services: Services) -> Grant:
    await services.grants.register("Root", PASSWORD)
    return await services.grants.register("Bob", PASSWORD)


async def test_people_are_listed_and_searched(run: Run, services: Services, bob: Grant) -> None:
    root = (await services.people.named("Root")).id
    everybody = await run("people", "list")
    assert everybody == Ended(0, f"{bob.person.id}\tBob\n{root}\tRoot\tadministrator\n", "")
    assert (await run("people", "list", "OO")).out == f"{root}\tRoot\tadministrator\n"
    assert (await run("people", "list", "nobody")) == Ended(0, "", "")


async def test_each_act_does_what_it_says(run: Run, services: Services, bob: Grant) -> None:
    person = bob.person.id
    assert await run("people", "disable", "bob") == Ended(0, f"{person}\tBob\tdisabled\n", "")
    with pytest.raises(Problem, match="disabled"):
        await sign_in(services, "Bob", PASSWORD)
    assert await run("people", "enable", person) == Ended(0, f"{person}\tBob\n", "")
    await sign_in(services, "Bob", PASSWORD)
    assert (await run("people", "end-sessions", "Bob")).code == 0
    assert await services.sessions.of(person) == []
    assert (await run("people", "revoke-tokens", "Bob")).code == 0
    assert (await run("people", "make-administrator", "Bob")).out == f"{person}\tBob\tadministrator\n"
    assert (await run("people", "unmake-administrator", "Bob")).out == f"{person}\tBob\n"
    made = [(entry.who, entry.what, entry.whom) for entry in await services.audit.page(limit=6)]
    acts = [
        *(Act.ADMINISTRATOR_UNMADE, Act.ADMINISTRATOR_MADE, Act.TOKENS_REVOKED),
        *(Act.SESSIONS_ENDED, Act.PERSON_ENABLED, Act.PERSON_DISABLED),
    ]
    assert made == [(COMMAND_LINE, act, person) for act in acts]


async def test_a_reset_link_is_all_that_is_said(run: Run, services: Services, bob: Grant) -> None:
    ended = await run("people", "reset-password", "Bob")
    link = re.fullmatch(rf"{PUBLIC_URL}/reset/([\w-]+)\n", ended.out)
    assert link, ended
    await services.resetting.reset(link[1], "nine velvet trombones", "")
    assert (await sign_in(services, "Bob", "nine velvet trombones")).person == bob.person


async def test_who_may_sign_up_is_told_and_changed(run: Run, services: Services) -> None:
    assert await run("sign-up") == Ended(0, "open\n", "")
    assert await run("sign-up", "closed") == Ended(0, "closed\n", "")
    assert await services.sign_up.policy() is Policy.CLOSED


async def test_the_audit_log_is_told(run: Run, services: Services, bob: Grant) -> None:
    await run("people", "disable", "Bob")
    lines = [line.split("\t") for line in (await run("audit", "--limit", "2")).out.splitlines()]
    assert [line[1:] for line in lines] == [[COMMAND_LINE, "disabled a person", "Bob"], ["Bob", "registered"]]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", lines[0][0])


@pytest.mark.parametrize("name", ["nobody", "", "$ne", "\udc80"])
async def test_nobody_is_refused_with_a_reason(run: Run, bob: Grant, name: str) -> None:
    assert await run("people", "disable", name) == Ended(1, "", "Nobody has this name.\n")


async def test_the_last_administrator_is_refused_with_a_reason(run: Run, services: Services, bob: Grant) -> None:
    for act in ("disable", "unmake-administrator"):
        ended = await run("people", act, "Root")
        assert (ended.code, ended.out) == (1, "")
        assert ended.err == "Nobody else administers Parley: make somebody else one first.\n"


@pytest.mark.parametrize(
    "arguments", [["people"], ["people", "delete", "Bob"], ["people", "disable"], ["sign-up", "perhaps"], ["nonsense"]]
)
async def test_a_mistake_in_the_command_is_told_with_the_usage(run: Run, arguments: list[str]) -> None:
    ended = await run(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("usage: python -m auth_service")


async def test_a_missing_setting_is_named(run: Run) -> None:
    ended = await run("people", "list", AUTH_SECRET="")
    assert (ended.code, ended.err) == (2, "setting AUTH_SECRET: is not set\n")


async def test_a_database_that_is_away_is_told_in_words(run: Run) -> None:
    ended = await run("people", "list", MONGO_URL="mongodb://user:hunter2@127.0.0.1:1/")
    assert ended.code == 1
    assert ended.err.startswith("The database can't be used: ")
    assert "hunter2" not in ended.err
    assert "Traceback" not in ended.err
