"""The window on a room's last events: what it tells is what folding everything tells, or nothing."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat_service import recent
from chat_service.directory import DELETED_NAME
from chat_service.events import (
    AnyEvent,
    Create,
    Delete,
    Edit,
    Invite,
    Leave,
    Message,
    MessageChange,
    Person,
    Pin,
    people_in,
)
from chat_service.page_bounds import EVENT_BYTES
from chat_service.recent import Recent
from chat_service.store_memory import MemoryEventStore
from chat_service.timeline import fold_run
from tests.chat_service.examples import ADA, BOB, log_of, seqs, stored
from tests.chat_service.histories import counted_naively, logs

pytestmark = pytest.mark.virtual_time

SECRET = "the text that goes"
GONE = Person(ADA.id, DELETED_NAME)


class Service:
    def __init__(self, events: Sequence[AnyEvent] = ()) -> None:
        self.settled: list[MessageChange] = []
        self.store = MemoryEventStore({"lobby": list(events)})
        self.recent = Recent(self.store, lambda _, changes: self.settled.extend(changes))


def deletion(seq: int, target: int) -> Delete:
    return Delete(id=f"d-{seq}", author=ADA, seq=seq, at=seq, target=target)


def edit(seq: int, target: int, text: str = SECRET) -> Edit:
    return Edit(id=f"e-{seq}", author=ADA, seq=seq, at=seq, target=target, text=text)


async def test_a_window_opens_on_the_rooms_last_events() -> None:
    service = Service(log_of(80))
    assert await service.recent.open("lobby") == 80
    assert seqs(service.recent.between("lobby", 30, 80) or []) == list(range(31, 81))
    assert service.recent.between("lobby", 29, 80) is None


async def test_an_empty_room_has_an_empty_window() -> None:
    service = Service()
    assert await service.recent.open("lobby") == 0
    assert service.recent.between("lobby", 0, 0) == []
    assert service.recent.newest("lobby", 10) == ([], 0, False)
    service.recent.add("lobby", [stored(1)])
    assert service.recent.between("lobby", 0, 1) == [stored(1)]


async def test_a_window_knows_nothing_that_was_not_delivered_yet() -> None:
    service = Service(log_of(3))
    await service.recent.open("lobby")
    assert service.recent.between("lobby", 2, 4) is None
    assert service.recent.message("lobby", 4) is None


async def test_a_window_keeps_the_last_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MAX_WINDOW_EVENTS", 5)
    service = Service()
    await service.recent.open("lobby")
    for event in log_of(20):
        service.recent.add("lobby", [event])
    assert seqs(service.recent.between("lobby", 15, 20) or []) == [16, 17, 18, 19, 20]
    assert service.recent.between("lobby", 14, 20) is None


async def test_a_window_with_a_hole_begins_anew() -> None:
    service = Service(log_of(3))
    await service.recent.open("lobby")
    service.recent.add("lobby", [stored(7), stored(8)])
    assert service.recent.between("lobby", 3, 8) is None
    assert seqs(service.recent.between("lobby", 6, 8) or []) == [7, 8]


async def test_a_room_that_is_closed_is_forgotten() -> None:
    service = Service(log_of(3))
    await service.recent.open("lobby")
    service.recent.close("lobby")
    service.recent.add("lobby", [stored(4)])
    assert service.recent.between("lobby", 2, 3) is None
    assert service.recent.newest("lobby", 1) is None
    assert service.recent.unread("lobby", BOB.id, 2) is None


async def test_all_windows_together_take_no_more_than_they_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MAX_BYTES", 5 * (EVENT_BYTES + 100))
    service = Service()
    for room in ("quiet", "busy"):
        await service.recent.open(room)
        service.recent.add(room, [stored(seq, text="x" * 100) for seq in range(1, 4)])
    assert service.recent.between("quiet", 0, 3) is None
    assert service.recent.between("busy", 0, 3) is not None
    service.recent.add("quiet", [stored(4), stored(5)])
    assert seqs(service.recent.between("quiet", 3, 5) or []) == [4, 5]


async def test_what_is_folded_for_pages_counts_until_it_is_folded_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service()
    for room in ("quiet", "busy"):
        await service.recent.open(room)
        service.recent.add(room, [stored(seq) for seq in range(1, 4)])
    counted = service.recent._bytes
    assert service.recent.newest("busy", 9)
    assert service.recent._bytes > counted
    service.recent.add("busy", [stored(4)])
    assert counted < service.recent._bytes < counted + 2 * EVENT_BYTES
    monkeypatch.setattr(recent, "MAX_BYTES", service.recent._bytes + 2 * EVENT_BYTES)
    assert service.recent.newest("busy", 9)
    assert service.recent.between("quiet", 0, 3) is None
    assert service.recent.between("busy", 0, 4) is not None


async def test_a_deleted_text_is_forgotten_with_its_edits() -> None:
    service = Service()
    await service.recent.open("lobby")
    service.recent.add("lobby", [stored(1, text=SECRET), edit(2, 1), stored(3), deletion(4, 1)])
    assert SECRET not in repr(service.recent.between("lobby", 0, 4))
    assert service.recent.between("lobby", 2, 3) == [stored(3)]


async def test_an_edit_that_comes_after_the_deletion_is_forgotten_at_once() -> None:
    service = Service()
    await service.recent.open("lobby")
    service.recent.add("lobby", [stored(1, text=SECRET), deletion(2, 1)])
    service.recent.add("lobby", [edit(3, 1)])
    assert SECRET not in repr(service.recent.between("lobby", 0, 3))
    assert seqs(service.settled) == [2, 3]


async def test_all_texts_of_a_person_can_be_forgotten() -> None:
    service = Service([stored(1, ADA, SECRET), stored(2, BOB, "stays"), edit(3, 1)])
    await service.recent.open("lobby")
    assert SECRET in repr(service.recent.newest("lobby", 9))
    service.recent.forget(ADA.id, erase=True)
    assert SECRET not in repr(service.recent.newest("lobby", 9))
    assert SECRET not in repr(service.recent.between("lobby", 0, 3))
    assert "stays" in repr(service.recent.between("lobby", 0, 3))


@pytest.mark.parametrize("erase", [False, True])
async def test_a_departure_that_says_that_an_account_was_deleted_has_it_forgotten(erase: bool) -> None:
    service = Service([stored(1, ADA, SECRET), stored(2, BOB, "stays")])
    await service.recent.open("lobby")
    service.recent.add("lobby", [Leave(id="l", author=GONE, seq=3, at=3, deleted=True, erased=erase)])
    left = repr(service.recent.between("lobby", 0, 3))
    assert ADA.name not in left
    assert (SECRET in left) is not erase
    assert "stays" in left


async def test_a_departure_of_long_ago_costs_nothing_since_the_store_has_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = Service([stored(1, GONE), Leave(id="l", author=GONE, seq=2, at=2, deleted=True)])
    monkeypatch.setattr(recent.Recent, "forget", lambda *_args, **_told: pytest.fail("went through everything"))
    await service.recent.open("lobby")
    assert service.recent.head("lobby") == 2


async def test_of_a_deleted_person_no_name_stays_whatever_event_had_it_and_the_texts_do() -> None:
    invited = Invite(id="i", author=BOB, seq=3, at=3, person=ADA)
    created = Create(id="c", author=BOB, seq=4, at=4, name="", kind="direct", people=[ADA, BOB])
    service = Service([stored(1, ADA, "stays")])
    await service.recent.open("lobby")
    service.recent.add("lobby", [stored(2, BOB), invited])
    service.recent.forget(ADA.id, erase=False)
    service.recent.add("lobby", [created])
    events = service.recent.between("lobby", 0, 4) or []
    assert {person for event in events for person in people_in(event)} == {GONE, BOB}
    assert getattr(events[0], "text", None) == "stays"
    assert ADA.name not in repr(service.recent.newest("lobby", 9))


async def test_where_a_deleted_person_is_not_named_what_is_folded_stays_so() -> None:
    service = Service([stored(1, BOB)])
    await service.recent.open("lobby")
    page = service.recent.newest("lobby", 9)
    counted = service.recent._bytes
    service.recent.forget(ADA.id, erase=True)
    assert service.recent._bytes == counted
    assert service.recent.newest("lobby", 9) == page


async def test_what_is_read_while_a_person_is_being_erased_is_forgotten_as_it_comes() -> None:
    service = Service([stored(1, ADA, SECRET), stored(2, BOB, "stays")])
    service.recent.forget(ADA.id, erase=True)
    await service.recent.open("lobby")
    assert SECRET not in repr(service.recent.between("lobby", 0, 2))
    assert "stays" in repr(service.recent.between("lobby", 0, 2))


async def test_what_has_to_be_settled_is_told_when_it_is_delivered_and_when_a_room_opens() -> None:
    pin = Pin(id="p-4", author=ADA, seq=4, at=4, target=1)
    events: list[AnyEvent] = [stored(1), stored(2), deletion(3, 1), pin, edit(5, 2)]
    opened, delivered = Service(events), Service()
    await opened.recent.open("lobby")
    await delivered.recent.open("lobby")
    delivered.recent.add("lobby", events)
    assert opened.settled == delivered.settled == [deletion(3, 1), pin]


@given(logs(), st.integers(0, 21), st.integers(1, 21))
async def test_the_newest_entries_are_as_folding_everything_makes_them(
    events: list[AnyEvent], opened_at: int, limit: int
) -> None:
    service = Service(events[:opened_at])
    await service.recent.open("lobby")
    service.recent.add("lobby", events[opened_at:])
    whole = fold_run(events)
    newest = service.recent.newest("lobby", limit)
    assert newest == (whole[-limit:], len(events), len(whole) > limit)
    for entry in whole:
        if isinstance(entry, Message):
            assert service.recent.message("lobby", entry.seq) == entry


@given(logs(), st.integers(0, 21), st.integers(0, 21), st.integers(1, 8))
async def test_a_short_window_tells_the_truth_or_nothing(
    events: list[AnyEvent], opened_at: int, marker: int, length: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recent, "MAX_WINDOW_EVENTS", length)
        service = Service(events[:opened_at])
        await service.recent.open("lobby")
        service.recent.add("lobby", events[opened_at:])
    unread = service.recent.unread("lobby", ADA.id, marker)
    known = marker >= len(events) - min(length, len(events))
    assert unread == (counted_naively(events, ADA.id, marker) if known else None)
    whole = fold_run(events)
    newest = service.recent.newest("lobby", 3)
    assert newest is None or newest == (whole[-3:], len(events), len(whole) > 3)
    for seq in range(1, len(events) + 1):
        message = service.recent.message("lobby", seq)
        assert message is None or message in whole
