"""Cursors that outlive the process, in MongoDB."""

from collections.abc import AsyncIterator

import pytest

from chat_service.cursors import Cursors
from tests.chat_service.own_database import own_database


@pytest.fixture
async def cursors(mongo_url: str) -> AsyncIterator[Cursors]:
    async with own_database(mongo_url) as database:
        yield Cursors(database)


async def test_a_cursor_begins_before_everything(cursors: Cursors) -> None:
    assert await cursors.read("person_deleted") == 0


async def test_each_cursor_moves_by_itself_and_never_back(cursors: Cursors) -> None:
    for seq in (3, 7, 5):
        await cursors.advance("person_deleted", seq)
    await cursors.advance("person_renamed", 2)
    assert (await cursors.read("person_deleted"), await cursors.read("person_renamed")) == (7, 2)


async def test_a_cursor_restarts_unless_somebody_moved_it(cursors: Cursors) -> None:
    await cursors.advance("person_deleted", 7)
    await cursors.restart("person_deleted", 6)
    assert await cursors.read("person_deleted") == 7
    await cursors.restart("person_deleted", 7)
    assert await cursors.read("person_deleted") == 0
