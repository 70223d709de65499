"""Who is typing, told to those who look at the room."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from chat_service import signals, typists
from chat_service.events import ROOM_TOPIC_PREFIX, Person
from chat_service.feed import Deliver
from chat_service.relay_memory import MemoryBus, MemoryRelay
from chat_service.signals import Typed
from chat_service.typists import Typists
from chat_service.watching import Watching
from tests.chat_service.eventually import eventually
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.watchers import Frame, ToldWatcher, crowd

pytestmark = pytest.mark.virtual_time


class Replica:
    """A replica on which everybody watches the lobby."""

    def __init__(self, bus: MemoryBus) -> None:
        self.relay = MemoryRelay(bus)
        self.watching = Watching(self, lambda _: set(), self._member_ids)
        self.typists = Typists(self.relay, self.watching)
        self.heard: list[list[Person]] = []

    def watcher(self, person: Person) -> ToldWatcher:
        watcher = ToldWatcher(person)
        self.watching.watch(watcher, {"lobby": True})
        return watcher

    def receive(self, _topic: str, payload: bytes) -> None:
        signal = signals.decode(payload)
        assert isinstance(signal, Typed)
        self.heard.append(list(signal.people))
        self.typists.heard("lobby", signal.people)

    def recovered(self) -> None:
        pass

    async def observe(self, room: str, observer: Deliver) -> None:
        pass

    def unobserve(self, room: str, observer: Deliver) -> None:
        pass

    async def _member_ids(self, _room: str) -> list[str]:
        await asyncio.Event().wait()  # nobody asks for presence here
        return []


Start = Callable[[], Awaitable[Replica]]


@pytest.fixture
async def start(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    monkeypatch.setattr(typists, "GATHER_SECONDS", 0.05)
    bus = MemoryBus()
    running: list[tuple[Replica, asyncio.Task[None]]] = []

    async def start() -> Replica:
        replica = Replica(bus)
        await replica.relay.listen(ROOM_TOPIC_PREFIX + "lobby")
        running.append((replica, asyncio.create_task(replica.relay.run(replica))))
        await asyncio.sleep(0)
        return replica

    yield start
    for replica, task in running:
        replica.watching.close()
        replica.typists.close()
        task.cancel()


def typing(watcher: ToldWatcher) -> list[Frame]:
    return [frame for frame in watcher.heard if frame["op"] == "typing"]


def names(watcher: ToldWatcher) -> list[list[str]]:
    return [[person["name"] for person in frame["people"]] for frame in typing(watcher)]


async def test_who_types_is_told_at_once_on_every_replica(start: Start) -> None:
    one, two = await start(), await start()
    here, there = one.watcher(BOB), two.watcher(BOB)
    one.typists.type("lobby", ADA)
    await eventually(lambda: typing(here) and typing(there), 0.04)
    assert typing(here) == [{"op": "typing", "room": "lobby", "people": [{"id": ADA.id, "name": "Ada"}]}]
    assert typing(there) == typing(here)


async def test_nobody_is_told_of_themselves_on_any_device(start: Start) -> None:
    one, two = await start(), await start()
    phone, laptop, bob = one.watcher(ADA), two.watcher(ADA), two.watcher(BOB)
    one.typists.type("lobby", ADA)
    await eventually(lambda: typing(bob))
    assert typing(phone) == typing(laptop) == []


async def test_who_types_together_with_others_is_told_of_the_others(start: Start) -> None:
    one = await start()
    ada, eve = one.watcher(ADA), one.watcher(Person("p-eve", "Eve"))
    one.typists.type("lobby", crowd(1)[0])
    await eventually(lambda: typing(eve))
    one.typists.type("lobby", ADA)
    one.typists.type("lobby", BOB)
    await eventually(lambda: len(typing(eve)) == 2)
    assert names(eve)[1] == ["Ada", "Bob"]
    assert names(ada)[1] == ["Bob"]


async def test_many_keystrokes_of_many_people_are_few_messages_and_few_frames(start: Start) -> None:
    one, two = await start(), await start()
    bob = two.watcher(BOB)
    for _ in range(20):
        for person in crowd(100):
            one.typists.type("lobby", person)
        await asyncio.sleep(0.005)
    await eventually(lambda: len(typing(bob)) >= 2)
    await asyncio.sleep(0.1)
    assert len(two.heard) <= 6
    assert len(typing(bob)) <= 8
    assert max(len(people) for people in two.heard) == typists.MAX_PEOPLE


async def test_a_room_that_nobody_looks_at_costs_nothing_here(start: Start) -> None:
    one, two = await start(), await start()
    two.typists.type("lobby", ADA)
    await eventually(lambda: one.heard)
    assert one.typists._anywhere == {}


async def test_a_room_no_longer_remembered_is_the_one_that_began_first(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typists, "MAX_ROOMS", 2)
    one = await start()
    for room in ("a", "b", "c"):
        one.typists.type(room, ADA)
    assert list(one.typists._here) == ["b", "c"]
