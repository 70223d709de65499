"""Who is here, told by several replicas to each other."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable

import pytest

from chat_service import presence as presences
from chat_service.events import Person
from chat_service.presence import PRESENCE_TOPIC, Presence
from chat_service.relay_memory import MemoryBus, MemoryRelay
from tests.chat_service.eventually import eventually
from tests.chat_service.examples import ADA, BOB

GRACE_SECONDS = 0.1


class Replica:
    """One replica's presence, what it told its clients, and how often it spoke to the others."""

    def __init__(self, name: str, bus: MemoryBus) -> None:
        self.relay = MemoryRelay(bus)
        self.changes: list[tuple[set[str], set[str]]] = []
        self.presence = Presence(name, self.relay, self._changed, GRACE_SECONDS)
        self.heard = 0
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def online(self) -> list[str]:
        return [person.name for person in self.presence.online()]

    @property
    def came(self) -> list[str]:
        return sorted(name for came, _ in self.changes for name in came)

    @property
    def went(self) -> list[str]:
        return sorted(name for _, went in self.changes for name in went)

    def receive(self, topic: str, payload: bytes) -> None:
        assert topic == PRESENCE_TOPIC
        self.heard += 1
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

    def _changed(self, came: list[Person], went: list[Person]) -> None:
        self.changes.append(({person.name for person in came}, {person.name for person in went}))


Start = Callable[[str], Replica]


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presences, "GATHER_SECONDS", 0.01)
    monkeypatch.setattr(presences, "ANNOUNCE_SECONDS", 0.05)
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


def people(count: int) -> Iterable[Person]:
    return (Person(f"p-{number}", f"Person {number:04}") for number in range(count))


async def test_an_arrival_is_told_on_every_replica(start: Start) -> None:
    one, two = start("one"), start("two")
    one.presence.arrive(ADA)
    await eventually(lambda: one.online == two.online == ["Ada"])
    assert one.changes == two.changes == [({"Ada"}, set())]


async def test_a_goodbye_is_told_at_once_on_every_replica(start: Start) -> None:
    one, two = start("one"), start("two")
    one.presence.arrive(ADA)
    await eventually(lambda: two.online == ["Ada"])
    one.presence.leave(ADA, for_good=True)
    await eventually(lambda: one.online == two.online == [], GRACE_SECONDS * 0.9)
    assert two.changes[-1] == (set(), {"Ada"})


async def test_whoever_loses_the_connection_goes_after_the_grace_time(start: Start) -> None:
    one, two = start("one"), start("two")
    one.presence.arrive(ADA)
    await eventually(lambda: two.online == ["Ada"])
    one.presence.leave(ADA)
    assert one.online == ["Ada"]
    await eventually(lambda: one.online == two.online == [])


async def test_whoever_comes_back_within_the_grace_time_never_left(start: Start) -> None:
    one, two = start("one"), start("two")
    one.presence.arrive(ADA)
    await eventually(lambda: two.online == ["Ada"])
    one.presence.leave(ADA)
    one.presence.arrive(ADA)
    await asyncio.sleep(GRACE_SECONDS * 2)  # past the moment at which they would have gone
    assert one.changes == two.changes == [({"Ada"}, set())]


async def test_whoever_comes_back_at_another_replica_never_left(start: Start) -> None:
    one, two, three = start("one"), start("two"), start("three")
    one.presence.arrive(ADA)
    await eventually(lambda: three.online == ["Ada"])
    one.presence.leave(ADA)
    two.presence.arrive(ADA)
    await asyncio.sleep(GRACE_SECONDS * 2)  # past the moment at which they would have gone
    assert one.changes == two.changes == three.changes == [({"Ada"}, set())]


async def test_a_goodbye_at_one_replica_does_not_hide_who_is_at_another_too(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presences, "ANNOUNCE_SECONDS", 60)
    one, two, three = start("one"), start("two"), start("three")
    await eventually(lambda: all(replica.heard for replica in (one, two, three)))
    one.presence.arrive(ADA)
    await eventually(lambda: two.online == three.online == ["Ada"])
    before = three.heard
    two.presence.arrive(ADA)
    await eventually(lambda: three.heard > before)
    one.presence.leave(ADA, for_good=True)
    before = three.heard
    await eventually(lambda: three.heard > before)
    assert one.online == two.online == three.online == ["Ada"]
    assert three.went == []


async def test_closing_one_of_two_sockets_is_not_leaving(start: Start) -> None:
    one = start("one")
    one.presence.arrive(ADA)
    one.presence.arrive(ADA)
    await eventually(lambda: one.online == ["Ada"])
    one.presence.leave(ADA, for_good=True)
    one.presence.arrive(BOB)
    await eventually(lambda: one.online == ["Ada", "Bob"])
    one.presence.leave(ADA, for_good=True)
    await eventually(lambda: one.online == ["Bob"])


async def test_a_silent_replicas_people_go(start: Start) -> None:
    one, two = start("one"), start("two")
    two.presence.arrive(BOB)
    one.presence.arrive(ADA)
    await eventually(lambda: one.online == ["Ada", "Bob"])
    await two.die()
    await eventually(lambda: one.online == ["Ada"])
    assert one.went == ["Bob"]


async def test_a_replica_that_speaks_keeps_its_people(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presences, "REPLICA_SILENT_SECONDS", 0.2)
    one, two = start("one"), start("two")
    two.presence.arrive(BOB)
    await eventually(lambda: one.online == ["Bob"])
    before = one.heard
    await eventually(lambda: one.heard > before + 8)  # longer than a silent one would be kept
    assert one.went == []


async def test_a_newcomer_learns_at_once_who_is_here(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presences, "ANNOUNCE_SECONDS", 60)
    one, two = start("one"), start("two")
    one.presence.arrive(ADA)
    two.presence.arrive(BOB)
    await eventually(lambda: one.online == two.online == ["Ada", "Bob"])
    assert await _online_at(start("three")) == ["Ada", "Bob"]


async def _online_at(replica: Replica) -> list[str]:
    await eventually(lambda: len(replica.online) == 2)
    return replica.online


async def test_a_thousand_arrivals_are_told_together(start: Start) -> None:
    one, two = start("one"), start("two")
    for person in people(1000):
        one.presence.arrive(person)
    await eventually(lambda: len(one.online) == len(two.online) == 1000)
    assert len(one.changes) == 1
    assert len(two.changes) <= 2


async def test_a_thousand_arrivals_are_few_messages_between_replicas(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presences, "ANNOUNCE_SECONDS", 60)
    one, two = start("one"), start("two")
    await eventually(lambda: two.heard)
    before = two.heard
    for person in people(1000):
        one.presence.arrive(person)
    await eventually(lambda: len(two.online) == 1000)
    assert two.heard - before <= 2


async def test_a_departure_elsewhere_is_not_announced_by_everybody(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presences, "ANNOUNCE_SECONDS", 60)
    one, two, three = start("one"), start("two"), start("three")
    one.presence.arrive(ADA)
    await eventually(lambda: two.online == three.online == ["Ada"])
    before = one.heard
    one.presence.leave(ADA, for_good=True)
    await eventually(lambda: two.online == three.online == [])
    await asyncio.sleep(0.05)  # in which the others would have spoken
    assert one.heard == before


async def test_who_came_and_went_within_a_moment_is_not_told_of(start: Start) -> None:
    one = start("one")
    one.presence.arrive(ADA)
    one.presence.leave(ADA, for_good=True)
    one.presence.arrive(BOB)
    await eventually(lambda: one.online == ["Bob"])
    assert one.came == ["Bob"]


async def test_people_are_listed_by_name_whatever_its_case(start: Start) -> None:
    one = start("one")
    for name in ("zoë", "Ada", "bob"):
        one.presence.arrive(Person(f"p-{name}", name))
    await eventually(lambda: one.online == ["Ada", "bob", "zoë"])


async def test_two_people_of_one_name_are_two(start: Start) -> None:
    one = start("one")
    one.presence.arrive(Person("p-1", "Ada"))
    one.presence.arrive(Person("p-2", "Ada"))
    await eventually(lambda: [person.id for person in one.presence.online()] == ["p-1", "p-2"])


async def test_a_closed_presence_tells_nothing_more(start: Start) -> None:
    one, two = start("one"), start("two")
    one.presence.arrive(ADA)
    await eventually(lambda: two.online == ["Ada"])
    one.presence.leave(ADA)
    await one.die()
    await asyncio.sleep(GRACE_SECONDS * 1.5)  # past the moment at which they would have gone
    assert one.online == two.online == ["Ada"]
