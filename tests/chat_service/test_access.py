"""Whether somebody may do something in a room, by how they stand there now."""

import pytest

from chat_service.access import Access
from chat_service.errors import UnknownRoom
from chat_service.events import Room
from chat_service.store_memory import MemoryRoomStore
from chat_service.visitor import Visitor
from tests.chat_service.examples import ADA, BOB

LOBBY = Room(id="lobby", name="lobby", kind="public")


@pytest.fixture
async def access() -> Access:
    rooms = MemoryRoomStore()
    await rooms.create(LOBBY)
    await rooms.admit(LOBBY.id, ADA)
    return Access(rooms)


async def test_a_member_gets_the_room(access: Access) -> None:
    assert (await access.member(Visitor(ADA), LOBBY.id)).room == LOBBY


async def test_somebody_elses_room_is_unknown(access: Access) -> None:
    with pytest.raises(UnknownRoom):
        await access.member(Visitor(BOB), LOBBY.id)


async def test_of_who_is_connected_here_the_rooms_are_known_without_asking(access: Access) -> None:
    access.arrived(BOB.id, {LOBBY.id: LOBBY})
    assert (await access.member(Visitor(BOB), LOBBY.id)).room == LOBBY
