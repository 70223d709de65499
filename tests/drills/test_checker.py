"""The proof of the proof: with a bug of each kind planted, the state machine finds it and names it rightly."""

from collections.abc import Callable, Iterable, Sequence

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from chat_service import hub, recent, timeline
from chat_service.archive_memory import MemoryArchive
from chat_service.events import AnyEvent, Delete, Edit, Message, MessageChange
from chat_service.feed import Feed
from chat_service.hub import Hub
from chat_service.keeping_up import KeepingUp
from chat_service.log import Log
from chat_service.membership import of_room
from chat_service.outbox import Outbox
from chat_service.store import StoreUnavailable
from chat_service.store_memory import MemoryEventStore
from chat_service.succession import Succession
from tests.chat_service.examples import ADA as PERSON
from tests.drills.checker import BrokenPromise, Record, Verdict, judge_member, judge_texts
from tests.drills.test_membership import Den
from tests.drills.test_promises import Parley

SEARCH = settings(
    max_examples=2000,  # it ends with the first that is found, mostly among a few dozen
    stateful_step_count=40,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),  # how fast the machine is says nothing here
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


def tell_a_batch_before_its_departures(patch: pytest.MonkeyPatch) -> None:
    def hasty(self: hub._OpenRoom, events: list[AnyEvent]) -> None:
        self._recent.add(self.id, events)
        self._tell(events)
        for change in of_room(events):
            self._changes.happened(self.id, change)

    patch.setattr(hub._OpenRoom, "_deliver", hasty)


def leave_to_others_what_they_died_over(patch: pytest.MonkeyPatch) -> None:
    async def idle(_self: KeepingUp) -> None:
        return

    patch.setattr(KeepingUp, "_apply_what_nobody_did", idle)


def never_tell_who_is_invited_elsewhere(patch: pytest.MonkeyPatch) -> None:
    def deaf(_self: KeepingUp, _payload: bytes) -> None:
        return

    async def idle(_self: KeepingUp) -> None:
        return

    patch.setattr(KeepingUp, "receive", deaf)
    patch.setattr(KeepingUp, "_look", idle)


def erase_nothing(patch: pytest.MonkeyPatch) -> None:
    settle = MemoryArchive.settle

    async def careless(self: MemoryArchive, room: str, changes: Sequence[MessageChange]) -> None:
        await settle(self, room, [change for change in changes if not isinstance(change, Delete)])

    patch.setattr(MemoryArchive, "settle", careless)


def show_what_was_said_before_it_was_edited(patch: pytest.MonkeyPatch) -> None:
    fold = timeline.fold

    def stubborn(message: timeline.FoldedMessage, change: MessageChange | Message) -> timeline.FoldedMessage:
        return message if isinstance(change, Edit) and not change.erased else fold(message, change)

    patch.setattr(timeline, "fold", stubborn)


def appoint_no_heir(patch: pytest.MonkeyPatch) -> None:
    async def idle(_self: Succession, _room: str, _event: AnyEvent) -> None:
        return

    patch.setattr(Succession, "_see_to", idle)


@pytest.mark.parametrize(
    ("machine", "plant", "kinds"),
    [
        (Parley, acknowledge_what_was_not_stored, {"lost"}),
        (Parley, forget_who_said_what, {"duplicated"}),
        (Parley, deliver_again_what_comes_again, {"duplicated"}),
        (Parley, deliver_past_a_gap, {"lost", "disordered"}),
        (Parley, never_compare_heads, {"lost"}),
        (Parley, deliver_live_during_the_replay, {"lost", "disordered", "duplicated"}),
        (Parley, tell_before_it_is_stored, {"unexpected"}),
        (Parley, erase_nothing, {"unapplied"}),
        (Parley, show_what_was_said_before_it_was_edited, {"unapplied"}),
        (Den, appoint_no_heir, {"orphaned"}),
        (Den, tell_a_batch_before_its_departures, {"leaked"}),
        (Den, leave_to_others_what_they_died_over, {"unapplied"}),
        (Den, never_tell_who_is_invited_elsewhere, {"untold"}),
    ],
)
def test_a_planted_bug_is_found(
    machine: type[RuleBasedStateMachine], plant: Plant, kinds: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    with pytest.raises(BrokenPromise) as broken:
        run_state_machine_as_test(machine, settings=SEARCH)
    assert kinds & broken.value.verdict.kinds


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


def test_a_text_that_is_shown_or_stored_otherwise_than_the_log_has_it_is_found() -> None:
    log: list[AnyEvent] = [
        Message(id="m", author=PERSON, seq=1, text="old"),
        Edit(id="e", author=PERSON, seq=2, target=1, text="new"),
    ]
    deletion = Delete(id="d", author=PERSON, seq=3, target=1)
    for events, shown, broken in (
        (log, {1: "new"}, 0),
        (log, {1: "old"}, 1),
        (log, {1: "new", 9: "never said"}, 1),
        ([*log, deletion], {1: ""}, 2),
    ):
        verdict = Verdict()
        judge_texts(verdict, events, {"chat-1": shown})
        assert len(verdict.unapplied) == broken


def member(stays: list[tuple[int, int | None]], heard: list[tuple[float, int]], *, kept: bool, told: bool) -> Verdict:
    verdict = Verdict()
    judge_member(verdict, "eve", stays, heard, float, kept=kept, told=told)  # each event is stored at its seq's second
    return verdict


def test_each_way_to_fail_a_member_has_its_word() -> None:
    assert member([(2, 5)], [(3, 1), (6, 5)], kept=False, told=False).kept
    assert member([(2, 5)], [(7, 6)], kept=False, told=False).kinds == {"leaked"}
    assert member([(2, None)], [(1, 1)], kept=True, told=True).kinds == {"leaked"}
    assert member([(2, None)], [], kept=False, told=True).kinds == {"unapplied"}
    assert member([(2, 5)], [], kept=False, told=True).kinds == {"untold"}
