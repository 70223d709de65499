"""Whether somebody may do something in a room, by how they stand there now."""

import pytest

from chat_service import commands
from chat_service.errors import UnknownRoom
from chat_service.outbox import Outbox
from chat_service.visitor import Visitor
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.in_memory import Service


async def test_a_member_gets_the_room(service: Service) -> None:
    await service.somebody(ADA)
    standing = await service.replica.access.member(Visitor(ADA), "lobby")
    assert (standing.room.id, standing.member.inside) == ("lobby", True)


async def test_a_public_room_is_seen_by_all_and_a_private_one_by_its_members(service: Service) -> None:
    ada = await service.somebody(ADA)
    public, private = await ada.create("garden"), await ada.create("cellar", "private")
    access = service.replica.access
    assert (await access.seen(Visitor(BOB), public)).name == "garden"
    assert (await access.seen(Visitor(ADA), private)).name == "cellar"
    for room in (private, "nowhere"):
        with pytest.raises(UnknownRoom):
            await access.seen(Visitor(BOB), room)
    with pytest.raises(UnknownRoom):
        await access.member(Visitor(BOB), public)


async def test_an_administrator_does_not_see_private_rooms(service: Service) -> None:
    private = await (await service.somebody(ADA)).create("cellar", "private")
    with pytest.raises(UnknownRoom):
        await service.replica.access.seen(Visitor(BOB, admin=True), private)


async def test_of_who_is_connected_here_nothing_is_read_again(service: Service) -> None:
    await service.somebody(ADA)
    await service.replica.hub.join("lobby", Outbox(lambda: None))
    reads = service.members.reads
    await service.replica.access.member(Visitor(ADA), "lobby")
    assert service.members.reads == reads


async def test_of_who_is_not_connected_the_store_knows(service: Service) -> None:
    ada = await service.somebody(ADA)
    room = await ada.create()
    service.replica.attendance.leave(ADA.id, ada.follower)
    assert (await service.replica.access.member(Visitor(ADA), room)).member.role == "owner"
    await ada.do(commands.LeaveRoom, room=room)
    with pytest.raises(UnknownRoom):
        await service.replica.access.member(Visitor(ADA), room)


async def test_the_rooms_one_is_in_come_by_name(service: Service) -> None:
    ada = await service.somebody(ADA)
    for name in ("zebra", "attic"):
        await ada.create(name)
    rooms = await service.replica.access.rooms_of(ADA.id)
    assert [room.name for room in rooms] == ["attic", "lobby", "zebra"]
    assert await service.replica.access.rooms_of(BOB.id) == []
