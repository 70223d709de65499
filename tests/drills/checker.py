"""What was attempted, acknowledged and seen, and what that says about the promises.

| word | means |
|---|---|
| attempted | somebody asked for it to be said |
| acknowledged | the service answered `ok` |
| lost | acknowledged, but not in the log, or not seen by a member who ought to have |
| duplicated | one (author, client id) stored twice, seen twice, or acknowledged as two |
| unexpected | stored or seen, but never attempted, or seen but not stored |
| disordered | seen in another order than the log's, or with a hole |
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

Name = tuple[str, str]  # (author, client id)
Numbered = tuple[int, Name]  # as (seq, name)


@dataclass
class Verdict:
    lost: list[Name] = field(default_factory=list)
    duplicated: list[Name] = field(default_factory=list)
    unexpected: list[Name] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)

    @property
    def kept(self) -> bool:
        return not (self.lost or self.duplicated or self.unexpected or self.disordered)


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
