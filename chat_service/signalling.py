"""Signals: what people look at, that they type, and how far they have read. None of it is answered.

Who may not do something is not told so: a client that is in order knows.
"""

import time
from collections.abc import Sequence

import structlog

from chat_service import commands, limits, notices, rights
from chat_service.access import Access
from chat_service.attendance import Attendance
from chat_service.devices import Devices
from chat_service.directory import MemberStore
from chat_service.errors import ChatError
from chat_service.hub import Hub
from chat_service.presence import Presence
from chat_service.read_markers import ReadMarkers
from chat_service.relay import Relay
from chat_service.signals import Changed, Mark, Marked, Signal, Typed
from chat_service.store import StoreUnavailable
from chat_service.typists import Typists
from chat_service.visitor import Visitor
from chat_service.watched_room import Watcher
from chat_service.watching import Watching

log = structlog.get_logger(__name__)

SignalCommand = commands.Read | commands.Typing | commands.Watch


class Signalling:
    """Signals of this replica's connections, and those of others that come by the relay."""

    def __init__(  # noqa: PLR0913 - what it brings together
        self,
        *,
        access: Access,
        attendance: Attendance,
        devices: Devices,
        hub: Hub,
        presence: Presence,
        relay: Relay,
        members: MemberStore,
    ) -> None:
        self.devices = devices
        self.members = members
        self._access = access
        self._attendance = attendance
        self._hub = hub
        self._origins: dict[
            str, dict[str, Watcher | None]
        ] = {}  # of people and rooms: the device that moved the marker
        self._watching = Watching(hub, presence.online_among, members.ids, attendance.is_settled)
        self._typists = Typists(relay, self._watching)
        self.markers = ReadMarkers(members, relay, self._moved)
        presence.tell(self._watching.presence_changed)

    async def receive(self, watcher: Watcher, visitor: Visitor, command: SignalCommand) -> None:
        """A connection's signal; the next one of the same connection has to wait for it."""
        try:
            match command:
                case commands.Watch(rooms=rooms):
                    self._watching.watch(watcher, await self._visible(visitor, rooms))
                case commands.Typing(room=room):
                    standing = await self._access.member(visitor, room)
                    rights.may_say(standing.room, standing.member, int(time.time() * 1000))
                    self._typists.type(room, visitor.person)
                case commands.Read(room=room, seq=seq, back=back):
                    read = (await self._access.member(visitor, room)).member.read
                    seq = min(seq, self._hub.position(room))  # nobody has read what is not there
                    if seq > read or (back and seq < read):
                        self._move(watcher, room, Mark(visitor.person.id, seq, back))
        except ChatError:
            pass
        except StoreUnavailable as reason:
            log.warning("signal lost", op=type(command).__name__, reason=str(reason))

    def leave(self, watcher: Watcher) -> None:
        """A connection ended."""
        self._watching.leave(watcher)
        origins = self._origins.get(watcher.person.id, {})
        origins |= {room: None for room, origin in origins.items() if origin is watcher}  # all that are left are told
        self.markers.hurry()

    def heard(self, room: str, signal: Signal) -> None:
        """Another replica's signal."""
        match signal:
            case Typed(people=people):
                self._typists.heard(room, people)
            case Marked(marks=marks):
                self._moved(room, marks)
            case Changed(person=person):
                self.devices.changed(person, room)

    async def close(self) -> None:
        """Write the last markers, and forget the timers."""
        self._watching.close()
        self._typists.close()
        await self.markers.flush()
        self.devices.close()

    def _move(self, watcher: Watcher, room: str, mark: Mark) -> None:
        self._attendance.set_own(mark.person, room, read=mark.seq)  # what is counted from now on counts from there
        origins = self._origins.setdefault(mark.person, {})
        # Two devices at once: both are told, since neither knows what the other said.
        origins[room] = watcher if origins.get(room, watcher) is watcher else None
        self.markers.move(room, mark)

    def _moved(self, room: str, marks: Sequence[Mark]) -> None:
        """These markers are stored: one's other devices learn of it, and in small rooms the others do."""
        for mark in marks:
            origins = self._origins.get(mark.person, {})
            origin = origins.pop(room, None)
            self.devices.read(room, mark, origin.outbox if origin else None)
            if not origins:
                self._origins.pop(mark.person, None)
        if len(self._watching.members(room)) <= limits.SMALL_ROOM_PEOPLE:
            for mark in marks:
                receipt = notices.ReadUpTo(room=room, seq=mark.seq, person=mark.person)
                self._watching.tell(room, receipt, but={mark.person})

    async def _visible(self, visitor: Visitor, rooms: Sequence[str]) -> dict[str, bool]:
        visible = {}
        for room in rooms:
            try:
                visible[room] = (await self._access.seen(visitor, room)).kind == "public"
            except ChatError:
                continue
        return visible
