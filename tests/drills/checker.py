"""What was attempted, acknowledged and seen, and what that says about the promises.

| word | means |
|---|---|
| attempted | somebody asked for it to be said |
| acknowledged | the service answered `ok` |
| lost | acknowledged, but not in the log, or not seen by a member who ought to have |
| duplicated | one (author, client id) stored twice, seen twice, or acknowledged as two |
| unexpected | stored or seen, but never attempted, or seen but not stored |
| disordered | seen in another order than the log's, or with a hole |
| leaked | seen of a room past one's removal, or before one was let in |
| unapplied | in the room's log, but not in what is kept beside it |
| orphaned | a room that has members and no owner |
| untold | somebody's client doesn't know that they are in a room, or that they are not |
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields

from chat_service.events import AnyEvent, Delete, Edit, Message

Name = tuple[str, str]  # (author, client id)
Numbered = tuple[int, Name]  # as (seq, name)
Stay = tuple[int, int | None]  # from which seq to which somebody was in a room; None: they still are
Heard = tuple[float, int]  # when, which seq


@dataclass
class Verdict:
    lost: list[Name] = field(default_factory=list)
    duplicated: list[Name] = field(default_factory=list)
    unexpected: list[Name] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)
    unapplied: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    orphaned: list[str] = field(default_factory=list)

    @property
    def kinds(self) -> set[str]:
        """The words for what is broken."""
        return {kind.name for kind in fields(self) if getattr(self, kind.name)}

    @property
    def kept(self) -> bool:
        return not self.kinds


class BrokenPromise(AssertionError):
    def __init__(self, verdict: Verdict) -> None:
        super().__init__(str(verdict))
        self.verdict = verdict


@dataclass
class Record:
    """`seen` maps a reader to the events shown to them, in the order they were shown."""

    attempted: set[Name] = field(default_factory=set)
    acknowledged: dict[Name, set[int]] = field(default_factory=dict)
    seen: dict[str, list[Numbered]] = field(default_factory=dict)
    began_after: dict[str, int] = field(default_factory=dict)

    def acknowledge(self, name: Name, seq: int) -> None:
        self.acknowledged.setdefault(name, set()).add(seq)

    def judge(self, log: Sequence[Numbered]) -> Verdict:
        """Judge it against the room's log, read from the store itself, once everything has settled."""
        verdict = Verdict()
        stored = Counter(name for _, name in log)
        verdict.duplicated += [name for name, times in stored.items() if times > 1]
        verdict.duplicated += [name for name, seqs in self.acknowledged.items() if len(seqs) > 1]
        verdict.unexpected += [name for name in stored if name not in self.attempted]
        verdict.lost += [name for name in self.acknowledged if name not in stored]
        if [seq for seq, _ in log] != list(range(1, len(log) + 1)):
            verdict.disordered.append("the log itself has a hole")
        for reader, events in self.seen.items():
            self._judge_reader(verdict, reader, events, log)
        return verdict

    def _judge_reader(self, verdict: Verdict, reader: str, events: list[Numbered], log: Sequence[Numbered]) -> None:
        due = [event for event in log if event[0] > self.began_after[reader]]
        times = Counter(name for _, name in events)
        verdict.duplicated += [name for name, count in times.items() if count > 1]
        verdict.unexpected += [name for seq, name in events if (seq, name) not in log]
        verdict.lost += [name for _, name in due if name not in times]
        if [seq for seq, _ in events] != sorted({seq for seq, _ in events}):
            verdict.disordered.append(f"{reader} saw {[seq for seq, _ in events]}")


def judge_texts(verdict: Verdict, log: Sequence[AnyEvent], shown: Mapping[str, Mapping[int, str]]) -> None:
    """Judge what each replica shows of a room's messages by its log: the last edit's words, of a deleted one none.

    By the log as it is stored, a deleted one has none either, nor have its edits.
    """
    texts: dict[int, str] = {}
    deleted = {event.target for event in log if isinstance(event, Delete)}
    for event in log:
        if isinstance(event, Message | Edit):
            message = event.target if isinstance(event, Edit) else event.seq
            texts[message] = "" if message in deleted else event.text
            if message in deleted and event.text:
                verdict.unapplied.append(f"the deletion of {message} to {event.seq}")
    for replica, messages in shown.items():
        verdict.unapplied += [f"{seq} at {replica}" for seq, text in messages.items() if text != texts.get(seq)]


def judge_member(  # noqa: PLR0913 - all that is known of one person
    verdict: Verdict,
    who: str,
    stays: Sequence[Stay],
    heard: Sequence[Heard],
    stored_at: Callable[[int], float],
    *,
    kept: bool,
    told: bool,
) -> None:
    """Judge what somebody got of a room by their stays in it, as its log has them.

    `kept`: whether they are a member by what is kept beside the log; `told`: by what their client knows.
    """
    inside = bool(stays) and stays[-1][1] is None
    if kept is not inside:
        verdict.unapplied.append(who)
    if told is not inside:
        verdict.untold.append(who)
    for at, seq in heard:
        # Whoever is in a room may read what was said before; so at the time it came, one had to be in it,
        # and it may not follow a departure which nobody had revoked by then.
        entered = [stay for stay in stays if stored_at(stay[0]) <= at]
        left = entered[-1][1] if entered else 0
        if left is not None and seq > left:
            verdict.leaked.append(f"{who} heard {seq} when they were out with {left}")
