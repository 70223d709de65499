"""The proof of the proof: with a bug of each kind planted, the state machine finds it and names it rightly."""

from collections.abc import Callable, Iterable, Sequence

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from chat_service import recent
from chat_service.events import AnyEvent
from chat_service.feed import Feed
from chat_service.hub import Hub
from chat_service.log import Log
from chat_service.outbox import Outbox
from chat_service.store import StoreUnavailable
from chat_service.store_memory import MemoryEventStore
from tests.drills.checker import BrokenPromise, Record
from tests.drills.test_promises import Parley

SEARCH = settings(
    max_examples=500,
    stateful_step_count=40,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    report_multiple_bugs=False,
)

Plant = Callable[[pytest.MonkeyPatch], None]


def acknowledge_what_was_not_stored(patch: pytest.MonkeyPatch) -> None:
    commit = Log.commit

    async def hopeful(self: Log, room: str, events: list[AnyEvent]) -> list[AnyEvent]:
        try:
            return await commit(self, room, events)
        except StoreUnavailable:
            return events

    patch.setattr(Log, "commit", hopeful)


def forget_who_said_what(patch: pytest.MonkeyPatch) -> None:
    async def append(self: MemoryEventStore, room: str, events: Sequence[AnyEvent]) -> int:
        log = self._logs.setdefault(room, [])
        for stored, event in enumerate(events):
            if event.seq != len(log) + 1:
                return stored
            log.append(event)
        return len(events)

    patch.setattr(MemoryEventStore, "append", append)


def deliver_again_what_comes_again(patch: pytest.MonkeyPatch) -> None:
    offer = Feed.offer

    def forgetful(self: Feed, events: Iterable[AnyEvent]) -> None:
        known = list(events)
        again = [event for event in known if event.seq <= self.position]
        offer(self, known)
        if again:
            self._deliver(again)

    patch.setattr(Feed, "offer", forgetful)


def deliver_past_a_gap(patch: pytest.MonkeyPatch) -> None:
    def impatient(self: Feed) -> None:
        ready = [self._waiting.pop(seq) for seq in sorted(self._waiting) if seq > self.position]
        if ready:
            self.position = ready[-1].seq
            self._deliver(ready)

    patch.setattr(Feed, "_advance", impatient)


def never_compare_heads(patch: pytest.MonkeyPatch) -> None:
    async def trusting(_self: Hub, _rooms: object) -> None:
        return

    patch.setattr(Hub, "_compare_heads", trusting)


def deliver_live_during_the_replay(patch: pytest.MonkeyPatch) -> None:
    join = Hub.join

    async def eager(self: Hub, room: str, outbox: Outbox, seen: int = 0) -> int:
        position = await join(self, room, outbox, seen)
        self.release(room, outbox)
        return position

    patch.setattr(Hub, "join", eager)
    # What is missed comes from the store then: from memory it comes without a pause into which anything could fall.
    patch.setattr(recent, "OPENING_EVENTS", 1)
    patch.setattr(recent, "MAX_WINDOW_EVENTS", 1)


def tell_before_it_is_stored(patch: pytest.MonkeyPatch) -> None:
    commit = Log.commit

    async def hasty(self: Log, room: str, events: list[AnyEvent]) -> list[AnyEvent]:
        self._committed(room, events)
        return await commit(self, room, events)

    patch.setattr(Log, "commit", hasty)


@pytest.mark.parametrize(
    ("plant", "kinds"),
    [
        (acknowledge_what_was_not_stored, {"lost"}),
        (forget_who_said_what, {"duplicated"}),
        (deliver_again_what_comes_again, {"duplicated"}),
        (deliver_past_a_gap, {"lost", "disordered"}),
        (never_compare_heads, {"lost"}),
        (deliver_live_during_the_replay, {"lost", "disordered", "duplicated"}),
        (tell_before_it_is_stored, {"unexpected"}),
    ],
)
def test_a_planted_bug_is_found(plant: Plant, kinds: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    with pytest.raises(BrokenPromise) as broken:
        run_state_machine_as_test(Parley, settings=SEARCH)
    assert kinds & {
        kind for kind in ("lost", "duplicated", "unexpected", "disordered") if getattr(broken.value.verdict, kind)
    }


ADA, BOB = ("ada", "1"), ("bob", "1")


def record(**seen: list[tuple[int, tuple[str, str]]]) -> Record:
    return Record(attempted={ADA, BOB}, acknowledged={ADA: {1}}, seen=dict(seen), began_after=dict.fromkeys(seen, 0))


def test_promises_kept_are_found_kept() -> None:
    assert record(eve=[(1, ADA), (2, BOB)]).judge([(1, ADA), (2, BOB)]).kept


def test_a_reader_owes_nothing_for_what_was_before_they_came() -> None:
    made = record(eve=[(2, BOB)])
    made.began_after["eve"] = 1
    assert made.judge([(1, ADA), (2, BOB)]).kept


def test_each_way_to_break_a_promise_has_its_word() -> None:
    assert record().judge([(1, BOB)]).lost == [ADA]
    assert record(eve=[]).judge([(1, ADA)]).lost == [ADA]
    assert record().judge([(1, ADA), (2, ADA)]).duplicated == [ADA]
    assert record(eve=[(1, ADA), (1, ADA)]).judge([(1, ADA)]).duplicated == [ADA]
    assert record().judge([(1, ADA), (2, ("mallory", "1"))]).unexpected == [("mallory", "1")]
    assert record(eve=[(1, ADA), (2, BOB)]).judge([(1, ADA)]).unexpected == [BOB]
    assert record(eve=[(2, BOB), (1, ADA)]).judge([(1, ADA), (2, BOB)]).disordered
    assert record().judge([(1, ADA), (3, BOB)]).disordered
    twice = record()
    twice.acknowledge(ADA, 2)
    assert twice.judge([(1, ADA)]).duplicated == [ADA]
