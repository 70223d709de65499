"""Each room's events, as they come live, replayed or read from its history: in order, none missing and none twice."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from parley_client.frames import Event, Frame

PAGE_EVENTS = 100


class Position(msgspec.Struct, frozen=True):
    """Up to where a client has everything: `rooms` maps a room to a seq. Keep it to go on from there another day."""

    epoch: str
    rooms: dict[str, int]


class Feeds:
    """`history(room, after)` reads a page of a room's own events; `failed` is called where that can't be done.

    `rooms` are those that one is in, as the server told of them; `events` is what nobody has taken yet.
    """

    def __init__(
        self,
        position: Position | None,
        history: Callable[[str, int], Awaitable[Frame]],
        failed: Callable[[Exception], None],
    ) -> None:
        self.rooms: dict[str, dict[str, Any]] = {}
        self.events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._epoch = position.epoch if position else ""
        self._seen: dict[str, int] = dict(position.rooms) if position else {}
        self._history = history
        self._failed = failed
        self._held: dict[str, list[Event]] = {}  # live events of rooms that are being caught up
        self._catching_up: dict[str, asyncio.Task[None]] = {}

    @property
    def position(self) -> Position:
        return Position(self._epoch, dict(self._seen))

    def welcome(self, epoch: str, rooms: list[dict[str, Any]]) -> None:
        """A connection began: these are the rooms one is in."""
        if epoch != self._epoch:  # new to us, or restored from a backup: begin here
            self._seen.clear()
        for room in (self.rooms.keys() | self._seen.keys()) - {room["id"] for room in rooms}:
            self.leave(room)
        self._epoch = epoch
        for room_state in rooms:
            self.enter(room_state)

    def enter(self, room: dict[str, Any]) -> None:
        """One is in this room from its `head` on."""
        self.rooms[room["id"]] = room
        self._seen.setdefault(room["id"], room["head"])

    def leave(self, room: str) -> None:
        self.rooms.pop(room, None)
        self._stop_catching_up(room)
        self._seen.pop(room, None)

    def deliver(self, room: str, events: list[Event]) -> None:
        """Events of a room, live or replayed."""
        if room in self._held:
            self._held[room] += events
        else:
            self._take(room, events)

    def catch_up(self, room: str, head: int) -> None:
        """There are more events up to `head` than are replayed."""
        self._stop_catching_up(room)  # an earlier one that the connection's loss made pointless
        self._held[room] = []
        self._catching_up[room] = asyncio.create_task(self._read_up_to(room, head))

    def close(self) -> list[asyncio.Task[None]]:
        """Stop reading; returns what is ending."""
        for task in self._catching_up.values():
            task.cancel()
        return list(self._catching_up.values())

    def _take(self, room: str, events: list[Event]) -> None:
        for event in events:
            if event.seq > self._seen.get(room, event.seq):  # a retried page or replay may overlap; or one has left
                self._seen[room] = event.seq
                self.events.put_nowait(event)

    def _stop_catching_up(self, room: str) -> None:
        if catching_up := self._catching_up.pop(room, None):
            catching_up.cancel()
        self._held.pop(room, None)

    async def _read_up_to(self, room: str, head: int) -> None:
        """Page by page, from what we have; live events wait until then."""
        try:
            while self._seen[room] < head:
                page = await self._history(room, self._seen[room])
                if not page.events:
                    break
                self._take(room, page.events)
        except Exception as reason:  # noqa: BLE001 - a room half caught up would stay silent for ever: say so instead
            self._failed(reason)
            return
        self._take(room, self._held.pop(room))
