"""Changing a room: committed, applied, told; whatever dies in between."""

import pytest

from chat_service import commands, writer
from chat_service.changing import Changing
from chat_service.errors import Unavailable
from chat_service.events import Join
from tests.chat_service.examples import BOB
from tests.chat_service.faulty_store import Fault
from tests.chat_service.in_memory import Service

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setattr(writer, "DEADLINE_SECONDS", 0.1)
    return await Service().start()


def changing(service: Service) -> Changing:
    assembly = service.assembly
    return Changing(assembly._log, service.events, assembly._succession, assembly._keeping_up)


@pytest.mark.parametrize("fault", [Fault.NONE, Fault.AFTER, Fault.BEFORE])
async def test_a_change_is_in_the_log_and_in_the_directory_when_it_is_answered(service: Service, fault: Fault) -> None:
    service.events.faults.append(fault)
    event = await changing(service).commit("garden", Join(id="j", author=BOB))
    assert event.seq == 1
    assert await service.members.ids("garden") == [BOB.id]


async def test_a_change_that_was_not_applied_is_so_by_its_repetition(service: Service) -> None:
    service.members.dies_before_applying = 1
    with pytest.raises(Unavailable):
        await (await service.somebody(BOB)).do(commands.JoinRoom, id="j", room="lobby")
    await changing(service).commit("garden", Join(id="j", author=BOB))
    assert await service.memory.head("garden") == 1
    assert await service.members.ids("garden") == [BOB.id]


async def test_what_was_committed_before_is_found_and_applied_again(service: Service) -> None:
    await service.memory.append("garden", [Join(id="j", author=BOB, seq=1, at=1)])
    assert await changing(service).committed_before("garden", BOB.id, "other") is None
    event = await changing(service).committed_before("garden", BOB.id, "j")
    assert event is not None
    assert event.seq == 1
    assert await service.members.ids("garden") == [BOB.id]
