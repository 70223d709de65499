"""Registers in MongoDB: whatever order events are applied in, the latest one's word stands."""

import itertools
from collections.abc import AsyncIterator

import pytest
from pymongo import UpdateOne

from chassis.mongo import Database
from chat_service.membership import Change
from chat_service.registers_mongo import registers, write
from tests.chat_service.own_database import own_database

CHANGES = (
    Change("p-ada", 1, {"name": "Ada", "role": "owner"}),
    Change("p-ada", 2, {"role": "member"}),
    Change("p-ada", 3, {"name": "Ada L."}),
)


@pytest.fixture
async def database(mongo_url: str) -> AsyncIterator[Database]:
    async with own_database(mongo_url) as own:
        yield own


@pytest.mark.parametrize("order", list(itertools.permutations(CHANGES)))
async def test_the_latest_event_stands_in_whatever_order_they_are_applied(
    database: Database, order: tuple[Change, ...]
) -> None:
    for change in order + order[:1]:
        await write(database["members"], [UpdateOne({"_id": 1}, [{"$set": registers(change)}], upsert=True)])
    found = await database["members"].find_one({})
    assert found is not None
    assert (found["name"], found["name_key"], found["role"]) == ("Ada L.", "ada l.", "member")
    assert found["seqs"] == {"name": 3, "role": 2}


async def test_what_looks_like_an_expression_is_a_value(database: Database) -> None:
    change = Change("p-eve", 1, {"name": "$name"})
    await write(database["members"], [UpdateOne({"_id": 1}, [{"$set": registers(change)}], upsert=True)])
    found = await database["members"].find_one({})
    assert found is not None
    assert found["name"] == "$name"


async def test_nothing_to_write_is_no_mistake(database: Database) -> None:
    await write(database["members"], [])
