import asyncio

import pytest
from pymongo.errors import PyMongoError

from auth_service.assembly import opened
from auth_service.audit import Actor
from auth_service.settings import AuthSettings
from chassis import mongo, wake_up
from tests.auth_service.conftest import PASSWORD

NOBODY_LISTENS = "127.0.0.1:1"


async def test_what_a_command_does_wakes_the_chat_before_it_ends(
    settings: AuthSettings, amqp_url: str, database: object
) -> None:
    told = settings.model_copy(update={"amqp_url": amqp_url, "amqp_accounts_exchange": f"t.{settings.mongo_database}"})
    calls: asyncio.Queue[None] = asyncio.Queue()
    listening = asyncio.create_task(
        wake_up.listen(amqp_url, "test", told.amqp_accounts_exchange, lambda: calls.put_nowait(None))
    )
    await asyncio.wait_for(calls.get(), 10)  # it listens from now on
    async with opened(told) as services:
        ada = (await services.grants.register("Ada", PASSWORD)).person
        await services.administration.end_sessions(Actor("command line"), ada.id)
    await asyncio.wait_for(calls.get(), 5)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def test_a_command_that_has_nothing_to_tell_the_chat_asks_the_broker_nothing(settings: AuthSettings) -> None:
    asked: list[object] = []
    broker = await asyncio.start_server(lambda reader, _writer: asked.append(reader), "127.0.0.1", 0)
    port = broker.sockets[0].getsockname()[1]
    async with broker, opened(settings.model_copy(update={"amqp_url": f"amqp://127.0.0.1:{port}/"})) as services:
        assert await services.people.page() == []
        await asyncio.sleep(0.1)  # long enough to connect
    assert asked == []


async def test_without_the_broker_a_command_ends_too(settings: AuthSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auth_service.assembly.WAKE_UP_SECONDS", 0.2)
    told = settings.model_copy(update={"amqp_url": f"amqp://guest:guest@{NOBODY_LISTENS}/"})
    async with asyncio.timeout(30), opened(told) as services:
        ada = (await services.grants.register("Ada", PASSWORD)).person
        await services.administration.end_sessions(Actor("command line"), ada.id)


async def test_without_the_database_there_is_nothing_to_open(
    settings: AuthSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongo, "SERVER_SELECTION_TIMEOUT_MS", 200)
    with pytest.raises(PyMongoError):
        async with opened(settings.model_copy(update={"mongo_url": f"mongodb://{NOBODY_LISTENS}/"})):
            pass
