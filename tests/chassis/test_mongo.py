import asyncio
from datetime import UTC, datetime

import pytest
from pymongo.errors import InvalidOperation, PyMongoError
from structlog.testing import capture_logs

from chassis import mongo
from chassis.mongo import Database
from tests.chat_service.eventually import eventually
from tests.chat_service.tcp_proxy import proxy_to


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongo, "SERVER_SELECTION_TIMEOUT_MS", 200)
    monkeypatch.setattr(mongo, "RETRY_SECONDS", 0.01)


async def test_a_write_is_acknowledged_only_once_a_majority_has_it_in_its_journal(database: Database) -> None:
    assert database.write_concern.document == {"w": "majority", "j": True}
    assert database["things"].write_concern.document == {"w": "majority", "j": True}


async def test_what_is_written_can_be_read(database: Database) -> None:
    await database["things"].insert_one({"_id": 1, "name": "lamp"})
    assert await database["things"].find_one({}) == {"_id": 1, "name": "lamp"}


async def test_times_come_back_with_their_zone(database: Database) -> None:
    at = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    await database["things"].insert_one({"_id": 1, "at": at})
    found = await database["things"].find_one({})
    assert found is not None
    assert found["at"] == at
    assert found["at"].tzinfo == UTC


async def test_afterwards_the_client_is_closed(mongo_url: str) -> None:
    async with mongo.connect(mongo_url, "unused") as database:
        await mongo.wait_until_there(database)
    with pytest.raises(InvalidOperation):
        await database.command("ping")


async def test_connecting_does_not_wait_for_a_server() -> None:
    async with asyncio.timeout(1), mongo.connect("mongodb://127.0.0.1:1/", "nowhere") as database:
        assert database.name == "nowhere"


async def test_a_server_that_answers_is_ok(database: Database) -> None:
    assert await mongo.check(database) == "ok"


@pytest.mark.usefixtures("impatient")
async def test_a_server_that_does_not_answer_fails_the_check() -> None:
    async with mongo.connect("mongodb://127.0.0.1:1/", "nowhere") as database:
        with pytest.raises(PyMongoError):
            await mongo.check(database)


@pytest.mark.usefixtures("impatient")
async def test_a_service_may_start_before_its_database(mongo_url: str) -> None:
    with proxy_to(mongo_url) as proxy, capture_logs() as logged:
        proxy.shut()
        async with mongo.connect(proxy.url, "later") as database:
            waiting = asyncio.create_task(mongo.wait_until_there(database))
            await eventually(lambda: len(logged) >= 2)
            assert not waiting.done()
            proxy.open()
            await waiting
    assert {(event["event"], event["log_level"]) for event in logged} == {("waiting for MongoDB", "warning")}


@pytest.mark.usefixtures("impatient")
async def test_while_waiting_the_password_is_not_logged() -> None:
    with capture_logs() as logged:
        async with mongo.connect("mongodb://somebody:hunter2@127.0.0.1:1/", "nowhere") as database:
            waiting = asyncio.create_task(mongo.wait_until_there(database))
            await eventually(lambda: logged)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
    assert "hunter2" not in repr(logged)


async def test_an_answer_that_takes_too_long_is_a_failure_unless_the_work_takes_its_time(
    mongo_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongo, "CONNECT_TIMEOUT_MS", 100)
    await database["things"].insert_one({"_id": 1})
    with proxy_to(mongo_url) as slow:
        async with (
            mongo.connect(slow.url, database.name, socket_timeout_ms=None) as patient,
            mongo.connect(slow.url, database.name, socket_timeout_ms=100) as hasty,
        ):
            # Connecting may take a busy machine longer than that: until both are, nothing is measured.
            await asyncio.gather(mongo.wait_until_there(patient), mongo.wait_until_there(hasty))
            slow.swallow()
            answer = asyncio.ensure_future(patient["things"].find_one({}))
            with pytest.raises(PyMongoError):
                await hasty["things"].find_one({})
            assert not answer.done()
            slow.flow()
            assert await answer == {"_id": 1}
