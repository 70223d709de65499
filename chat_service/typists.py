"""Who is typing where: a signal to those who watch the room, on every replica, gathered per room."""

from collections.abc import Callable, Iterable
from functools import partial

from chat_service import notices, protocol, signals
from chat_service.events import ROOM_TOPIC_PREFIX, Person
from chat_service.gathering import Gathering
from chat_service.relay import Relay
from chat_service.watching import Watching

GATHER_SECONDS = 1.0
MAX_PEOPLE = 20  # told of at once: nobody reads more names
MAX_ROOMS = 10_000  # remembered; the one that began the longest ago is forgotten first


class Typists:
    def __init__(self, relay: Relay, watching: Watching) -> None:
        self._relay = relay
        self._watching = watching
        self._here: dict[str, _Lately] = {}
        self._anywhere: dict[str, _Lately] = {}

    def type(self, room: str, person: Person) -> None:
        """Somebody here is typing."""
        self._add(self._here, room, [person], self._tell_others)
        self.heard(room, [person])

    def heard(self, room: str, people: Iterable[Person]) -> None:
        """Somebody here or elsewhere is typing."""
        if self._watching.watchers(room):
            self._add(self._anywhere, room, people, self._tell_watchers)

    def close(self) -> None:
        for lately in (*self._here.values(), *self._anywhere.values()):
            lately.gathering.close()

    def _add(
        self,
        rooms: "dict[str, _Lately]",
        room: str,
        people: Iterable[Person],
        tell: Callable[[str, list[Person]], None],
    ) -> None:
        lately = rooms.get(room)
        if lately is None:
            lately = rooms[room] = _Lately(partial(tell, room))
            if len(rooms) > MAX_ROOMS:
                rooms.pop(next(iter(rooms))).gathering.close()
        lately.add(people)

    def _tell_others(self, room: str, people: list[Person]) -> None:
        self._relay.publish(ROOM_TOPIC_PREFIX + room, signals.encode(signals.Typed(people)))

    def _tell_watchers(self, room: str, people: list[Person]) -> None:
        ids = {person.id for person in people}
        self._watching.tell(room, notices.TypingNow(room=room, people=people), but=ids)
        for watcher in self._watching.watchers(room):  # nobody is told of themselves, on none of their devices
            if watcher.person.id in ids and len(people) > 1:
                others = [person for person in people if person.id != watcher.person.id]
                watcher.outbox.put(protocol.encode(notices.TypingNow(room=room, people=others)))


class _Lately:
    """Who typed since it was last told."""

    def __init__(self, tell: Callable[[list[Person]], None]) -> None:
        self.gathering = Gathering(self._flush, GATHER_SECONDS)
        self._tell = tell
        self._people: dict[str, Person] = {}

    def add(self, people: Iterable[Person]) -> None:
        for person in people:
            if len(self._people) < MAX_PEOPLE:
                self._people[person.id] = person
        self.gathering.touch()

    def _flush(self) -> None:
        people = list(self._people.values())
        self._people.clear()
        self._tell(people)
