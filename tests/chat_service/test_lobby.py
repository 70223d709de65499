"""Arriving, on stores in memory."""

import asyncio

import pytest

from chat_service import writer
from chat_service.errors import Unavailable
from chat_service.events import Join, Person, Room
from chat_service.lobby import LOBBY, Lobby
from chat_service.log import Log
from chat_service.store import StoreUnavailable
from chat_service.store_memory import MemoryEventStore, MemoryRoomStore
from tests.chat_service.examples import ADA


class Rooms(MemoryRoomStore):
    """A room store that can be away, or die after the next admission began."""

    down = False
    dies_before_admitting = False

    async def room_for(self, person: str, room: str) -> Room | None:
        if self.down:
            raise StoreUnavailable("down")
        return await super().room_for(person, room)

    async def rooms_of(self, person: str) -> list[Room]:
        if self.down:
            raise StoreUnavailable("down")
        return await super().rooms_of(person)

    async def admit(self, room: str, person: Person) -> None:
        if self.dies_before_admitting:
            self.dies_before_admitting = False
            raise StoreUnavailable("died")
        await super().admit(room, person)


class Service:
    def __init__(self) -> None:
        self.rooms = Rooms()
        self.events = MemoryEventStore()
        self.lobby = Lobby(self.rooms, Log(self.events, lambda *_: None))


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setattr(writer, "DEADLINE_SECONDS", 0.1)
    service = Service()
    await service.lobby.prepare()
    return service


async def test_preparing_makes_the_lobby_and_tells_the_epoch(service: Service) -> None:
    assert await service.lobby.prepare() == await service.rooms.epoch()
    await service.rooms.admit(LOBBY.id, ADA)
    assert await service.rooms.rooms_of(ADA.id) == [LOBBY]


async def test_whoever_comes_first_joins_the_lobby(service: Service) -> None:
    assert await service.lobby.arrive(ADA) == [LOBBY]
    (event,) = await service.events.after("lobby", 0, 9)
    assert isinstance(event, Join)
    assert event.author == ADA


async def test_whoever_comes_again_does_not_join_again(service: Service) -> None:
    await service.lobby.arrive(ADA)
    await service.lobby.arrive(ADA)
    assert await service.events.head("lobby") == 1


async def test_whoever_comes_twice_at_once_joins_once(service: Service) -> None:
    await asyncio.gather(*(service.lobby.arrive(ADA) for _ in range(5)))
    assert await service.events.head("lobby") == 1


async def test_whoever_joined_but_was_not_admitted_yet_joins_once(service: Service) -> None:
    service.rooms.dies_before_admitting = True
    with pytest.raises(Unavailable):
        await service.lobby.arrive(ADA)
    assert await service.lobby.arrive(ADA) == [LOBBY]
    assert await service.events.head("lobby") == 1


async def test_arriving_without_the_store_is_unavailable(service: Service) -> None:
    service.rooms.down = True
    with pytest.raises(Unavailable):
        await service.lobby.arrive(ADA)
    with pytest.raises(Unavailable):
        await service.lobby.rooms_of(ADA)
