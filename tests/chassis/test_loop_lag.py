import asyncio
import time

import prometheus_client
import pytest

from chassis import loop_lag

BLOCKED_SECONDS = 0.3


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_lag, "INTERVAL_SECONDS", 0.01)


def measured(part: str) -> float:
    return prometheus_client.REGISTRY.get_sample_value(f"parley_loop_lag_seconds_{part}") or 0.0


async def test_a_loop_that_somebody_blocks_comes_late_by_as_much() -> None:
    measuring = asyncio.create_task(loop_lag.keep_measuring())
    await asyncio.sleep(0)
    before = measured("sum")
    time.sleep(BLOCKED_SECONDS)  # noqa: ASYNC251 - what must never be done, done
    async with asyncio.timeout(5):
        while measured("sum") < before + BLOCKED_SECONDS - 0.02:
            await asyncio.sleep(0.01)
    measuring.cancel()


async def test_it_looks_again_and_again() -> None:
    measuring = asyncio.create_task(loop_lag.keep_measuring())
    before = measured("count")
    async with asyncio.timeout(5):
        while measured("count") < before + 3:
            await asyncio.sleep(0.01)
    measuring.cancel()
