"""`python -m auth_service keys`, as an operator runs it."""

import asyncio
import os
import secrets
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port

from auth_service.audit import COMMAND_LINE, Act, Audit
from auth_service.keys import Keys
from auth_service.settings import AuthSettings
from chassis.mongo import Database

ROOT = Path(__file__).parents[2]


async def keys(settings: AuthSettings, *arguments: str, **told: str) -> tuple[int | None, list[list[str]], str]:
    """Exit code, the fields of each line said, and what was complained of."""
    environment = {
        "PORT": str(unused_port()),
        "OPS_PORT": str(unused_port()),
        "PUBLIC_URL": settings.public_url,
        "MONGO_URL": settings.mongo_url,
        "MONGO_DATABASE": settings.mongo_database,
        "AUTH_SECRET": settings.auth_secret.get_secret_value(),
        **told,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "auth_service", "keys", *arguments, cwd=ROOT, env=environment, stdout=PIPE, stderr=PIPE
    )
    out, err = await process.communicate()
    return process.returncode, [line.split("\t") for line in out.decode().splitlines()], err.decode()


async def test_rotating_makes_the_next_key_and_says_from_when_it_signs(settings: AuthSettings) -> None:
    code, first, _ = await keys(settings, "list")
    assert code == 0
    assert [state for _, state, _ in first] == ["signs"]
    for _ in range(2):  # the second time the next key is there already
        code, lines, _ = await keys(settings, "rotate")
        assert code == 0
        assert [state for _, state, _ in lines] == ["signs", "next"]
        assert lines[0] == first[0]
    assert (await keys(settings, "list"))[1] == lines


async def test_retiring_a_key_makes_another_sign_and_an_unknown_one_is_refused(settings: AuthSettings) -> None:
    _, [[kid, *_]], _ = await keys(settings, "list")
    code, lines, _ = await keys(settings, "retire", kid)
    assert (code, [state for _, state, _ in lines]) == (0, ["signs"])
    assert lines[0][0] != kid
    code, lines, complaint = await keys(settings, "retire", kid)
    assert (code, lines) == (1, [])
    assert kid in complaint


async def test_no_key_has_a_name_that_reads_like_an_option(
    settings: AuthSettings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = settings.auth_secret.get_secret_value()
    monkeypatch.setattr(secrets, "token_bytes", lambda count: b"\xfb" + os.urandom(count - 1))  # "-" as base64url
    await Keys(database, secret).prepare()
    [[kid, *_]] = (await keys(settings, "list"))[1]
    assert (await keys(settings, "retire", kid))[0] == 0


async def test_what_is_done_to_the_keys_is_in_the_audit_log(settings: AuthSettings, database: Database) -> None:
    _, [[kid, *_], *_], _ = await keys(settings, "rotate")
    await keys(settings, "retire", kid)
    await keys(settings, "retire", kid)  # which is no more
    done = [(entry.who, entry.what, entry.details) for entry in await Audit(database).page()]
    assert done == [(COMMAND_LINE, Act.KEY_RETIRED, {"key": kid}), (COMMAND_LINE, Act.KEY_ROTATED, {})]


async def test_with_another_secret_it_says_why_it_can_not(settings: AuthSettings) -> None:
    await keys(settings, "list")
    code, lines, complaint = await keys(settings, "rotate", AUTH_SECRET="0123456789abcdefghij" * 3)
    assert (code, lines) == (1, [])
    assert "another AUTH_SECRET" in complaint
    assert "Traceback" not in complaint


@pytest.mark.parametrize("arguments", [[], ["melt"], ["rotate", "now"], ["retire"]])
async def test_another_command_is_refused_with_the_right_ones(settings: AuthSettings, arguments: list[str]) -> None:
    code, lines, complaint = await keys(settings, *arguments)
    assert (code, lines) == (2, [])
    assert "usage: python -m auth_service keys" in complaint
