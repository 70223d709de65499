"""Who is online, across replicas.

Each replica numbers the changes of whom it has and tells them to the others. A small heartbeat carries the last number,
so that who missed a change notices and asks for the whole list, and a replica that dies takes its people with it.
Somebody whose last socket closed stays for a grace time, in which most of them reconnect.
"""

import asyncio
import secrets
from collections.abc import Callable

import msgspec

from chat_service.gathering import Gathering
from chat_service.relay import Relay

PRESENCE_TOPIC = "presence"
HEARTBEAT_SECONDS = 5.0
REPLICA_SILENT_SECONDS = 25.0  # within the 30 s in which a dead replica's people have to go
GATHER_SECONDS = 0.2  # a thousand people arriving at once are a few messages between replicas

Changed = Callable[[set[str]], None]


class Told(msgspec.Struct, frozen=True, array_like=True, tag_field="kind"):
    """`life` is one process's, since a name comes back after a restart; `version` counts its changes."""

    replica: str
    life: str
    version: int


class Heartbeat(Told, frozen=True, array_like=True, tag="h"):
    pass


class Delta(Told, frozen=True, array_like=True, tag="d"):
    """From `version` - 1 to `version`; ids of people."""

    came: list[str]
    went: list[str]


class Everybody(Told, frozen=True, array_like=True, tag="e"):
    people: list[str]


class Ask(msgspec.Struct, frozen=True, array_like=True, tag_field="kind", tag="a"):
    """For the whole list of `replica`, or of every one."""

    replica: str | None


_said: msgspec.msgpack.Decoder[Heartbeat | Delta | Everybody | Ask] = msgspec.msgpack.Decoder(
    Heartbeat | Delta | Everybody | Ask
)


class _Here(msgspec.Struct):
    sockets: int = 0
    leaving: asyncio.TimerHandle | None = None


class _Other(msgspec.Struct):
    """Another replica, as far as it has told; a `version` of -1 is none."""

    life: str
    silent: asyncio.TimerHandle
    version: int = -1
    people: set[str] = msgspec.field(default_factory=set)


class Presence:
    def __init__(self, replica: str, relay: Relay, grace_seconds: float) -> None:
        self._replica = replica
        self._relay = relay
        self._changed: Changed = lambda _people: None
        self._grace_seconds = grace_seconds
        self._life = secrets.token_hex(4)
        self._version = 0
        self._here: dict[str, _Here] = {}
        self._told: set[str] = set()  # whom the others know to be here, as of our version
        self._touched: set[str] = set()
        self._others: dict[str, _Other] = {}
        self._asked = False
        self._gathering = Gathering(self._tell, GATHER_SECONDS)

    def tell(self, changed: Changed) -> None:
        """Call `changed` from now on with the ids of those who may have come or gone, on whichever replica."""
        self._changed = changed

    def is_online(self, person: str) -> bool:
        return person in self._here or any(person in other.people for other in self._others.values())

    def online_among(self, people: set[str]) -> set[str]:
        """Those of these ids who are online."""
        here = people & self._here.keys()
        return here.union(*(people & other.people for other in self._others.values()))

    def arrive(self, person: str) -> None:
        """A socket of this person opened."""
        here = self._here.get(person)
        if here is None:
            here = self._here[person] = _Here()
            self._note(person)
        here.sockets += 1
        if here.leaving:
            here.leaving.cancel()
            here.leaving = None

    def leave(self, person: str, *, for_good: bool = False) -> None:
        """A socket of this person closed; `for_good` if they said goodbye."""
        here = self._here[person]
        here.sockets -= 1
        if here.sockets == 0:
            delay = 0.0 if for_good else self._grace_seconds
            here.leaving = asyncio.get_running_loop().call_later(delay, self._gone, person)

    def receive(self, payload: bytes) -> None:
        """What another replica says."""
        said = _said.decode(payload)
        if isinstance(said, Ask):
            if said.replica in {None, self._replica}:
                self._asked = True
                self._gathering.touch()  # many who ask at once get one answer
            return
        other = self._heard(said)
        match said:
            case Everybody(people=people):
                changed = other.people ^ set(people)
                other.people = set(people)
                other.version = said.version
                self._changed(changed)
            case Delta(came=came, went=went) if said.version == other.version + 1:
                other.people.update(came)
                other.people.difference_update(went)
                other.version = said.version
                self._changed({*came, *went})
            case _ if said.version != other.version:  # we missed something
                self._publish(Ask(said.replica))

    def recovered(self) -> None:
        """The relay is back: others may have missed what we said, and we what they said."""
        self._asked = True
        self._gathering.touch()
        self._publish(Ask(None))

    async def keep_announcing(self) -> None:
        """Run for ever."""
        await self._relay.listen(PRESENCE_TOPIC)
        self._publish(Ask(None))
        while True:
            self._publish(Heartbeat(self._replica, self._life, self._version))
            await asyncio.sleep(HEARTBEAT_SECONDS)

    def close(self) -> None:
        """Forget the timers; what the others know of us ends with our silence, as people move over to them."""
        for here in self._here.values():
            if here.leaving:
                here.leaving.cancel()
        for other in self._others.values():
            other.silent.cancel()
        self._gathering.close()

    def _gone(self, person: str) -> None:
        del self._here[person]
        self._note(person)

    def _heard(self, said: Told) -> _Other:
        silent = asyncio.get_running_loop().call_later(REPLICA_SILENT_SECONDS, self._silent, said.replica)
        other = self._others.get(said.replica)
        if other is not None and other.life != said.life:  # it started anew, and knows nobody of its former life
            self._forget(said.replica)
            other = None
        if other is None:
            other = self._others[said.replica] = _Other(said.life, silent)
        else:
            other.silent.cancel()
            other.silent = silent
        return other

    def _silent(self, replica: str) -> None:
        """It may be gone. But while the relay may not bring what it says, its people stay who they were."""
        if self._relay.in_doubt:
            self._others[replica].silent = asyncio.get_running_loop().call_later(
                REPLICA_SILENT_SECONDS, self._silent, replica
            )
        else:
            self._forget(replica)

    def _forget(self, replica: str) -> None:
        other = self._others.pop(replica)
        other.silent.cancel()
        self._changed(other.people)

    def _note(self, person: str) -> None:
        self._touched.add(person)
        self._gathering.touch()
        self._changed({person})

    def _tell(self) -> None:
        came = [person for person in self._touched if person in self._here and person not in self._told]
        went = [person for person in self._touched if person not in self._here and person in self._told]
        self._touched.clear()
        if came or went:
            self._version += 1
            self._told.update(came)
            self._told.difference_update(went)
            self._publish(Delta(self._replica, self._life, self._version, came, went))
        if self._asked:
            self._asked = False
            self._publish(Everybody(self._replica, self._life, self._version, list(self._told)))

    def _publish(self, said: Heartbeat | Delta | Everybody | Ask) -> None:
        self._relay.publish(PRESENCE_TOPIC, msgspec.msgpack.encode(said))
