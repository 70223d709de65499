"""Settling: what is delivered is settled, whatever the store does."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from chassis import background
from chat_service import settling
from chat_service.archive_memory import Logs, MemoryArchive
from chat_service.events import Delete, MessageChange
from chat_service.settling import Settling
from chat_service.store import StoreUnavailable
from tests.chat_service.eventually import eventually
from tests.chat_service.examples import ADA, stored

DELETION = Delete(id="d-2", author=ADA, seq=2, at=2, target=1)


class Archive(MemoryArchive):
    """An archive that can be away."""

    down = False
    refused = 0

    async def settle(self, room: str, changes: Sequence[MessageChange]) -> None:
        await asyncio.sleep(0)
        if self.down:
            self.refused += 1
            raise StoreUnavailable("down")
        await super().settle(room, changes)


@pytest.fixture
def logs() -> Logs:
    return {"lobby": [stored(1), DELETION], "attic": [stored(1), DELETION]}


@pytest.fixture
def archive(logs: Logs) -> Archive:
    return Archive(logs)


@pytest.fixture
async def running(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Settling]:
    monkeypatch.setattr(settling, "RETRY_SECONDS", 0.01)
    running = Settling(archive)
    async with background.running({"settling": running.run()}):
        yield running


def erased(logs: Logs, room: str) -> bool:
    return getattr(logs[room][0], "erased", False)


async def test_what_is_taken_is_settled(running: Settling, logs: Logs) -> None:
    running.take("lobby", [DELETION])
    await eventually(lambda: erased(logs, "lobby"))
    assert not erased(logs, "attic")
    running.take("attic", [DELETION])
    await eventually(lambda: erased(logs, "attic"))


async def test_what_can_not_be_settled_now_is_settled_later(running: Settling, logs: Logs, archive: Archive) -> None:
    archive.down = True
    running.take("lobby", [DELETION])
    await eventually(lambda: archive.refused > 1)
    running.take("attic", [DELETION])
    archive.down = False
    await eventually(lambda: erased(logs, "lobby") and erased(logs, "attic"))


async def test_more_than_can_be_kept_is_not_kept(
    running: Settling, logs: Logs, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "MAX_WAITING_CHANGES", 1)
    archive.down = True
    running.take("lobby", [DELETION])
    running.take("attic", [DELETION])
    archive.down = False
    await eventually(lambda: erased(logs, "lobby"))
    assert not erased(logs, "attic")
    running.take("attic", [DELETION])
    await eventually(lambda: erased(logs, "attic"))
