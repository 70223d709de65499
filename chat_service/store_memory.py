"""The store in this process's memory: for tests, as true to the ports' promises as the real one."""

import secrets
from collections.abc import Collection, Sequence

from chat_service.commands import Level
from chat_service.events import AnyEvent, EventKey, Person, Room
from chat_service.signals import Mark


class MemoryEventStore:
    """`logs` is where the events are kept, for an archive to read them too."""

    def __init__(self, logs: dict[str, list[AnyEvent]] | None = None) -> None:
        self._logs = {} if logs is None else logs

    async def append(self, room: str, events: Sequence[AnyEvent]) -> int:
        log = self._logs.setdefault(room, [])
        keys = {event.key for event in log}
        for stored, event in enumerate(events):
            if event.seq <= len(log) or event.key in keys:
                return stored
            if event.seq != len(log) + 1:
                raise ValueError(f"event {event.seq} would leave a hole after {len(log)}")
            log.append(event)
            keys.add(event.key)
        return len(events)

    async def find(self, room: str, keys: Collection[EventKey]) -> list[AnyEvent]:
        return [event for event in self._logs.get(room, []) if event.key in keys]

    async def head(self, room: str) -> int:
        return len(self._logs.get(room, []))

    async def heads(self, rooms: Collection[str]) -> dict[str, int]:
        return {room: len(self._logs[room]) for room in rooms if self._logs.get(room)}

    async def after(self, room: str, seq: int, limit: int) -> list[AnyEvent]:
        return self._logs.get(room, [])[seq : seq + limit]

    async def before(self, room: str, seq: int | None, limit: int) -> list[AnyEvent]:
        log = self._logs.get(room, [])
        end = len(log) if seq is None else min(max(seq - 1, 0), len(log))
        return log[max(end - limit, 0) : end]


class MemoryRoomStore:
    def __init__(self) -> None:
        self._epoch = secrets.token_urlsafe(8)
        self._rooms: dict[str, Room] = {}
        self._members: dict[str, dict[str, Person]] = {}
        self._read: dict[tuple[str, str], int] = {}
        self._levels: dict[tuple[str, str], Level] = {}

    async def epoch(self) -> str:
        return self._epoch

    async def create(self, room: Room) -> None:
        self._rooms.setdefault(room.id, room)

    async def admit(self, room: str, person: Person) -> None:
        self._members.setdefault(room, {}).setdefault(person.id, person)

    async def room_for(self, person: str, room: str) -> Room | None:
        return self._rooms.get(room) if person in self._members.get(room, {}) else None

    async def rooms_of(self, person: str) -> list[Room]:
        rooms = [room for room in self._rooms.values() if person in self._members.get(room.id, {})]
        return sorted(rooms, key=lambda room: room.name)

    async def member_ids(self, room: str) -> list[str]:
        return list(self._members.get(room, {}))

    async def mark_read(self, marks: Sequence[tuple[str, Mark]]) -> None:
        for room, mark in marks:
            if mark.person in self._members.get(room, {}):
                before = 0 if mark.back else self._read.get((room, mark.person), 0)
                self._read[room, mark.person] = max(before, mark.seq)

    async def set_level(self, room: str, person: str, level: Level) -> None:
        self._levels[room, person] = level
