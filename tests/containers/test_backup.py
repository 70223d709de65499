"""Drill 16: everything is lost, and comes back from the backup."""

import asyncio
from pathlib import Path

import pytest

from parley_client import Account, SignInRefused, sign_in
from tests.containers.installation import Installation
from tests.containers.sockets import PASSWORD, connected, somebody

pytestmark = pytest.mark.timeout(600)


async def test_what_was_said_outlives_its_volumes(installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "parley.backup"
    ada = await somebody(installation.url)
    async with connected(installation.url, ada) as socket:
        for number in range(1, 31):
            await socket.say(f"{ada.name} {number}")
        epoch = socket.welcome["epoch"]
        said = "".join(await asyncio.to_thread(installation.command, "make", "backup", f"FILE={file}"))
        assert str(file) in said
        await socket.say(f"{ada.name} after the backup")

    # Into the same installation: the session goes on, and what was said since is gone.
    await restore(installation, file)
    first_epoch = await expect_as_saved(installation, ada)
    assert first_epoch != epoch

    # Into a new one, which has other secrets: people and messages are there, sessions end.
    await asyncio.to_thread(installation.compose, "down", "--volumes")
    await restore(installation, file)
    with pytest.raises(SignInRefused):
        await refresh(ada)
    second_epoch = await expect_as_saved(installation, await sign_in(installation.url, ada.name, PASSWORD))
    assert second_epoch not in {epoch, first_epoch}


async def test_half_a_backup_changes_nothing(installation: Installation, tmp_path: Path) -> None:
    file, half = tmp_path / "parley.backup", tmp_path / "half.backup"
    ada = await somebody(installation.url)
    async with connected(installation.url, ada) as socket:
        await socket.say(f"{ada.name} is here")
        epoch = socket.welcome["epoch"]
    await asyncio.to_thread(installation.command, "make", "backup", f"FILE={file}")
    half.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    load = f"docker compose run --rm -T backup load <{half}"  # what `make restore` does between a stop and a start
    with pytest.raises(RuntimeError, match="can't be read to its end"):
        await asyncio.to_thread(installation.command, "sh", "-c", load)
    async with connected(installation.url, ada) as socket:
        assert f"{ada.name} is here" in await socket.history()
        assert socket.welcome["epoch"] == epoch


async def restore(installation: Installation, file: Path) -> None:
    await asyncio.to_thread(installation.command, "make", "restore", f"FILE={file}")
    await asyncio.to_thread(installation.wait_until_it_answers)


async def expect_as_saved(installation: Installation, ada: Account) -> str:
    """Her thirty messages and no more are there; the epoch."""
    async with connected(installation.url, ada) as socket:
        hers = [text for text in await socket.history() if text.startswith(ada.name)]
        assert hers == [f"{ada.name} {number}" for number in range(1, 31)]
        return str(socket.welcome["epoch"])


async def refresh(account: Account) -> None:
    account._renew_at = 0.0
    await account.access_token()
