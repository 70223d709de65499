"""Who is here, across replicas.

Each replica tells the others whom it has: on each change, and again every few seconds, so that a replica which dies
takes its people with it. Somebody whose last socket closed stays for a grace time, in which most of them reconnect.
"""

import asyncio
import time
from collections.abc import Callable

import msgspec

from chat_service.events import Person
from chat_service.relay import Relay

PRESENCE_TOPIC = "presence"
ANNOUNCE_SECONDS = 5.0
REPLICA_SILENT_SECONDS = 25.0  # within the 30 s in which a dead replica's people have to go
GATHER_SECONDS = 0.2  # a thousand people arriving at once are a few frames

Changed = Callable[[list[Person], list[Person]], None]


class Announcement(msgspec.Struct, frozen=True):
    """Everybody that a replica has; `asks` when it has just come and wants to hear from the others."""

    replica: str
    people: list[Person]
    asks: bool = False


_announcements = msgspec.msgpack.Decoder(Announcement)


class _Here(msgspec.Struct):
    person: Person
    sockets: int = 0
    leaving: asyncio.TimerHandle | None = None


class Presence:
    """`changed(came, went)` is called with what changed since the last call, gathered for a moment."""

    def __init__(self, replica: str, relay: Relay, changed: Changed, grace_seconds: float) -> None:
        self._replica = replica
        self._relay = relay
        self._changed = changed
        self._grace_seconds = grace_seconds
        self._here: dict[str, _Here] = {}
        self._elsewhere: dict[str, tuple[float, dict[str, Person]]] = {}
        self._told: dict[str, Person] = {}
        self._by_name: list[Person] | None = None
        self._gathering: asyncio.TimerHandle | None = None
        self._ours_changed = False

    def online(self) -> list[Person]:
        """Everybody that `changed` has told of, on any replica, by name."""
        if self._by_name is None:  # sorted once for all who ask until the next change
            self._by_name = sorted(self._told.values(), key=lambda person: (person.name.casefold(), person.id))
        return self._by_name

    def arrive(self, person: Person) -> None:
        """A socket of this person opened."""
        here = self._here.get(person.id)
        if here is None:
            here = self._here[person.id] = _Here(person)
            self._note_our_change()
        here.sockets += 1
        if here.leaving:
            here.leaving.cancel()
            here.leaving = None

    def leave(self, person: Person, *, for_good: bool = False) -> None:
        """A socket of this person closed; `for_good` if they said goodbye."""
        here = self._here[person.id]
        here.sockets -= 1
        if here.sockets == 0:
            delay = 0.0 if for_good else self._grace_seconds
            here.leaving = asyncio.get_running_loop().call_later(delay, self._gone, person.id)

    def receive(self, payload: bytes) -> None:
        """Another replica's announcement."""
        said = _announcements.decode(payload)
        self._elsewhere[said.replica] = (time.monotonic(), {person.id: person for person in said.people})
        if said.asks:
            self._announce()
        self._note_change()

    def recovered(self) -> None:
        """The relay is back: tell the others, and ask them."""
        self._announce(asks=True)

    async def keep_announcing(self) -> None:
        """Run for ever."""
        await self._relay.listen(PRESENCE_TOPIC)
        while True:
            self._announce()
            oldest = time.monotonic() - REPLICA_SILENT_SECONDS
            for replica, (heard_at, _) in list(self._elsewhere.items()):
                if heard_at < oldest:
                    del self._elsewhere[replica]
                    self._note_change()
            await asyncio.sleep(ANNOUNCE_SECONDS)

    def close(self) -> None:
        """Forget the timers; what the others know of us ends with our silence, as people move over to them."""
        for here in self._here.values():
            if here.leaving:
                here.leaving.cancel()
        if self._gathering:
            self._gathering.cancel()

    def _gone(self, person_id: str) -> None:
        del self._here[person_id]
        self._note_our_change()

    def _note_our_change(self) -> None:
        self._ours_changed = True
        self._note_change()

    def _note_change(self) -> None:
        if self._gathering is None:
            self._gathering = asyncio.get_running_loop().call_later(GATHER_SECONDS, self._tell)

    def _tell(self) -> None:
        self._gathering = None
        now: dict[str, Person] = {}
        for _, people in self._elsewhere.values():
            now.update(people)
        now.update({person_id: here.person for person_id, here in self._here.items()})
        came = [person for person_id, person in now.items() if person_id not in self._told]
        went = [person for person_id, person in self._told.items() if person_id not in now]
        self._told = now
        self._by_name = None
        if came or went:
            self._changed(came, went)
        if self._ours_changed:  # even if nobody came or went: who is here too must not go with another replica
            self._ours_changed = False
            self._announce()

    def _announce(self, *, asks: bool = False) -> None:
        people = [here.person for here in self._here.values()]
        announcement = Announcement(self._replica, people, asks)
        self._relay.publish(PRESENCE_TOPIC, msgspec.msgpack.encode(announcement))
