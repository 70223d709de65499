"""Who watches what, and is told of it."""

import asyncio
from collections.abc import AsyncIterator, Collection

import pytest

from chat_service import watching as watchings
from chat_service.events import AnyEvent, Join, Remove
from chat_service.feed import Deliver
from chat_service.notices import TypingNow
from chat_service.store import StoreUnavailable
from chat_service.watching import Watching
from tests.chat_service.eventually import eventually
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.watchers import ToldWatcher, crowd

pytestmark = pytest.mark.virtual_time


class House:
    """Rooms with members, some of them online."""

    def __init__(self) -> None:
        self.online: set[str] = set()
        self.members: dict[str, list[str]] = {}
        self.reads: list[str] = []
        self.away = False
        self.observers: dict[str, list[Deliver]] = {}
        self.settled = True
        self.watching = Watching(self, self.online_among, self.member_ids, lambda _room: self.settled)

    def online_among(self, people: set[str]) -> set[str]:
        return people & self.online

    async def member_ids(self, room: str) -> Collection[str]:
        await asyncio.sleep(0)
        if self.away:
            raise StoreUnavailable("away")
        self.reads.append(room)
        return self.members[room]

    async def observe(self, room: str, observer: Deliver) -> None:
        observers = self.observers.setdefault(room, [])
        if observer not in observers:
            observers.append(observer)

    def unobserve(self, room: str, observer: Deliver) -> None:
        if observer in self.observers.get(room, []):
            self.observers[room].remove(observer)

    def happens(self, room: str, events: list[AnyEvent]) -> None:
        for observer in self.observers[room]:
            observer(events)

    def arrive(self, *people: str) -> None:
        self.online.update(people)
        self.watching.presence_changed(set(people))


@pytest.fixture
async def house(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(watchings, "GATHER_SECONDS", 0.01)
    monkeypatch.setattr(watchings, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(watchings, "SETTLE_SECONDS", 0.03)
    house = House()
    house.members = {"lobby": [ADA.id, BOB.id], "attic": [ADA.id, BOB.id]}
    house.online = {ADA.id}
    yield house
    house.watching.close()


async def test_who_watches_a_room_gets_a_snapshot_and_then_the_changes(house: House) -> None:
    ada = ToldWatcher(ADA)
    house.watching.watch(ada, {"lobby": True})
    await eventually(lambda: ada.heard)
    assert ada.take() == [{"op": "presence", "room": "lobby", "online": [ADA.id], "snapshot": True}]
    house.arrive(BOB.id)
    await eventually(lambda: ada.heard)
    assert ada.heard == [{"op": "presence", "room": "lobby", "online": [BOB.id]}]


async def test_who_watches_nothing_hears_nothing(house: House) -> None:
    ada, bob = ToldWatcher(ADA), ToldWatcher(BOB)
    house.watching.watch(ada, {"lobby": True})
    house.watching.watch(bob, {})
    house.arrive(BOB.id)
    await eventually(lambda: ada.heard)
    assert bob.heard == []


async def test_watching_other_rooms_ends_watching_those_before(house: House) -> None:
    ada = ToldWatcher(ADA)
    house.watching.watch(ada, {"lobby": True})
    await eventually(lambda: ada.heard)
    house.watching.watch(ada, {"attic": False})
    await eventually(lambda: len(ada.heard) == 2)
    house.arrive(BOB.id)
    await eventually(lambda: len(ada.heard) == 3)
    assert [frame["room"] for frame in ada.heard] == ["lobby", "attic", "attic"]


async def test_a_room_that_stays_on_the_screen_is_not_told_anew(house: House) -> None:
    ada = ToldWatcher(ADA)
    house.watching.watch(ada, {"lobby": True})
    await eventually(lambda: ada.heard)
    house.watching.watch(ada, {"lobby": True, "attic": False})
    await eventually(lambda: len(ada.heard) == 2)
    await asyncio.sleep(0.03)
    assert [frame["room"] for frame in ada.heard] == ["lobby", "attic"]


async def test_a_rooms_members_are_read_once_for_all_who_watch_it_and_forgotten_with_the_last(house: House) -> None:
    ada, bob = ToldWatcher(ADA), ToldWatcher(BOB)
    house.watching.watch(ada, {"lobby": True})
    house.watching.watch(bob, {"lobby": True})
    await eventually(lambda: ada.heard and bob.heard)
    assert house.reads == ["lobby"]
    house.watching.leave(ada)
    assert house.watching.members("lobby") == {ADA.id, BOB.id}
    house.watching.leave(bob)
    assert house.watching.members("lobby") == set()
    assert house.observers["lobby"] == []


async def test_members_that_can_not_all_be_read_yet_are_read_again(house: House) -> None:
    ada = ToldWatcher(ADA)
    house.settled = False
    house.online |= {BOB.id}
    house.members["lobby"] = [ADA.id]
    house.watching.watch(ada, {"lobby": True})
    await eventually(lambda: ada.online("lobby") == {ADA.id})
    house.members["lobby"] = [ADA.id, BOB.id]
    await eventually(lambda: ada.online("lobby") == {ADA.id, BOB.id})
    assert house.reads == ["lobby", "lobby"]


async def test_a_store_that_is_away_delays_the_snapshot(house: House) -> None:
    ada = ToldWatcher(ADA)
    house.away = True
    house.watching.watch(ada, {"lobby": True})
    await asyncio.sleep(0.03)
    assert ada.heard == []
    house.away = False
    await eventually(lambda: ada.online("lobby") == {ADA.id})


async def test_who_is_removed_from_a_private_room_hears_no_more_of_it(house: House) -> None:
    ada, bob = ToldWatcher(ADA), ToldWatcher(BOB)
    house.watching.watch(ada, {"attic": False})
    house.watching.watch(bob, {"attic": False})
    await eventually(lambda: ada.heard and bob.heard)
    bob.take()
    house.happens("attic", [Remove(id="r", author=ADA, person=BOB)])
    house.arrive(BOB.id)
    house.happens("attic", [Join(id="j", author=crowd(1)[0])])
    house.arrive(crowd(1)[0].id)
    await eventually(lambda: ada.online("attic") == {ADA.id, crowd(1)[0].id})
    assert bob.heard == []


async def test_who_leaves_a_public_room_may_look_at_it_still(house: House) -> None:
    bob = ToldWatcher(BOB)
    house.watching.watch(bob, {"lobby": True})
    await eventually(lambda: bob.heard)
    house.happens("lobby", [Remove(id="r", author=ADA, person=BOB)])
    house.happens("lobby", [Join(id="j", author=crowd(1)[0])])
    house.arrive(crowd(1)[0].id)
    await eventually(lambda: bob.online("lobby") == {ADA.id, crowd(1)[0].id})


async def test_a_thousand_arrivals_are_not_a_million_frames(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    people = crowd(1000)
    house.members["lobby"] = [person.id for person in people]
    house.online.clear()
    watchers = []
    for number, person in enumerate(people):
        watcher = ToldWatcher(person)
        watchers.append(watcher)
        house.arrive(person.id)
        house.watching.watch(watcher, {"lobby": True})
        if number % 50 == 0:
            await asyncio.sleep(0.001)
    everybody = set(house.members["lobby"])
    await eventually(lambda: all(watcher.online("lobby") == everybody for watcher in (watchers[0], watchers[-1])))
    frames = sum(len(watcher.outbox.frames) for watcher in watchers)
    assert frames < 20_000
    assert len({id(frame) for watcher in watchers for frame in watcher.outbox.frames}) < 100  # encoded once for all


async def test_the_more_there_is_to_tell_the_longer_it_gathers(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchings, "FRAMES_PER_SECOND", 100)
    watchers = [ToldWatcher(person) for person in crowd(50)]
    house.members["lobby"] = [watcher.person.id for watcher in watchers] + ["p-late", "p-later"]
    for watcher in watchers:
        house.watching.watch(watcher, {"lobby": True})
    await eventually(lambda: all(watcher.heard for watcher in watchers))
    house.arrive("p-late")
    await asyncio.sleep(0.1)
    house.arrive("p-later")
    await eventually(lambda: watchers[0].online("lobby") == {"p-late", "p-later"})
    assert all(len(watcher.heard) == 2 for watcher in watchers)  # 50 frames are half a second's worth


async def test_more_members_than_may_be_known_are_shown_without_presence(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchings, "MAX_KNOWN_MEMBERS", 3)
    ada = ToldWatcher(ADA)
    house.watching.watch(ada, {"lobby": True})
    await eventually(lambda: ada.online("lobby") == {ADA.id})
    house.watching.watch(ada, {"lobby": True, "attic": False})
    await eventually(lambda: len(ada.heard) == 2)
    assert ada.online("attic") == set()
    house.watching.watch(ada, {})
    house.watching.watch(ada, {"attic": False})
    await eventually(lambda: ada.online("attic") == {ADA.id})


async def test_a_notice_goes_to_all_who_watch_but_those_left_out(house: House) -> None:
    ada, bob = ToldWatcher(ADA), ToldWatcher(BOB)
    house.watching.watch(ada, {"lobby": True})
    house.watching.watch(bob, {"lobby": True})
    house.watching.tell("lobby", TypingNow(room="lobby", people=[ADA]), but={ADA.id})
    house.watching.tell("attic", TypingNow(room="attic", people=[ADA]))
    assert [frame["op"] for frame in bob.heard] == ["typing"]
    assert ada.heard == []
