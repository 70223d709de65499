"""Which room somebody may do something in: every request is checked against how they stand there now."""

import asyncio
import time

import msgspec

from chat_service import rights
from chat_service.attendance import Attendance
from chat_service.directory import MemberStore, RoomStore
from chat_service.errors import SlowMode, UnknownRoom
from chat_service.events import Room
from chat_service.membership import Member, RoomRecord
from chat_service.visitor import Visitor


class Standing(msgspec.Struct, frozen=True):
    """A room, and how somebody stands in it."""

    visitor: Visitor
    room: RoomRecord
    member: Member

    @property
    def rank(self) -> rights.Rank:
        return rights.rank(self.visitor, self.room, self.member)


class Access:
    """Whatever one connection asks for in a row goes on in that order: of whoever is connected here, and of open rooms,
    it knows without a pause, and another room is read once for all who ask meanwhile.

    Every method may raise StoreUnavailable.
    """

    def __init__(self, attendance: Attendance, rooms: RoomStore, members: MemberStore) -> None:
        self._attendance = attendance
        self._rooms = rooms
        self._members = members
        self._reading: dict[str, asyncio.Future[list[RoomRecord]]] = {}

    async def standing(self, visitor: Visitor, room: str) -> Standing:
        """How the visitor stands in a room that they may see.

        Raises:
            UnknownRoom: there is none, or they may not see it.
        """
        record = None if room in self._reading else self._attendance.room(room)
        if record is None:
            record = await self._read(room)
        standing = Standing(visitor, record, await self.member_of(room, visitor.person.id))
        if not rights.may_see(visitor, record, standing.member):
            raise UnknownRoom
        return standing

    async def member(self, visitor: Visitor, room: str) -> Standing:
        """How the visitor stands in a room that they are in.

        Raises:
            UnknownRoom: there is none, or they are not in it.
        """
        standing = await self.standing(visitor, room)
        if not standing.member.inside:
            raise UnknownRoom
        return standing

    async def seen(self, visitor: Visitor, room: str) -> Room:
        """A room that the visitor may see.

        Raises:
            UnknownRoom
        """
        return (await self.standing(visitor, room)).room.room

    async def member_of(self, room: str, person: str) -> Member:
        """How anybody stands in a room."""
        known = self._attendance.member(person, room)
        if known is not None and known.inside:
            return known
        # Who is not, may have become so a moment ago at another replica, which this one has not heard of yet.
        for member in await self._members.get(room, [person]):
            self._attendance.learn(member)
            return self._attendance.member(person, room) or member
        return known or Member(room=room, person=person)

    async def _read(self, room: str) -> RoomRecord:
        reading = self._reading.get(room)
        if reading is None:
            reading = self._reading[room] = asyncio.ensure_future(self._rooms.get([room]))
            reading.add_done_callback(lambda _: self._reading.pop(room))
        found = await asyncio.shield(reading)  # all who wait for it go on in the order in which they came
        if not found:
            raise UnknownRoom
        return found[0]

    async def rooms_of(self, person: str) -> list[Room]:
        """The rooms somebody is in, by name."""
        inside = [member.room for member in await self._members.of(person) if member.inside]
        return sorted((record.room for record in await self._rooms.get(inside)), key=lambda room: room.name)

    def has_voice(self, standing: Standing) -> None:
        """Whether somebody may say something in the room now, slow mode aside.

        Raises:
            Archived, Muted
        """
        rights.may_say(standing.room, standing.member, int(time.time() * 1000))

    async def may_say(self, standing: Standing) -> None:
        """Whether somebody may say something in the room now; with slow mode, that takes their turn.

        Raises:
            Archived, Muted, SlowMode
        """
        self.has_voice(standing)
        if standing.room.slow_mode and standing.rank < rights.MODERATOR:
            person = standing.visitor.person.id
            wait = await self._members.take_turn(standing.room.id, person, standing.room.slow_mode)
            if wait > 0:
                raise SlowMode(wait)
