"""The store in this process's memory: for tests, as true to the ports' promises as the real one."""

from collections.abc import Collection, Sequence

from chat_service.events import AnyEvent, EventKey, RoomChange
from chat_service.membership import of_room


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

    async def changes(self, room: str, seq: int, limit: int) -> list[RoomChange]:
        return of_room(self._logs.get(room, [])[seq:])[:limit]

    async def before(self, room: str, seq: int | None, limit: int) -> list[AnyEvent]:
        log = self._logs.get(room, [])
        end = len(log) if seq is None else min(max(seq - 1, 0), len(log))
        return log[max(end - limit, 0) : end]
