"""The directory in this process's memory: for tests, as true to the ports' promises as the real one."""

import itertools
import secrets
import time
from collections.abc import Collection, Sequence

import msgspec

from chat_service import naming
from chat_service.commands import Level
from chat_service.directory import CLAIM_SECONDS, DELETED_NAME, END_OF_NAMES, Moment
from chat_service.events import Person
from chat_service.membership import Change, Member, RoomRecord, apply
from chat_service.signals import Mark


class MemoryRoomStore:
    def __init__(self) -> None:
        self._epoch = secrets.token_urlsafe(8)
        self._rooms: dict[str, RoomRecord] = {}
        self._claims: dict[str, tuple[str, float]] = {}

    async def epoch(self) -> str:
        return self._epoch

    async def apply(self, room: str, changes: Sequence[Change]) -> None:
        for change in changes:
            self._rooms[room] = apply(self._rooms.get(room, RoomRecord(id=room)), change)

    async def settle(self, room: str, seq: int) -> None:
        if (record := self._rooms.get(room)) and seq > record.settled:
            self._rooms[room] = msgspec.structs.replace(record, settled=seq)

    async def get(self, rooms: Collection[str]) -> list[RoomRecord]:
        return [self._rooms[room] for room in rooms if room in self._rooms]

    async def claim(self, name: str, room: str) -> bool:
        key = naming.key(name)
        holder, at = self._claims.get(key, (room, 0.0))
        if holder != room:
            held = self._rooms.get(holder)
            if (held and naming.key(held.name) == key) or time.time() - at < CLAIM_SECONDS:
                return False
        self._claims[key] = (room, time.time())
        return True

    async def find(self, query: str, after: str | None, limit: int) -> list[RoomRecord]:
        public = sorted((naming.key(room.name), room.id) for room in self._rooms.values() if room.kind == "public")
        start = (naming.key(self._rooms[after].name), after) if after in self._rooms else ("", "")
        found = [room for name, room in public if naming.key(query) in name and (name, room) > start]
        return [self._rooms[room] for room in found[:limit]]

    async def rename_person(self, person: Person) -> None:
        for room in self._rooms.values():
            people = [person if one.id == person.id else one for one in room.people]
            if people != list(room.people):
                self._rooms[room.id] = msgspec.structs.replace(room, people=people)


class MemoryMemberStore:
    def __init__(self) -> None:
        self._members: dict[str, dict[str, Member]] = {}
        self._changed: dict[tuple[str, str], int] = {}
        self._said: dict[tuple[str, str], float] = {}

    async def apply(self, room: str, changes: Sequence[Change]) -> None:
        members = self._members.setdefault(room, {})
        for change in changes:
            if change.person is None:
                continue
            before = members.get(change.person, Member(room=room, person=change.person))
            after = members[change.person] = apply(before, change)
            if after is not before:
                self._changed[room, change.person] = int(time.time() * 1000)

    async def get(self, room: str, people: Collection[str]) -> list[Member]:
        members = self._members.get(room, {})
        return [members[person] for person in people if person in members]

    async def of(self, person: str) -> list[Member]:
        return [members[person] for members in self._members.values() if person in members]

    async def last_change(self) -> int:
        return max(self._changed.values(), default=0)

    async def changed(self, after: Moment, limit: int) -> list[tuple[Moment, Member]]:
        since, tie = after[0], after[1] or END_OF_NAMES
        all_of_them = sorted((at, f"{room} {person}", room, person) for (room, person), at in self._changed.items())
        later = [change for change in all_of_them if change[:2] > (since, tie)]
        return [((at, which), self._members[room][person]) for at, which, room, person in later[:limit]]

    async def ids(self, room: str) -> list[str]:
        return [member.person for member in self._members.get(room, {}).values() if member.inside]

    async def find(self, room: str, query: str, after: str | None, limit: int, *, banned: bool) -> list[Member]:
        members = self._members.get(room, {})
        wanted = sorted(
            (naming.key(member.name), member.person)
            for member in members.values()
            if (member.banned if banned else member.inside) and naming.key(member.name).startswith(naming.key(query))
        )
        start = (naming.key(members[after].name), after) if after in members else ("", "")
        return [members[person] for name, person in wanted if (name, person) > start][:limit]

    async def named(self, room: str, keys: Collection[str]) -> list[Person]:
        inside = [member for member in self._members.get(room, {}).values() if member.inside]
        return [Person(member.person, member.name) for member in inside if naming.key(member.name) in keys]

    async def count(self, rooms: Collection[str]) -> dict[str, int]:
        return {room: sum(member.inside for member in self._members.get(room, {}).values()) for room in rooms}

    async def owners(self, room: str) -> list[str]:
        members = self._members.get(room, {}).values()
        owners = (member.person for member in members if member.inside and member.role == "owner")
        return list(itertools.islice(owners, 2))

    async def eldest(self, room: str) -> Member | None:
        inside = [member for member in self._members.get(room, {}).values() if member.inside]
        return min(inside, key=lambda one: (one.role != "moderator", one.since, one.person), default=None)

    async def mark_read(self, marks: Sequence[tuple[str, Mark]]) -> None:
        for room, mark in marks:
            if member := self._members.get(room, {}).get(mark.person):
                read = mark.seq if mark.back else max(member.read, mark.seq)
                self._members[room][mark.person] = msgspec.structs.replace(member, read=read)

    async def set_level(self, room: str, person: str, level: Level) -> None:
        if member := self._members.get(room, {}).get(person):
            self._members[room][person] = msgspec.structs.replace(member, level=level)

    async def take_turn(self, room: str, person: str, seconds: int) -> float:
        now = time.time()
        wait = self._said.get((room, person), 0.0) + seconds - now
        if wait > 0:
            return wait
        self._said[room, person] = now
        return 0.0

    def rename(self, person: Person) -> None:
        for members in self._members.values():
            if member := members.get(person.id):
                members[person.id] = msgspec.structs.replace(member, name=person.name)


class MemoryPeopleStore:
    def __init__(self, members: MemoryMemberStore) -> None:
        self._members = members
        self._people: dict[str, Person] = {}

    async def know(self, person: Person) -> None:
        self._people[person.id] = person
        self._members.rename(person)

    async def get(self, people: Collection[str]) -> list[Person]:
        return [self._people[person] for person in people if person in self._people]

    async def find(self, query: str, after: str | None, limit: int) -> list[Person]:
        everybody = sorted((naming.key(person.name), person.id) for person in self._people.values())
        start = (naming.key(self._people[after].name), after) if after in self._people else ("", "")
        found = [entry for entry in everybody if entry[0].startswith(naming.key(query)) and entry > start]
        return [self._people[person] for _, person in found[:limit]]

    async def forget(self, person: str) -> None:
        self._people.pop(person, None)
        self._members.rename(Person(person, DELETED_NAME))
