"""A connection reduced to what it is told: for tests of signals."""

from typing import Any

import msgspec

from chat_service.events import Person
from chat_service.outbox import Outbox

Frame = dict[str, Any]


class ToldOutbox(Outbox):
    """Keeps what is put into it."""

    def __init__(self) -> None:
        super().__init__(lambda: None)
        self.frames: list[bytes] = []

    def put(self, frame: bytes) -> None:
        self.frames.append(frame)


class ToldWatcher:
    """One device of a person."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.outbox = ToldOutbox()

    @property
    def heard(self) -> list[Frame]:
        return [msgspec.json.decode(frame) for frame in self.outbox.frames]

    def take(self) -> list[Frame]:
        """What it was told since the last time."""
        heard = self.heard
        self.outbox.frames.clear()
        return heard

    def online(self, room: str) -> set[str]:
        """Whom it takes to be online in a room, from all that it was told."""
        online: set[str] = set()
        for frame in self.heard:
            if frame["op"] == "presence" and frame["room"] == room:
                before = set() if frame.get("snapshot") else online
                online = (before | set(frame["online"])) - set(frame.get("offline", []))
        return online


def crowd(size: int) -> list[Person]:
    return [Person(f"p-{number:05}", f"Person {number}") for number in range(size)]
