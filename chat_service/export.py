"""What this service keeps of a person, for them to take along: where they are, and all that they said and did there."""

from collections.abc import AsyncIterator

import msgspec

from chat_service.archive import Archive
from chat_service.directory import MemberStore, RoomStore
from chat_service.events import AnyEvent, Person, Room
from chat_service.membership import Member

PAGE_EVENTS = 500


class ExportedRoom(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A room that somebody is in, or was in; `since` in milliseconds since the epoch, `events` are those of theirs.

    What a room is called now is told of those that they may see.
    """

    id: str
    room: Room | None = None
    inside: bool
    role: str
    since: int
    read: int
    level: str
    events: list[AnyEvent]


class Export:
    def __init__(self, rooms: RoomStore, members: MemberStore, archive: Archive) -> None:
        self._rooms = rooms
        self._members = members
        self._archive = archive

    async def of(self, person: Person) -> AsyncIterator[bytes]:
        """One JSON object, in pieces: a large part of a lifetime may be in it.

        Raises:
            StoreUnavailable
        """
        yield b'{"person":' + msgspec.json.encode(person) + b',"rooms":['
        first = True
        for member in await self._members.of(person.id):
            yield b"" if first else b","
            first = False
            async for piece in self._room(await self._seen(member), member):
                yield piece
        yield b"]}\n"

    async def _seen(self, member: Member) -> Room | None:
        for record in await self._rooms.get([member.room]):
            if member.inside or (record.kind == "public" and not member.banned):
                return record.room
        return None

    async def _room(self, room: Room | None, member: Member) -> AsyncIterator[bytes]:
        """A room piece by piece: its events last, page after page."""
        head = ExportedRoom(
            id=member.room,
            room=room,
            inside=member.inside,
            role=member.role,
            since=member.since,
            read=member.read,
            level=member.level,
            events=[],
        )
        yield msgspec.json.encode(head).removesuffix(b"]}")
        after = ""
        while events := await self._archive.by_author(member.room, member.person, after, PAGE_EVENTS):
            yield (b"," if after else b"") + msgspec.json.encode(events)[1:-1]
            after = events[-1].id
        yield b"]}"
