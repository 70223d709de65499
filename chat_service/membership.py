"""What an event of a room does to the room and to those in it. Pure.

The log is the record; how the room and its members stand is its fold, kept for queries. Each field is a register that
remembers the seq of the event that last set it, and only a later event sets it again. So it does not matter who
applies events, how often, or in which order: docs/decisions/0070-registers.md.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec

from chat_service.commands import Level
from chat_service.events import (
    AnyEvent,
    Archive,
    Ban,
    ChangeRole,
    ChangeTopic,
    Create,
    Invite,
    Join,
    Kind,
    Leave,
    Mute,
    Person,
    Remove,
    Rename,
    Role,
    Room,
    RoomChange,
    SlowMode,
    Unarchive,
    Unban,
    Unmute,
)

ROOM_CHANGES: tuple[type[RoomChange], ...] = RoomChange.__args__
DEPARTURES = (Leave, Remove, Ban)
"""Whoever these concern gets nothing of the room that comes after them."""
MOVES = (*DEPARTURES, Join, Invite, Unban, ChangeRole)
"""After these, others may be in the room, or own it, than before."""


class RoomRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A room with its registers; `settled` is a seq up to which every change is known to be applied."""

    id: str
    name: str = ""
    kind: Kind = "private"
    topic: str = ""
    archived: bool = False
    slow_mode: int = 0
    people: Sequence[Person] = ()
    seqs: Mapping[str, int] = {}
    settled: int = 0

    @property
    def room(self) -> Room:
        """As everybody in it may see it."""
        return Room(
            id=self.id,
            name=self.name,
            kind=self.kind,
            topic=self.topic,
            archived=self.archived,
            slow_mode=self.slow_mode,
            people=self.people,
        )


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody stands in a room: in it, not any more, or banned. Times in milliseconds since the epoch.

    `read` and `level` are no registers: they are one's own, and not of the log.
    """

    room: str
    person: str
    name: str = ""
    present: bool = False
    since: int = 0
    banned: bool = False
    role: Role = "member"
    muted_until: int = 0
    read: int = 0
    level: Level = "all"
    seqs: Mapping[str, int] = {}

    @property
    def inside(self) -> bool:
        return self.present and not self.banned


class Change(NamedTuple):
    """Fields that an event sets: of a member, or of the room itself where `person` is None."""

    person: str | None
    seq: int
    values: dict[str, Any]


Record = TypeVar("Record", RoomRecord, Member)


def changes(event: RoomChange) -> list[Change]:  # noqa: C901, PLR0911 - a table in the form in which types are checked
    """All that an event sets."""
    seq = event.seq
    match event:
        case Create(name=name, kind=kind, topic=topic, people=people):
            made = {"name": name, "kind": kind, "topic": topic, "people": list(people), "archived": False}
            role: Role = "member" if kind == "direct" else "owner"
            return [Change(None, seq, made), *(_enters(event, person, role) for person in people or [event.author])]
        case Join(author=person) | Invite(person=person):
            return [_enters(event, person, "member")]
        case Leave(author=person) | Remove(person=person):
            return [Change(person.id, seq, {"present": False, "role": "member"})]
        case Ban(person=person):
            values = {"present": False, "role": "member", "banned": True, "name": person.name}
            return [Change(person.id, seq, values)]
        case Unban(person=person):
            return [Change(person.id, seq, {"banned": False})]
        case Mute(person=person, until=until):
            return [Change(person.id, seq, {"muted_until": until})]
        case Unmute(person=person):
            return [Change(person.id, seq, {"muted_until": 0})]
        case ChangeRole(person=person, role=given):
            return [Change(person.id, seq, {"role": given})]
        case Rename(name=name):
            return [Change(None, seq, {"name": name})]
        case ChangeTopic(topic=topic):
            return [Change(None, seq, {"topic": topic})]
        case Archive() | Unarchive():
            return [Change(None, seq, {"archived": isinstance(event, Archive)})]
        case SlowMode(seconds=seconds):
            return [Change(None, seq, {"slow_mode": seconds})]


def of_room(events: Sequence[AnyEvent]) -> list[RoomChange]:
    """Those events that change the room or who is in it."""
    return [event for event in events if isinstance(event, ROOM_CHANGES)]


def apply(record: Record, change: Change) -> Record:
    """The record after a change; older than what it has seen already, it changes nothing."""
    return _set(record, change.values, dict.fromkeys(change.values, change.seq))


def merge(record: Record, other: Record) -> Record:
    """What two records of the same room or member know between them."""
    return _set(record, {field: getattr(other, field) for field in other.seqs}, other.seqs)


def _set(record: Record, values: Mapping[str, Any], seqs: Mapping[str, int]) -> Record:
    newer = {field: value for field, value in values.items() if seqs[field] > record.seqs.get(field, 0)}
    if not newer:
        return record
    seen = {**record.seqs, **{field: seqs[field] for field in newer}}
    return msgspec.structs.replace(record, **newer, seqs=seen)


def _enters(event: RoomChange, person: Person, role: Role) -> Change:
    values = {"present": True, "since": event.at, "role": role, "name": person.name}
    return Change(person.id, event.seq, values)
