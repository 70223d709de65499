"""When to look in the store: every so often, at once when told, and soon after a doubt."""

import asyncio

import pytest

from chat_service.looking import Looking
from chat_service.relay_memory import MemoryRelay

pytestmark = pytest.mark.virtual_time

LONG, SHORT = 60.0, 0.01
IN_TIME_SECONDS = 5.0


@pytest.fixture
def looking() -> Looking:
    return Looking(MemoryRelay())


async def test_the_pause_ends_by_itself(looking: Looking) -> None:
    async with asyncio.timeout(IN_TIME_SECONDS):
        await looking.pause(SHORT, LONG)


async def test_whoever_is_told_looks_at_once_and_then_waits_again(looking: Looking) -> None:
    looking.now()
    async with asyncio.timeout(IN_TIME_SECONDS):
        await looking.pause(LONG, LONG)
    waiting = asyncio.create_task(looking.pause(LONG, LONG))
    await asyncio.sleep(0)
    assert not waiting.done()
    looking.now()
    async with asyncio.timeout(IN_TIME_SECONDS):
        await waiting


async def test_a_doubt_cuts_the_pause_short_whenever_it_comes(
    looking: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = asyncio.create_task(looking.pause(LONG, SHORT))
    await asyncio.sleep(5 * SHORT)
    assert not waiting.done()
    monkeypatch.setattr(MemoryRelay, "in_doubt", True)
    async with asyncio.timeout(IN_TIME_SECONDS):
        await waiting
