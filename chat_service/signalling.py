"""Signals: what people look at, that they type, and how far they have read. None of it is answered.

Who may not do something is not told so: a client that is in order knows.
"""

from collections.abc import Sequence

import structlog

from chat_service import commands, limits, notices
from chat_service.access import Access
from chat_service.directory import MemberStore
from chat_service.errors import ChatError
from chat_service.hub import Hub
from chat_service.presence import Presence
from chat_service.read_markers import ReadMarkers
from chat_service.relay import Relay
from chat_service.signals import Mark, Marked, Signal, Typed
from chat_service.store import StoreUnavailable
from chat_service.typists import Typists
from chat_service.visitor import Visitor
from chat_service.watched_room import Watcher
from chat_service.watching import Watching

log = structlog.get_logger(__name__)

SignalCommand = commands.Read | commands.Typing | commands.Watch


class Signalling:
    """Signals of this replica's connections, and those of others that come by the relay."""

    def __init__(self, access: Access, hub: Hub, presence: Presence, relay: Relay, members: MemberStore) -> None:
        self._access = access
        self._hub = hub
        self._watching = Watching(hub, presence.online_among, members.ids)
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
                    await self._access.member(visitor, room)
                    self._typists.type(room, visitor.person)
                case commands.Read(room=room, seq=seq, back=back):
                    await self._access.member(visitor, room)
                    head = self._hub.position(room)  # a client can't have read what is not there
                    self.markers.move(room, Mark(visitor.person.id, min(seq, head), back))
        except ChatError:
            pass
        except StoreUnavailable as reason:
            log.warning("signal lost", op=type(command).__name__, reason=str(reason))

    def leave(self, watcher: Watcher) -> None:
        """A connection ended."""
        self._watching.leave(watcher)
        self.markers.hurry()

    def heard(self, room: str, signal: Signal) -> None:
        """Another replica's signal."""
        match signal:
            case Typed(people=people):
                self._typists.heard(room, people)
            case Marked(marks=marks):
                self._moved(room, marks)

    async def close(self) -> None:
        """Write the last markers, and forget the timers."""
        self._watching.close()
        self._typists.close()
        await self.markers.flush()

    def _moved(self, room: str, marks: Sequence[Mark]) -> None:
        """These markers are stored: in small rooms the others see how far somebody has read."""
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
