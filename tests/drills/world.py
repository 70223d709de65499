"""Parley in one process: several replicas over one store and one bus, and people at the other end of their sockets.

Everything is the real code, from the frames of a socket to the store's port; what lies beyond is simulated: the
network, the clock, the store's server, the broker, and the process that can be killed.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from chat_service.archive_memory import Logs, MemoryArchive
from chat_service.assembly import Stores
from chat_service.directory_memory import MemoryMemberStore, MemoryPeopleStore, MemoryRoomStore
from chat_service.events import AnyEvent, Message
from chat_service.lobby import LOBBY
from chat_service.store_memory import MemoryEventStore
from tests.drills.checker import Record
from tests.drills.client import Client
from tests.drills.faulty_relay import FaultyBus
from tests.drills.process import Process
from tests.drills.virtual_time import VirtualTimeLoop

SETTLE_SECONDS = 60.0
RETURNS = 5


class ClockedEventStore(MemoryEventStore):
    """Remembers when each event was stored."""

    def __init__(self, logs: Logs) -> None:
        super().__init__(logs)
        self.stored_at: dict[tuple[str, int], float] = {}

    async def append(self, room: str, events: Sequence[AnyEvent]) -> int:
        stored = await super().append(room, events)
        now = asyncio.get_running_loop().time()
        self.stored_at |= {(room, event.seq): now for event in events[:stored]}
        return stored


class World:
    def __init__(self, names: list[str], people: list[str]) -> None:
        self.loop = VirtualTimeLoop()
        self.record = Record()
        self.bus = FaultyBus()
        logs: Logs = {}
        self._events = ClockedEventStore(logs)
        members = MemoryMemberStore()
        self._stores = Stores(self._events, MemoryArchive(logs), MemoryRoomStore(), members, MemoryPeopleStore(members))
        self.processes: dict[str, Process] = {}
        self.clients = [Client(name, self.record) for name in people]
        self.record.attempted |= {(name, f"join-{name}") for name in people}
        self._names = set(names)
        for name in names:
            self.start(name)

    def start(self, name: str) -> None:
        self.processes[name] = process = Process(name, self._stores, self.bus)
        self.loop.run_until_complete(self._on_behalf_of(process.start))

    def kill(self, name: str) -> None:
        """As kill -9: nothing that the process does from now on reaches anybody."""
        process = self.processes.pop(name)
        process.store.down = process.members.down = True
        process.relay.cut = True
        for client in self.clients:
            if client.process is process:
                client.disconnect()
        self.loop.kill(process)

    def connect(self, client: Client, name: str) -> None:
        wire = client.connect(self.processes[name])
        process = self.processes[name]
        self.loop.run_until_complete(self._on_behalf_of(lambda: process.accept(wire, client.name)))

    def heal(self) -> None:
        """End every fault and let everybody come back; what was acknowledged must now be everywhere."""
        self.bus.mishaps.clear()
        for name in sorted(self._names - self.processes.keys()):
            self.start(name)
        for process in self.processes.values():
            process.store.faults.clear()
            process.store.down = False
            process.store.gate.set()
            process.members.dies_before_applying = 0
            process.members.down = False
            if process.relay.cut:
                self.loop.run_until_complete(self._call(process.relay.rejoin))
        for _ in range(RETURNS):  # a server that was in trouble a moment ago may still close a connection
            for number, client in enumerate(self.clients):
                if not client.connected:
                    self.connect(client, sorted(self.processes)[number % len(self.processes)])
            self.loop.pass_time(SETTLE_SECONDS / RETURNS)

    def events(self, room: str) -> list[AnyEvent]:
        return self.loop.run_until_complete(self._events.after(room, 0, 1_000_000))

    def stored_at(self, room: str, seq: int) -> float:
        """When an event was stored."""
        return self._events.stored_at[room, seq]

    def members(self, room: str) -> set[str]:
        """Who is in a room, by what is kept beside its log."""
        return set(self.loop.run_until_complete(self._stores.members.ids(room)))

    def owners(self, room: str) -> set[str]:
        """Who owns a room, by what is kept beside its log."""
        return set(self.loop.run_until_complete(self._stores.members.owners(room)))

    def shown(self) -> dict[str, dict[int, str]]:
        """What each replica shows of the lobby's last messages: their texts by their seqs."""
        pages = {
            name: self.loop.run_until_complete(self._on_behalf_of(process.newest))
            for name, process in self.processes.items()
        }
        return {
            name: {event.seq: event.text for event in page if isinstance(event, Message)}
            for name, page in pages.items()
        }

    def log(self) -> list[tuple[int, tuple[str, str]]]:
        events = self.loop.run_until_complete(self._events.after(LOBBY.id, 0, 1_000_000))
        return [(event.seq, event.key) for event in events]

    def close(self) -> None:
        for client in self.clients:
            client.disconnect()
        self.loop.close()

    async def _on_behalf_of(self, begin: Callable[[], Any]) -> Any:
        return await asyncio.create_task(begin())

    async def _call(self, function: Callable[[], None]) -> None:
        function()
