"""Who is connected to this replica, how they stand in their rooms, and the rooms that are open here: kept current.

A person's standing is read once, when the first of their connections arrives, and then follows the events of their
rooms in the order in which the rooms' feeds deliver them. Registers (membership.py) make it safe to learn a thing
twice, late, or from the store and from an event at once.
"""

import asyncio
import itertools
from collections.abc import Iterable
from typing import Protocol

import msgspec

from chat_service.directory import MemberStore, RoomStore
from chat_service.events import Person, RoomChange
from chat_service.membership import MOVES, Change, Member, RoomRecord, apply, changes, merge
from chat_service.notices import Notice
from chat_service.outbox import Outbox
from chat_service.store import EventStore

MAX_KNOWN_NAMES = 10_000  # by far more than are renamed in the seconds until the stores have it
SETTLE_EVENTS = 500  # read at once where a room is opened


class Follower(Protocol):
    """A connection."""

    def membership_changed(self, room: str) -> None:
        """Its person entered or left the room; must not wait."""
        ...

    def tell(self, room: str, notice: Notice, *, but: Outbox | None) -> None:
        """Something of the room that concerns its person alone; not if its outbox is `but`. Must not wait."""
        ...


class _Guest:
    def __init__(self, person: str) -> None:
        self.person = person
        self.members: dict[str, Member] = {}
        self.followers: set[Follower] = set()
        self.loading: asyncio.Task[None] | None = None
        self.loaded = False


class Attendance:
    def __init__(self, rooms: RoomStore, members: MemberStore, events: EventStore) -> None:
        self._room_store = rooms
        self._member_store = members
        self._events = events
        self._guests: dict[str, _Guest] = {}
        self._rooms: dict[str, RoomRecord] = {}
        self._opening: set[str] = set()
        self._unapplied: dict[str, dict[int, tuple[float, RoomChange]]] = {}
        self._names: dict[str, Person] = {}  # of those renamed lately, which the stores may not have yet
        self._ahead: dict[str, RoomChange] = {}

    async def arrive(self, person: str, follower: Follower) -> None:
        """A connection opened: from now on it is told of every change, and `leave` must be called.

        Raises:
            StoreUnavailable
        """
        guest = self._guests.get(person)
        if guest is None:
            guest = self._guests[person] = _Guest(person)
            for room, events in self._unapplied.items():  # delivered, but perhaps not in the store yet
                for _, event in events.values():
                    self._take(room, [change for change in changes(event) if change.person == person])
        guest.followers.add(follower)
        if not guest.loaded:
            if guest.loading is None:
                guest.loading = asyncio.create_task(self._load(guest))
            await asyncio.shield(guest.loading)  # many connections of one person may wait for one reading

    def leave(self, person: str, follower: Follower) -> None:
        """A connection closed."""
        if guest := self._guests.get(person):
            guest.followers.discard(follower)
            if not guest.followers:
                del self._guests[person]

    def connections(self, person: str) -> int:
        """How many connections somebody has here."""
        guest = self._guests.get(person)
        return len(guest.followers) if guest else 0

    def is_here(self, person: str) -> bool:
        return person in self._guests

    def members(self, person: str) -> list[Member]:
        """How somebody who is connected here stands, in every room they have ever been in."""
        guest = self._guests.get(person)
        return list(guest.members.values()) if guest else []

    def member(self, person: str, room: str) -> Member | None:
        """How somebody stands in a room, or None if they are not connected here."""
        guest = self._guests.get(person)
        if guest is None or not guest.loaded:
            return None
        return guest.members.get(room) or Member(room=room, person=person)

    def room(self, room: str) -> RoomRecord | None:
        """A room as it is now, or None if it is not open here."""
        return None if room in self._opening else self._rooms.get(room)

    # What the hub tells

    async def opened(self, room: str) -> None:
        """The room's events are being delivered here from now on: find out how it stands.

        Raises:
            StoreUnavailable
        """
        self._opening.add(room)
        self._rooms[room] = RoomRecord(id=room)  # gathers what happens meanwhile
        try:
            for _, event in self._unapplied.get(room, {}).values():
                self._take(room, changes(event))
            for record in await self._room_store.get([room]):
                await self._settle(record)
                self._rooms[room] = self._named(merge(record, self._rooms[room]))
            # Whoever is here was read before the room was open: what happened in between went past us.
            here = [guest.person for guest in self._guests.values() if room in guest.members]
            for member in await self._member_store.get(room, here):
                self.learn(member)
        except BaseException:
            self._rooms.pop(room, None)
            raise
        finally:
            self._opening.discard(room)

    def happened(self, room: str, event: RoomChange) -> None:
        """The next change of an open room."""
        now = asyncio.get_running_loop().time()
        self._unapplied.setdefault(room, {})[event.seq] = (now, event)
        self._take(room, changes(event))

    def closed(self, room: str) -> None:
        self._rooms.pop(room, None)

    # What is learned by other ways

    def learn(self, member: Member) -> None:
        """How somebody stands by the store, perhaps later than we know, perhaps earlier."""
        if guest := self._guests.get(member.person):
            before = guest.members.get(member.room)
            self._stands(guest, merge(member, before) if before else member, before)

    async def look_up(self, person: str, room: str) -> None:
        """Learn how somebody stands in a room, whose feed may not have come as far as the store.

        Raises:
            StoreUnavailable
        """
        for member in await self._member_store.get(room, [person]):
            self.learn(member)

    def rename(self, person: Person) -> list[RoomRecord]:
        """Somebody has another name; returns the open conversations they are in."""
        self._names.pop(person.id, None)
        self._names[person.id] = person
        if len(self._names) > MAX_KNOWN_NAMES:
            del self._names[next(iter(self._names))]
        if guest := self._guests.get(person.id):
            guest.members = {
                room: msgspec.structs.replace(member, name=person.name) for room, member in guest.members.items()
            }
        theirs = [room for room in self._rooms.values() if any(one.id == person.id for one in room.people)]
        self._rooms |= {room.id: self._named(room) for room in theirs}
        return [self._rooms[room.id] for room in theirs]

    def set_own(self, person: str, room: str, **fields: object) -> None:
        """One's own fields of a membership, `read` or `level`, were stored."""
        if (guest := self._guests.get(person)) and (member := guest.members.get(room)):
            guest.members[room] = msgspec.structs.replace(member, **fields)

    def tell(self, person: str, room: str, notice: Notice, *, but: Outbox | None = None) -> None:
        """Tell all connections that somebody has here, but the one with that outbox."""
        if guest := self._guests.get(person):
            for follower in guest.followers:
                follower.tell(room, notice, but=but)

    async def apply(self, room: str, events: Iterable[RoomChange]) -> None:
        """Bring the stores up to events that are in the log.

        Raises:
            StoreUnavailable
        """
        events = list(events)
        found = list(itertools.chain.from_iterable(changes(event) for event in events))
        if of_the_room := [change for change in found if change.person is None]:
            await self._room_store.apply(room, of_the_room)
        if of_members := [change for change in found if change.person is not None]:
            await self._member_store.apply(room, of_members)
        if room not in self._rooms:  # else its feed delivers them, in order
            self._take(room, found)
        if unapplied := self._unapplied.get(room):
            for event in events:
                unapplied.pop(event.seq, None)
            if not unapplied:
                del self._unapplied[room]

    def is_settled(self, room: str) -> bool:
        """Whether the stores have all that this replica knows of a room."""
        return room not in self._unapplied

    def delivered(self, room: str) -> list[RoomChange]:
        """What was delivered here of a room, and not applied by us."""
        return [event for _, event in self._unapplied.get(room, {}).values()]

    def unapplied(self, seconds: float) -> list[tuple[str, list[RoomChange]]]:
        """What was delivered at least so long ago and not applied by us: whoever committed it may have died."""
        due = asyncio.get_running_loop().time() - seconds
        late = (
            (room, [event for at, event in events.values() if at <= due]) for room, events in self._unapplied.items()
        )
        return [(room, events) for room, events in late if events]

    def found_ahead(self) -> dict[str, RoomChange]:
        """Of each room whose log was ahead as it was opened, the last event that moved somebody; each is told once."""
        found, self._ahead = self._ahead, {}
        return found

    async def _load(self, guest: _Guest) -> None:
        try:
            for member in await self._member_store.of(guest.person):
                before = guest.members.get(member.room)
                guest.members[member.room] = merge(member, before) if before else member
            guest.loaded = True
        except BaseException:  # the next to come tries anew
            if self._guests.get(guest.person) is guest:
                del self._guests[guest.person]
            raise

    async def _settle(self, record: RoomRecord) -> None:
        seq = record.settled
        while events := await self._events.changes(record.id, seq, SETTLE_EVENTS):
            await self.apply(record.id, events)
            for event in events:
                self._take(record.id, changes(event))
            seq = events[-1].seq
            if moves := [event for event in events if isinstance(event, MOVES)]:
                self._ahead[record.id] = moves[-1]
        if seq > record.settled:
            await self._room_store.settle(record.id, seq)

    def _named(self, record: RoomRecord) -> RoomRecord:
        people = [self._names.get(one.id, one) for one in record.people]
        return msgspec.structs.replace(record, people=people)

    def _take(self, room: str, found: Iterable[Change]) -> None:
        for change in found:
            if change.person is None:
                if record := self._rooms.get(room):
                    self._rooms[room] = apply(record, change)
            elif guest := self._guests.get(change.person):
                before = guest.members.get(room)
                self._stands(guest, apply(before or Member(room=room, person=guest.person), change), before)

    def _stands(self, guest: _Guest, member: Member, before: Member | None) -> None:
        guest.members[member.room] = member
        if member.inside != (before is not None and before.inside):
            for follower in list(guest.followers):
                follower.membership_changed(member.room)
