"""Who is at the other end of a socket."""

import asyncio
from typing import Any

from chat_service.lobby import LOBBY
from tests.drills.checker import Record
from tests.drills.process import Process
from tests.drills.wire import Wire


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
