"""What somebody sets for themselves, told to all their devices; test_signalling.py has them at real replicas."""

import pytest

from chat_service import commands
from chat_service.devices import Devices
from chat_service.errors import UnknownRoom
from chat_service.notices import ReadUpTo, YourRoom
from chat_service.outbox import Outbox
from chat_service.signals import Mark
from tests.chat_service.eventually import eventually
from tests.chat_service.in_memory import LOBBY, Service, Somebody


@pytest.fixture
async def service() -> Service:
    """With the lobby open, as it is where somebody is connected."""
    service = await Service().start()
    await service.replica.lobby.prepare()
    await service.replica.hub.join(LOBBY, Outbox(lambda: None))
    return service


@pytest.fixture
async def ada(service: Service) -> Somebody:
    return await service.somebody()


@pytest.fixture
def devices(service: Service) -> Devices:
    return service.replica.signalling.devices


def read(ada: Somebody) -> list[tuple[int, Outbox | None]]:
    """Up to where her devices were told that she has read, and which of them was left out."""
    return [(notice.seq, but) for _, notice, but in ada.follower.notices if isinstance(notice, ReadUpTo)]


async def test_a_level_is_stored_and_told(ada: Somebody) -> None:
    await ada.do(commands.SetLevel, room=LOBBY, level="nothing")
    await eventually(lambda: ada.follower.notices)
    [(room, notice, _)] = ada.follower.notices
    assert isinstance(notice, YourRoom)
    assert (room, notice.room.level, (await ada.stands(LOBBY)).level) == (LOBBY, "nothing", "nothing")


async def test_a_level_of_a_room_one_is_not_in_is_refused(ada: Somebody) -> None:
    with pytest.raises(UnknownRoom):
        await ada.do(commands.SetLevel, room="nowhere", level="nothing")


async def test_a_level_set_at_another_replica_is_looked_up_and_told(
    service: Service, ada: Somebody, devices: Devices
) -> None:
    await service.all_members.set_level(LOBBY, ada.id, "mentions")
    devices.changed(ada.id, LOBBY)
    await eventually(lambda: ada.follower.notices)
    [(_, notice, _)] = ada.follower.notices
    assert isinstance(notice, YourRoom)
    assert notice.room.level == "mentions"


async def test_of_who_is_not_here_nobody_is_told(service: Service, devices: Devices) -> None:
    devices.changed("p-nobody", LOBBY)
    devices.read(LOBBY, Mark("p-nobody", 1), None)
    assert devices._telling == set()


async def test_a_marker_moved_at_another_replica_is_told_to_all_devices_here(ada: Somebody, devices: Devices) -> None:
    devices.read(LOBBY, Mark(ada.id, 2), None)
    await eventually(lambda: read(ada) == [(2, None)])


async def test_the_only_device_is_not_told_what_it_said(ada: Somebody, devices: Devices) -> None:
    devices.read(LOBBY, Mark(ada.id, 2), Outbox(lambda: None))
    assert devices._telling == set()


async def test_a_marker_that_comes_late_moves_nothing_back(ada: Somebody, devices: Devices) -> None:
    devices.read(LOBBY, Mark(ada.id, 2), None)
    devices.read(LOBBY, Mark(ada.id, 1), None)
    devices.read(LOBBY, Mark(ada.id, 1, back=True), None)
    await eventually(lambda: len(read(ada)) == 3)
    member = ada.service.replica.attendance.member(ada.id, LOBBY)
    assert member is not None
    assert member.read == 1


async def test_a_store_that_is_away_leaves_the_devices_as_they_were(
    service: Service, ada: Somebody, devices: Devices
) -> None:
    service.members.down = True
    devices.changed(ada.id, LOBBY)
    await eventually(lambda: not devices._telling)
    assert ada.follower.notices == []
