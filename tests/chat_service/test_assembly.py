"""A replica's parts together, without servers."""

import asyncio

import pytest

from chat_service import hub, signals
from chat_service.events import Join
from chat_service.outbox import Outbox
from tests.chat_service.eventually import eventually
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.in_memory import Service


async def test_it_does_what_a_replica_does() -> None:
    ada = await (await Service().start()).somebody(ADA)
    room = await ada.create()
    await ada.say("Hi", room=room)
    assert len((await ada.page(None, 10, room)).events) == 2


async def test_what_another_replica_stored_reaches_the_rooms_that_are_open_here() -> None:
    service = await Service().start()
    ada, bob = await service.somebody(ADA), await service.somebody(BOB)
    room = await ada.create()
    await service.replica.hub.join(room, Outbox(lambda: None))
    join = Join(id="j", author=BOB, seq=2, at=1)
    await service.memory.append(room, [join])
    service.assembly.receive(f"room:{room}", signals.encode([join]))
    assert room in bob.follower.told
    await service.assembly.close()


async def test_what_a_relay_lost_is_looked_for_as_soon_as_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "HEAD_CHECK_SECONDS", 60.0)
    service = await Service().start()
    ada, bob = await service.somebody(ADA), await service.somebody(BOB)
    room = await ada.create()
    await service.replica.hub.join(room, Outbox(lambda: None))
    async with asyncio.TaskGroup() as tasks:
        comparing = tasks.create_task(service.replica.hub.keep_comparing_heads())
        await service.memory.append(room, [Join(id="j", author=BOB, seq=2, at=1)])
        service.assembly.recovered()
        await eventually(lambda: room in bob.follower.told)
        comparing.cancel()
    await service.assembly.close()


async def test_it_ends_with_everything_answered() -> None:
    service = await Service().start()
    await (await service.somebody(ADA)).say("Hi")
    await service.assembly.close()
    assert await service.memory.head("lobby") == 2
