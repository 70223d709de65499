"""Many calls, few flushes."""

import asyncio

import pytest

from chat_service.gathering import Gathering
from tests.chat_service.eventually import eventually

pytestmark = pytest.mark.virtual_time


class Flushes:
    def __init__(self) -> None:
        self.at: list[float] = []

    def __call__(self) -> None:
        self.at.append(asyncio.get_running_loop().time())


async def test_the_first_flush_does_not_wait() -> None:
    flushes = Flushes()
    Gathering(flushes, 60).touch()
    await eventually(lambda: flushes.at)


async def test_what_is_touched_many_times_is_flushed_once() -> None:
    flushes = Flushes()
    gathering = Gathering(flushes, 60)
    for _ in range(1000):
        gathering.touch()
    await eventually(lambda: flushes.at)
    gathering.touch()
    await asyncio.sleep(0.02)
    assert len(flushes.at) == 1


async def test_flushes_keep_their_distance_and_none_is_forgotten() -> None:
    flushes = Flushes()
    gathering = Gathering(flushes, 0.05)
    gathering.touch()
    await eventually(lambda: flushes.at)
    gathering.touch()
    await eventually(lambda: len(flushes.at) == 2)
    assert flushes.at[1] - flushes.at[0] >= 0.049


async def test_what_is_closed_flushes_no_more() -> None:
    flushes = Flushes()
    gathering = Gathering(flushes, 0)
    gathering.touch()
    gathering.close()
    await asyncio.sleep(0.01)
    assert flushes.at == []
