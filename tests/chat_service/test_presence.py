"""Who is online, told by several replicas to each other."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from chat_service import presence as presences
from chat_service.presence import PRESENCE_TOPIC, Presence
from chat_service.relay_memory import MemoryBus, MemoryRelay
from tests.chat_service.eventually import eventually

pytestmark = pytest.mark.virtual_time

GRACE_SECONDS = 0.1


class Replica:
    """One replica's presence, what it noticed, and how much the others told it."""

    def __init__(self, name: str, bus: MemoryBus) -> None:
        self.relay = MemoryRelay(bus)
        self.online: set[str] = set()
        self.came: list[str] = []
        self.went: list[str] = []
        self.presence = Presence(name, self.relay, GRACE_SECONDS)
        self.presence.tell(self._changed)
        self.heard: list[bytes] = []
        self.deaf = False
        self._tasks: list[asyncio.Task[None]] = []

    def receive(self, topic: str, payload: bytes) -> None:
        assert topic == PRESENCE_TOPIC
        if not self.deaf:
            self.heard.append(payload)
            self.presence.receive(payload)

    def recovered(self) -> None:
        self.presence.recovered()

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self.relay.run(self)),
            asyncio.create_task(self.presence.keep_announcing()),
        ]

    async def die(self) -> None:
        """Without a word, as a process that is killed."""
        self.presence.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _changed(self, people: set[str]) -> None:
        for person in people:
            if self.presence.is_online(person) and person not in self.online:
                self.online.add(person)
                self.came.append(person)
            elif not self.presence.is_online(person) and person in self.online:
                self.online.remove(person)
                self.went.append(person)


Start = Callable[[str], Replica]


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presences, "GATHER_SECONDS", 0.01)
    monkeypatch.setattr(presences, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(presences, "REPLICA_SILENT_SECONDS", 0.5)


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    bus = MemoryBus()
    replicas: list[Replica] = []

    def start(name: str) -> Replica:
        replica = Replica(name, bus)
        replica.start()
        replicas.append(replica)
        return replica

    yield start
    for replica in replicas:
        await replica.die()


def crowd(size: int) -> list[str]:
    return [f"person-{number:05}" for number in range(size)]


async def test_an_arrival_is_known_on_every_replica(start: Start) -> None:
    one, two = start("one"), start("two")
    one.presence.arrive("ada")
    await eventually(lambda: one.online == two.online == {"ada"})
    assert one.came == two.came == ["ada"]


async def test_a_goodbye_is_known_at_once_on_every_replica(start: Start) -> None:
    one, two = start("one"), start("two")
    one.presence.arrive("ada")
    await eventually(lambda: two.online == {"ada"})
    one.presence.leave("ada", for_good=True)
    await eventually(lambda: one.online == two.online == set(), GRACE_SECONDS * 0.9)


async def test_a_lost_connection_is_no_departure_yet(start: Start) -> None:
    one, two = start("one"), start("two")
    one.presence.arrive("ada")
    await eventually(lambda: two.online == {"ada"})
    one.presence.leave("ada")
    await asyncio.sleep(GRACE_SECONDS / 2)
    one.presence.arrive("ada")
    await asyncio.sleep(GRACE_SECONDS * 1.5)
    assert one.went == two.went == []


async def test_who_stays_away_goes_after_the_grace(start: Start) -> None:
    one, two = start("one"), start("two")
    one.presence.arrive("ada")
    await eventually(lambda: two.online == {"ada"})
    one.presence.leave("ada")
    await eventually(lambda: one.online == two.online == set())


async def test_moving_to_another_replica_is_not_leaving(start: Start) -> None:
    one, two, three = start("one"), start("two"), start("three")
    one.presence.arrive("ada")
    await eventually(lambda: three.online == {"ada"})
    one.presence.leave("ada")
    two.presence.arrive("ada")
    await asyncio.sleep(GRACE_SECONDS * 2)
    assert one.went == two.went == three.went == []


async def test_a_goodbye_to_one_replica_leaves_the_socket_to_another(start: Start) -> None:
    one, two, three = start("one"), start("two"), start("three")
    one.presence.arrive("ada")
    two.presence.arrive("ada")
    await eventually(lambda: three.online == {"ada"} and len(three.heard) > 4)
    one.presence.leave("ada", for_good=True)
    await asyncio.sleep(0.1)
    assert one.went == two.went == three.went == []


async def test_closing_one_of_two_sockets_is_not_leaving(start: Start) -> None:
    one = start("one")
    one.presence.arrive("ada")
    one.presence.arrive("ada")
    one.presence.leave("ada", for_good=True)
    await asyncio.sleep(0.05)
    assert one.online == {"ada"}
    one.presence.leave("ada", for_good=True)
    await eventually(lambda: one.online == set())


async def test_nobody_goes_for_a_silence_that_may_be_the_relays(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = start("one"), start("two")
    two.presence.arrive("bob")
    await eventually(lambda: one.online == {"bob"})
    in_doubt = True
    monkeypatch.setattr(MemoryRelay, "in_doubt", property(lambda _relay: in_doubt))
    await two.die()
    await asyncio.sleep(3 * presences.REPLICA_SILENT_SECONDS)
    assert one.online == {"bob"}
    in_doubt = False
    await eventually(lambda: one.online == set())


async def test_a_silent_replicas_people_go(start: Start) -> None:
    one, two = start("one"), start("two")
    two.presence.arrive("bob")
    one.presence.arrive("ada")
    await eventually(lambda: one.online == {"ada", "bob"})
    await two.die()
    await eventually(lambda: one.online == {"ada"})


async def test_a_replica_that_speaks_keeps_its_people(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presences, "REPLICA_SILENT_SECONDS", 0.2)
    one, two = start("one"), start("two")
    two.presence.arrive("bob")
    await eventually(lambda: one.online == {"bob"})
    before = len(one.heard)
    await eventually(lambda: len(one.heard) > before + 8)  # longer than a silent one would be kept
    assert one.went == []


async def test_a_newcomer_learns_at_once_who_is_online(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presences, "HEARTBEAT_SECONDS", 60)
    one, two = start("one"), start("two")
    one.presence.arrive("ada")
    two.presence.arrive("bob")
    await eventually(lambda: one.online == two.online == {"ada", "bob"})
    three = start("three")
    await eventually(lambda: three.online == {"ada", "bob"})


async def test_who_missed_a_change_notices_by_the_next_heartbeat(start: Start) -> None:
    one, two = start("one"), start("two")
    one.presence.arrive("ada")
    await eventually(lambda: two.online == {"ada"})
    two.deaf = True
    one.presence.arrive("bob")
    one.presence.leave("ada", for_good=True)
    await asyncio.sleep(0.05)
    two.deaf = False
    await eventually(lambda: two.online == {"bob"})


async def test_who_missed_a_change_notices_by_the_next_change(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presences, "HEARTBEAT_SECONDS", 60)
    one, two = start("one"), start("two")
    one.presence.arrive("ada")
    await eventually(lambda: two.online == {"ada"})
    two.deaf = True
    one.presence.arrive("bob")
    await asyncio.sleep(0.05)
    two.deaf = False
    one.presence.arrive("eve")
    await eventually(lambda: two.online == {"ada", "bob", "eve"})


async def test_a_replica_that_starts_anew_under_its_name_has_lost_its_people(start: Start) -> None:
    one, two = start("one"), start("two")
    two.presence.arrive("bob")
    await eventually(lambda: one.online == {"bob"})
    await two.die()
    start("two")
    await eventually(lambda: one.online == set(), 0.4)  # before its silence would tell


async def test_thousands_of_arrivals_are_few_messages_between_replicas(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presences, "HEARTBEAT_SECONDS", 60)
    monkeypatch.setattr(presences, "GATHER_SECONDS", 0.1)
    one, two = start("one"), start("two")
    await eventually(lambda: two.heard)
    for person in crowd(5000):
        one.presence.arrive(person)
    await eventually(lambda: len(two.online) == 5000)
    assert len(two.heard) <= 5


async def test_a_heartbeat_is_small_however_many_are_online(start: Start) -> None:
    one, two = start("one"), start("two")
    for person in crowd(5000):
        one.presence.arrive(person)
    await eventually(lambda: len(two.online) == 5000)
    before = len(two.heard) + 2  # answers to what was asked at the start
    await eventually(lambda: len(two.heard) > before + 3)
    assert max(map(len, two.heard[before:])) < 100


async def test_who_came_and_went_within_a_moment_is_not_told_of(start: Start) -> None:
    one, two = start("one"), start("two")
    await eventually(lambda: two.heard)
    one.presence.arrive("bob")
    await eventually(lambda: two.online == {"bob"})
    one.presence.arrive("ada")
    one.presence.leave("ada", for_good=True)
    one.presence.arrive("eve")
    await eventually(lambda: two.online == {"bob", "eve"})
    assert "ada" not in two.came


async def test_those_online_are_found_among_others_on_every_replica(start: Start) -> None:
    one, two = start("one"), start("two")
    one.presence.arrive("ada")
    two.presence.arrive("bob")
    await eventually(lambda: one.online == {"ada", "bob"})
    assert one.presence.online_among({"ada", "bob", "eve"}) == {"ada", "bob"}


async def test_a_closed_presence_tells_nothing_more(start: Start) -> None:
    one, two = start("one"), start("two")
    one.presence.arrive("ada")
    await eventually(lambda: two.online == {"ada"})
    one.presence.leave("ada")
    await one.die()
    await asyncio.sleep(GRACE_SECONDS * 1.5)  # past the moment at which they would have gone
    assert one.online == two.online == {"ada"}
