"""How far people have read: written together, then told."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from chat_service import read_markers, signals
from chat_service.directory_memory import MemoryMemberStore
from chat_service.read_markers import ReadMarkers
from chat_service.relay_memory import MemoryBus, MemoryRelay
from chat_service.signals import Mark, Marked
from chat_service.store import StoreUnavailable
from tests.chat_service.eventually import eventually

pytestmark = pytest.mark.virtual_time


class Desk(MemoryMemberStore):
    """One replica's markers: what was written, and what was told."""

    def __init__(self) -> None:
        super().__init__()
        self.bus = MemoryBus()
        self.relay = MemoryRelay(self.bus)
        self.other = MemoryRelay(self.bus)
        self.relayed: list[tuple[str, bytes]] = []
        self.writes: list[list[tuple[str, Mark]]] = []
        self.moved: list[tuple[str, list[Mark]]] = []
        self.away = False
        self.writing = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.tasks: list[asyncio.Task[None]] = []
        self.markers = ReadMarkers(self, self.relay, self._moved)

    @property
    def written(self) -> list[tuple[str, Mark]]:
        return [mark for write in self.writes for mark in write]

    async def mark_read(self, marks: Sequence[tuple[str, Mark]]) -> None:
        self.writing = True
        await self.gate.wait()
        if self.away:
            raise StoreUnavailable("away")
        self.writes.append(list(marks))

    def stop(self) -> None:
        for task in self.tasks:
            task.cancel()

    def receive(self, topic: str, payload: bytes) -> None:
        self.relayed.append((topic, payload))

    def recovered(self) -> None:
        pass

    def _moved(self, room: str, marks: Sequence[Mark]) -> None:
        assert self.writes  # nobody is told before it is stored
        self.moved.append((room, list(marks)))


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(read_markers, "WRITE_SECONDS", 0.05)
    desk = Desk()
    await desk.other.listen("room:lobby")
    desk.tasks = [asyncio.create_task(desk.markers.keep_writing()), asyncio.create_task(desk.other.run(desk))]
    await asyncio.sleep(0)
    yield desk
    desk.stop()


async def test_a_marker_is_written_then_told_here_and_to_the_others(desk: Desk) -> None:
    desk.markers.move("lobby", Mark("ada", 5))
    await eventually(lambda: desk.relayed)
    assert desk.written == [("lobby", Mark("ada", 5))]
    assert desk.moved == [("lobby", [Mark("ada", 5)])]
    [(topic, payload)] = desk.relayed
    assert (topic, signals.decode(payload)) == ("room:lobby", Marked([Mark("ada", 5)]))


async def test_many_markers_are_few_writes_and_one_message_a_room(desk: Desk) -> None:
    desk.markers.move("lobby", Mark("ada", 1))
    await eventually(lambda: desk.writes)
    for seq in range(2, 100):
        desk.markers.move("lobby", Mark("ada", seq))
        desk.markers.move("lobby", Mark("bob", seq))
        desk.markers.move("attic", Mark("ada", seq))
    await eventually(lambda: len(desk.writes) == 2)
    assert sorted(desk.writes[1], key=str) == [
        ("attic", Mark("ada", 99)),
        ("lobby", Mark("ada", 99)),
        ("lobby", Mark("bob", 99)),
    ]
    await eventually(lambda: len(desk.relayed) == 2)


async def test_a_marker_only_goes_forward(desk: Desk) -> None:
    desk.markers.move("lobby", Mark("ada", 9))
    desk.markers.move("lobby", Mark("ada", 5))
    await eventually(lambda: desk.writes)
    assert desk.written == [("lobby", Mark("ada", 9))]


async def test_a_marker_goes_back_where_it_is_asked_to(desk: Desk) -> None:
    desk.markers.move("lobby", Mark("ada", 9))
    desk.markers.move("lobby", Mark("ada", 5, back=True))
    await eventually(lambda: desk.writes)
    assert desk.written == [("lobby", Mark("ada", 5, back=True))]


async def test_what_goes_on_from_there_has_been_back_all_the_same(desk: Desk) -> None:
    desk.markers.move("lobby", Mark("ada", 5, back=True))
    desk.markers.move("lobby", Mark("ada", 7))
    await eventually(lambda: desk.writes)
    assert desk.written == [("lobby", Mark("ada", 7, back=True))]


async def test_what_the_store_did_not_take_is_written_later_and_nothing_older_over_it(desk: Desk) -> None:
    desk.away = True
    desk.markers.move("lobby", Mark("ada", 5))
    desk.markers.move("lobby", Mark("bob", 5))
    await asyncio.sleep(0.02)
    desk.markers.move("lobby", Mark("ada", 7))
    assert desk.moved == []
    desk.away = False
    await eventually(lambda: desk.writes)
    assert sorted(desk.written, key=str) == [("lobby", Mark("ada", 7)), ("lobby", Mark("bob", 5))]


async def test_who_leaves_does_not_wait_for_the_second_to_pass(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_markers, "WRITE_SECONDS", 60)
    desk.markers.move("lobby", Mark("ada", 5))
    await eventually(lambda: desk.writes)
    desk.markers.move("lobby", Mark("ada", 6))
    desk.markers.hurry()
    await eventually(lambda: len(desk.writes) == 2)


async def test_what_was_moved_back_while_it_was_written_is_told_once_where_it_is_now(desk: Desk) -> None:
    desk.gate.clear()
    desk.markers.move("lobby", Mark("ada", 9))
    await eventually(lambda: desk.writing)
    desk.markers.move("lobby", Mark("ada", 5, back=True))
    desk.gate.set()
    await eventually(lambda: len(desk.writes) == 2)
    await eventually(lambda: desk.moved)
    assert desk.moved == [("lobby", [Mark("ada", 5, back=True)])]


async def test_the_last_ones_are_written_at_the_end(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_markers, "MAX_WRITTEN", 2)
    for number in range(5):
        desk.markers.move("lobby", Mark(f"p-{number}", 1))
    await desk.markers.flush()
    assert len(desk.written) == 5


async def test_the_end_waits_for_what_is_being_written(desk: Desk) -> None:
    desk.gate.clear()
    desk.markers.move("lobby", Mark("ada", 5))
    await eventually(lambda: desk.writing)
    flushing = asyncio.create_task(desk.markers.flush())
    await asyncio.sleep(0.01)
    assert not flushing.done()
    desk.gate.set()
    await flushing
    assert desk.written == [("lobby", Mark("ada", 5))]


async def test_a_store_that_stays_away_does_not_hold_up_the_end(desk: Desk) -> None:
    desk.away = True
    desk.markers.move("lobby", Mark("ada", 5))
    async with asyncio.timeout(1):
        await desk.markers.flush()


async def test_what_waits_for_a_store_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_markers, "MAX_PENDING", 3)
    desk.away = True
    for number in range(5):
        desk.markers.move("lobby", Mark(f"p-{number}", 1))
    desk.away = False
    await desk.markers.flush()
    assert [mark.person for _, mark in desk.written] == ["p-2", "p-3", "p-4"]
