"""Parley in one process: several replicas over one store and one bus, and people at the other end of their sockets.

Everything is the real code, from the frames of a socket to the store's port; what lies beyond is simulated: the
network, the clock, the store's server, the broker, and the process that can be killed.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from aiohttp import WSMessage, WSMsgType

from chassis.access_tokens import AccessTokens, Identity
from chat_service import commands
from chat_service.archive_memory import Logs, MemoryArchive
from chat_service.assembly import Assembly, Manner, Stores
from chat_service.connection import Connection
from chat_service.connections import Connections
from chat_service.directory_memory import MemoryMemberStore, MemoryPeopleStore, MemoryRoomStore
from chat_service.events import AnyEvent, Message, Person
from chat_service.lobby import LOBBY
from chat_service.store_memory import MemoryEventStore
from chat_service.visitor import Visitor
from tests.chat_service.faulty_store import FaultyEventStore, FaultyMemberStore
from tests.drills.checker import Record
from tests.drills.faulty_relay import FaultyBus, FaultyRelay
from tests.drills.virtual_time import VirtualTimeLoop, owner

TOKEN_LIFETIME_SECONDS = 1e9
STORE_LATENCY_SECONDS = 0.002  # longer than the relay's: much happens during a reading
WRITES_PER_SECOND = 1e9  # the drills are about losses, not about patience
SETTLE_SECONDS = 60.0
RETURNS = 5


class Wire:
    """A WebSocket's two ends. The server's end is what `Connection` uses; `cut` breaks it without a word."""

    def __init__(self, deliver: Callable[[dict[str, Any]], None]) -> None:
        self.close_code: int | None = None
        self.closed_with = b""
        self.broken = False
        self._deliver = deliver
        self._incoming: asyncio.Queue[WSMessage | None] = asyncio.Queue()

    def send_to_server(self, frame: dict[str, object]) -> None:
        if not self.broken:
            self._incoming.put_nowait(WSMessage(WSMsgType.TEXT, json.dumps(frame), ""))

    def cut(self) -> None:
        self.broken = True
        self._incoming.put_nowait(None)

    def __aiter__(self) -> "Wire":
        return self

    async def __anext__(self) -> WSMessage:
        message = await self._incoming.get()
        if message is None:
            raise StopAsyncIteration
        return message

    async def send_frame(self, frame: bytes, _opcode: WSMsgType) -> None:
        if self.broken:
            raise ConnectionResetError
        self._deliver(json.loads(frame))

    def writelines(self, list_of_data: Iterable[bytes]) -> None:
        """As the transport: a frame's header and payload."""
        _header, frame = list_of_data
        self._deliver(json.loads(frame))

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self.broken

    async def close(self, *, code: int, message: bytes) -> None:
        self.close_code = code
        self.closed_with = message
        self.cut()

    def abort(self) -> None:
        """As the transport: what `Connection` does to a client that doesn't read."""
        self.cut()


class Process:
    """One replica's process."""

    def __init__(self, name: str, stores: Stores, bus: FaultyBus) -> None:
        self.name = name
        self.store = FaultyEventStore(stores.events, STORE_LATENCY_SECONDS)
        self.members = FaultyMemberStore(stores.members)
        self.relay = FaultyRelay(bus)

        async def no_key(_kid: str) -> None:
            return None

        self._assembly = Assembly(
            msgspec.structs.replace(stores, events=self.store, members=self.members),
            self.relay,
            Connections(),
            AccessTokens("https://parley.example", no_key),
            Manner(name, writes_per_second=WRITES_PER_SECOND, rooms_per_second=WRITES_PER_SECOND),
        )

    async def start(self) -> None:
        owner.set(self)
        self._replica = await self._assembly.prepare()
        self._background = [asyncio.create_task(task) for task in self._assembly.forever().values()]
        await asyncio.sleep(0)

    async def newest(self) -> Sequence[object]:
        """The lobby's newest page."""
        owner.set(self)
        page = await self._replica.history.history(
            Visitor(Person("ada", "ada")), commands.History(id="h", room=LOBBY.id)
        )
        return page.events

    async def accept(self, wire: Wire, person: str) -> None:
        owner.set(self)
        connection = Connection(self._replica, wire, wire)  # type: ignore[arg-type]  # all of them that it uses
        self._background.append(
            asyncio.create_task(
                connection.serve(Identity(person, person, f"session of {person}", TOKEN_LIFETIME_SECONDS * 3))
            )
        )


class Client:
    """Somebody who behaves as docs/protocol.md asks: resumes, and repeats what was not answered."""

    def __init__(self, name: str, record: Record) -> None:
        self.name = name
        self.process: Process | None = None
        self.limited = False  # told that it is too far behind, which no drill leaves anybody
        self.rooms: set[str] = set()  # those it was told to be in
        self.heard: list[tuple[float, str, int]] = []  # when, in which other room than the lobby, which event
        self._record = record
        self._wire: Wire | None = None
        self._epoch = ""
        self._position = 0
        self._frames: dict[str, dict[str, object]] = {}
        self._unanswered: set[str] = set()
        self._once: set[str] = set()
        record.seen[name] = []

    @property
    def settled(self) -> bool:
        return not self._unanswered and not self.limited

    @property
    def connected(self) -> bool:
        return self._wire is not None and not self._wire.broken

    def connect(self, process: Process) -> Wire:
        self.disconnect()
        wire = Wire(lambda frame: self._receive(wire, frame))
        self._wire, self.process = wire, process
        hello: dict[str, object] = {"op": "hello"}
        if self._epoch:
            hello["resume"] = {"epoch": self._epoch, "rooms": {LOBBY.id: self._position}}
        wire.send_to_server(hello)
        return wire

    def disconnect(self) -> None:
        if self._wire:
            self._wire.cut()
        self._wire = self.process = None

    def say(self) -> None:
        client_id = self.ask("send", room=LOBBY.id, text=f"{self.name} {len(self._frames)}")
        self._record.attempted.add((self.name, client_id))

    def react(self) -> None:
        """To what they said first, if anything was acknowledged."""
        if said := self._said():
            self._change("react", min(said), emoji="👍")

    def edit(self) -> None:
        """What they said last."""
        if said := self._said():
            self._change("edit", max(said), text=f"{self.name} {len(self._frames)}, edited")

    def delete(self) -> None:
        """What they said last."""
        if said := self._said():
            self._change("delete", max(said))

    def ask(self, op: str, **fields: object) -> str:
        """Ask for something until it is done, or refused for good; returns the request's id."""
        client_id = f"{len(self._frames)}"
        self._frames[client_id] = {"op": op, "id": client_id, **fields}
        self._unanswered.add(client_id)
        self._send(client_id)
        return client_id

    def ask_once(self, op: str, **fields: object) -> None:
        """Ask for something and forget it, whatever becomes of it."""
        client_id = self.ask(op, **fields)
        self._once.add(client_id)
        self._unanswered.discard(client_id)

    def repeat(self, choice: int) -> None:
        """Send again what was sent before, answered or not."""
        if self._frames:
            self._send(str(choice % len(self._frames)))

    def _said(self) -> list[int]:
        return [
            seq
            for (author, client_id), seqs in self._record.acknowledged.items()
            if author == self.name and self._frames[client_id]["op"] == "send"
            for seq in seqs
        ]

    def _change(self, op: str, target: int, **fields: object) -> None:
        client_id = self.ask(op, room=LOBBY.id, target=target, **fields)
        self._record.attempted.add((self.name, client_id))

    def _send(self, client_id: str) -> None:
        if self._wire:
            self._wire.send_to_server(self._frames[client_id])

    def _receive(self, wire: Wire, frame: dict[str, Any]) -> None:
        if wire is not self._wire:
            return
        self._note_rooms(frame)
        match frame["op"]:
            case "welcome":
                for client_id in sorted(self._unanswered):
                    self._send(client_id)
            case "events" if frame["room"] == LOBBY.id:
                for event in frame["events"]:
                    self._position = event["seq"]
                    self._record.seen[self.name].append((event["seq"], (event["author"]["id"], event["id"])))
            case "ok":
                self._unanswered.discard(frame["id"])
                if self._frames[frame["id"]].get("room") == LOBBY.id:
                    self._record.acknowledge((self.name, frame["id"]), frame["seq"])
            case "error":
                self._refused(frame)
            case "limited":
                self.limited = True

    def _note_rooms(self, frame: dict[str, Any]) -> None:
        match frame["op"]:
            case "welcome":
                self.rooms = {room["id"] for room in frame["rooms"]}
                if not self._epoch:
                    (head,) = [room["head"] for room in frame["rooms"] if room["id"] == LOBBY.id]
                    self._position = self._record.began_after[self.name] = head
                self._epoch = frame["epoch"]
            case "room":
                self.rooms.add(frame["room"]["id"])
            case "gone":
                self.rooms.remove(frame["room"])
            case "events" if frame["room"] != LOBBY.id:
                now = asyncio.get_running_loop().time()
                self.heard += [(now, frame["room"], event["seq"]) for event in frame["events"]]

    def _refused(self, error: dict[str, Any]) -> None:
        if error["id"] in self._once:
            return
        elsewhere = self._frames[error["id"]].get("room") != LOBBY.id
        if "retry_after" not in error and (elsewhere or error["code"] == "unknown_message"):
            self._unanswered.discard(error["id"])  # for good: one may not, or it is deleted
        else:
            asyncio.get_running_loop().call_later(error.get("retry_after", 1.0), self._send, error["id"])


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
