"""Arriving, on stores in memory."""

import asyncio

import pytest

from chat_service import commands, writer
from chat_service.errors import Unavailable
from chat_service.events import ROOM_TOPIC_PREFIX, Join, Person
from chat_service.lobby import LOBBY
from chat_service.visitor import RoomInvitation, Visitor
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.in_memory import Follower, Service

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setattr(writer, "DEADLINE_SECONDS", 0.1)
    return await Service().start()


def rooms_of(service: Service, person: Person = ADA) -> list[str]:
    return [member.room for member in service.replica.attendance.members(person.id) if member.inside]


async def test_preparing_makes_the_lobby_and_tells_the_epoch(service: Service) -> None:
    assert await service.replica.lobby.prepare() == await service.rooms.epoch()
    (lobby,) = await service.rooms.get(["lobby"])
    assert lobby.room == LOBBY


async def test_whoever_comes_first_joins_the_lobby_and_is_known(service: Service) -> None:
    await service.somebody(ADA)
    assert rooms_of(service) == ["lobby"]
    (event,) = await service.memory.after("lobby", 0, 9)
    assert isinstance(event, Join)
    assert event.author == ADA
    assert await service.people.get([ADA.id]) == [ADA]


async def test_whoever_comes_again_does_not_join_again(service: Service) -> None:
    await service.somebody(ADA)
    await service.somebody(ADA)
    assert await service.memory.head("lobby") == 1


async def test_whoever_comes_twice_at_once_joins_once(service: Service) -> None:
    await asyncio.gather(*(service.somebody(ADA) for _ in range(5)))
    assert await service.memory.head("lobby") == 1


async def test_whoever_comes_first_is_in_the_lobby_at_once_though_its_feed_lags_behind(service: Service) -> None:
    await service.replica.hub.observe(LOBBY.id, lambda _events: None)
    service.relay.ignore(f"{ROOM_TOPIC_PREFIX}{LOBBY.id}")
    other = await Service("chat2", service.servers).start()
    await other.somebody(BOB)  # whose joining this replica has not heard of: what follows it has to wait
    await service.somebody(ADA)
    assert rooms_of(service) == ["lobby"]


async def test_whoever_left_the_lobby_stays_out_when_they_come_again(service: Service) -> None:
    ada = await service.somebody(ADA)
    await ada.do(commands.LeaveRoom, room="lobby")
    service.replica.attendance.leave(ADA.id, ada.follower)
    await service.somebody(ADA)
    assert rooms_of(service) == []
    await ada.do(commands.JoinRoom, room="lobby")
    assert rooms_of(service) == ["lobby"]


async def test_whoever_joined_but_was_not_admitted_yet_joins_once(service: Service) -> None:
    service.members.dies_before_applying = 1
    with pytest.raises(Unavailable):
        await service.somebody(ADA)
    await service.somebody(ADA)
    assert rooms_of(service) == ["lobby"]
    assert await service.memory.head("lobby") == 1


async def test_whoever_comes_under_a_new_name_is_known_by_it_everywhere(service: Service) -> None:
    ada = await service.somebody(ADA)
    service.replica.attendance.leave(ADA.id, ada.follower)
    await service.somebody(Person(ADA.id, "Ada Lovelace"))
    assert await service.people.get([ADA.id]) == [Person(ADA.id, "Ada Lovelace")]
    assert (await ada.stands("lobby")).name == "Ada Lovelace"


async def test_arriving_costs_one_reading_however_many_connections_one_has(service: Service) -> None:
    await service.somebody(ADA)
    reads = service.members.reads
    await asyncio.gather(*(service.somebody(ADA) for _ in range(5)))
    assert service.members.reads == reads


async def test_arriving_without_the_store_is_unavailable(service: Service) -> None:
    service.members.down = True
    with pytest.raises(Unavailable):
        await service.somebody(ADA)
    service.members.down = False
    await service.somebody(ADA)


# Links into a room


async def arrive_by_link(service: Service, room: str, by: Person) -> None:
    visitor = Visitor(BOB, invitations=(RoomInvitation(id="i-1", room=room, by=by.id),))
    await service.replica.lobby.arrive(visitor, Follower())


async def test_whoever_comes_by_a_link_is_in_its_room_once(service: Service) -> None:
    room = await (await service.somebody(ADA)).create("secret", "private")
    await arrive_by_link(service, room, ADA)
    await arrive_by_link(service, room, ADA)
    assert set(rooms_of(service, BOB)) == {"lobby", room}
    _, event = await service.memory.after(room, 0, 9)
    assert (type(event), event.author, event.id) == (Join, BOB, "invited-i-1")
    assert getattr(event, "invited_by", None) == ADA.id


async def test_a_link_of_somebody_who_may_not_invite_leads_nowhere(service: Service) -> None:
    ada, eve = await service.somebody(ADA), await service.somebody(Person("p-eve", "Eve"))
    room = await ada.create("secret", "private")
    await arrive_by_link(service, room, eve.visitor.person)
    await ada.do(commands.InvitePerson, room=room, person=eve.id)
    await arrive_by_link(service, room, eve.visitor.person)
    assert rooms_of(service, BOB) == ["lobby"]


async def test_an_old_link_brings_nobody_back_who_was_removed(service: Service) -> None:
    ada = await service.somebody(ADA)
    room = await ada.create("secret", "private")
    await arrive_by_link(service, room, ADA)
    await ada.do(commands.RemovePerson, room=room, person=BOB.id)
    await arrive_by_link(service, room, ADA)
    assert rooms_of(service, BOB) == ["lobby"]


# Without a connection


async def test_who_only_asks_joins_the_lobby_the_first_time_and_is_known(service: Service) -> None:
    for _ in range(3):
        await service.replica.lobby.visit(Visitor(ADA))
    assert await service.memory.head("lobby") == 1
    assert await service.people.get([ADA.id]) == [ADA]
    await service.somebody(ADA)
    assert rooms_of(service) == ["lobby"]
    assert await service.memory.head("lobby") == 1


async def test_who_only_asks_is_in_the_room_of_their_link_too_and_of_the_next_one(service: Service) -> None:
    ada = await service.somebody(ADA)
    rooms = [await ada.create(name, "private") for name in ("cellar", "attic")]
    links = tuple(RoomInvitation(id=f"i-{room}"[:64], room=room, by=ADA.id) for room in rooms)
    for known in (1, 2, 2):
        await service.replica.lobby.visit(Visitor(BOB, invitations=links[:known]))
        assert [(await service.members.get(room, [BOB.id])) != [] for room in rooms] == [True, known == 2]


async def test_who_asks_while_their_connection_is_still_arriving_waits_until_they_are_in_the_lobby(
    service: Service,
) -> None:
    service.events.gate.clear()
    arriving = asyncio.create_task(service.somebody(ADA))
    asking = asyncio.create_task(service.replica.lobby.visit(Visitor(ADA)))
    await asyncio.sleep(0.01)
    assert not asking.done()
    service.events.gate.set()
    await asyncio.gather(arriving, asking)
    assert await service.memory.head("lobby") == 1


async def test_who_only_asks_again_costs_no_look_up(service: Service) -> None:
    await service.replica.lobby.visit(Visitor(ADA))
    reads = service.members.reads
    await service.replica.lobby.visit(Visitor(ADA))
    assert service.members.reads == reads


async def test_who_left_the_lobby_stays_out_when_they_only_ask(service: Service) -> None:
    ada = await service.somebody(ADA)
    await ada.do(commands.LeaveRoom, room="lobby")
    service.replica.attendance.leave(ADA.id, ada.follower)
    await service.replica.lobby.visit(Visitor(ADA))
    assert not (await ada.stands("lobby")).inside


async def test_who_asks_under_another_name_is_known_by_it(service: Service) -> None:
    await service.replica.lobby.visit(Visitor(ADA))
    await service.replica.lobby.visit(Visitor(Person(ADA.id, "Ada Lovelace")))
    assert await service.people.get([ADA.id]) == [Person(ADA.id, "Ada Lovelace")]


async def test_without_the_store_who_asks_is_told_to_come_back(service: Service) -> None:
    service.members.down = True
    with pytest.raises(Unavailable):
        await service.replica.lobby.visit(Visitor(ADA))
