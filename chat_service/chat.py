"""The use cases: what a person can do. No sockets here, and no database calls of its own."""

import re
import unicodedata

import msgspec

from chat_service.errors import Invalid, Unavailable, UnknownRoom
from chat_service.events import AnyEvent, Join, Message, Person, Room
from chat_service.log import Log
from chat_service.protocol import MAX_TEXT_CHARS
from chat_service.store import EventStore, RoomStore, StoreUnavailable

LOBBY = Room(id="lobby", name="lobby", kind="public")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all but line feeds and tabs


class Member(msgspec.Struct, frozen=True):
    """A person and the rooms they are in, by id; each request is checked against these."""

    person: Person
    rooms: dict[str, Room]


class Chat:
    def __init__(self, rooms: RoomStore, events: EventStore, log: Log) -> None:
        self._rooms = rooms
        self._events = events
        self._log = log

    async def prepare(self) -> str:
        """Make sure of the room that everybody is in; returns the store's epoch.

        Raises:
            StoreUnavailable
        """
        await self._rooms.create(LOBBY)
        return await self._rooms.epoch()

    async def arrive(self, person: Person) -> Member:
        """Somebody who just connected; the first time, they join the lobby.

        Raises:
            Unavailable
        """
        try:
            if await self._rooms.room_for(person.id, LOBBY.id) is None:
                # The event first, and under an id of its own: whoever dies in between still joins once.
                await self._log.append(LOBBY.id, Join(id=f"join-{person.id}", author=person))
                await self._rooms.admit(LOBBY.id, person)
            return await self.member(person)
        except StoreUnavailable:
            raise Unavailable from None

    async def member(self, person: Person) -> Member:
        """Somebody as the store knows them now.

        Raises:
            Unavailable
        """
        try:
            return Member(person, {room.id: room for room in await self._rooms.rooms_of(person.id)})
        except StoreUnavailable:
            raise Unavailable from None

    async def send(self, member: Member, room: str, client_id: str, text: str) -> AnyEvent:
        """Say something in a room one is in; the same `client_id` again gives the first message again.

        Messages sent without waiting in between are stored in that order.

        Raises:
            Invalid: the text is empty, too long, or has control characters.
            UnknownRoom, Unavailable
        """
        _check_text(text)
        _check_room(member, room)
        return await self._log.append(room, Message(id=client_id, author=member.person, text=text))

    async def history(self, member: Member, room: str, before: int | None, limit: int) -> tuple[list[AnyEvent], bool]:
        """Up to `limit` events before the seq `before` (None: the newest), ascending, and whether there are earlier.

        Raises:
            UnknownRoom, Unavailable
        """
        _check_room(member, room)
        try:
            events = await self._events.before(room, before, limit)
        except StoreUnavailable:
            raise Unavailable from None
        return events, bool(events) and events[0].seq > 1

    async def since(self, member: Member, room: str, seq: int, head: int) -> list[AnyEvent]:
        """All events above `seq` up to `head`, ascending.

        Raises:
            UnknownRoom, Unavailable
        """
        _check_room(member, room)
        try:
            return [event for event in await self._events.after(room, seq, head - seq) if event.seq <= head]
        except StoreUnavailable:
            raise Unavailable from None


def _check_room(member: Member, room: str) -> None:
    if room not in member.rooms:
        raise UnknownRoom


def _check_text(text: str) -> None:
    if len(text) > MAX_TEXT_CHARS:
        raise Invalid(f"text is limited to {MAX_TEXT_CHARS} characters, this one has {len(text)}.", field="text")
    if CONTROLS.search(text):
        raise Invalid("text may not contain control characters other than line breaks and tabs.", field="text")
    if all(unicodedata.category(char)[0] in "ZC" for char in text):  # spaces, marks of direction, joiners
        raise Invalid("text is empty.", field="text")
