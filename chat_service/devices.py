"""What somebody sets for themselves in a room, told to all their devices: how far they have read, and their level."""

import asyncio
from collections.abc import Coroutine, Sequence

import structlog

from chat_service import commands, notices, signals
from chat_service.access import Access
from chat_service.attendance import Attendance
from chat_service.directory import MemberStore
from chat_service.events import ROOM_TOPIC_PREFIX, Person
from chat_service.hub import Hub
from chat_service.outbox import Outbox
from chat_service.relay import Relay
from chat_service.signals import Changed, Mark
from chat_service.store import StoreUnavailable
from chat_service.summaries import Summaries
from chat_service.visitor import Visitor

log = structlog.get_logger(__name__)


class Devices:
    def __init__(  # noqa: PLR0913 - what it brings together
        self,
        *,
        access: Access,
        attendance: Attendance,
        summaries: Summaries,
        members: MemberStore,
        hub: Hub,
        relay: Relay,
    ) -> None:
        self._access = access
        self._attendance = attendance
        self._summaries = summaries
        self._members = members
        self._hub = hub
        self._relay = relay
        self._telling: set[asyncio.Task[None]] = set()

    async def set_level(self, visitor: Visitor, command: commands.SetLevel) -> notices.Ok:
        """What a member wants to be notified of.

        Raises:
            UnknownRoom, StoreUnavailable
        """
        person = visitor.person.id
        await self._access.member(visitor, command.room)
        await self._members.set_level(command.room, person, command.level)
        self._attendance.set_own(person, command.room, level=command.level)
        self._relay.publish(ROOM_TOPIC_PREFIX + command.room, signals.encode(Changed(person)))
        self._soon(self._tell_state(person, command.room))
        return notices.Ok(id=command.id)

    def changed(self, person: str, room: str) -> None:
        """Their level was set at another replica."""
        if self._attendance.is_here(person):
            self._soon(self._look_up(person, room))

    def room_changed(self, room: str, people: Sequence[Person]) -> None:
        """Something of a conversation that is no event of its log: the names of its people."""
        for person in people:
            if self._attendance.is_here(person.id):
                self._soon(self._tell_state(person.id, room))

    def read(self, room: str, mark: Mark, origin: Outbox | None) -> None:
        """Their marker is moved, and stored: all devices here but the one where it was moved learn of it."""
        member = self._attendance.member(mark.person, room)
        if member is None:
            return
        read = mark.seq if mark.back else max(mark.seq, member.read)
        self._attendance.set_own(mark.person, room, read=read)
        if self._attendance.connections(mark.person) > (origin is not None):
            self._soon(self._tell_read(mark.person, room, origin))

    def close(self) -> None:
        for task in self._telling:
            task.cancel()

    async def _look_up(self, person: str, room: str) -> None:
        for found in await self._members.get(room, [person]):
            self._attendance.set_own(person, room, level=found.level)
        await self._tell_state(person, room)

    async def _tell_state(self, person: str, room: str) -> None:
        for state in await self._states(person, room):
            self._attendance.tell(person, room, notices.YourRoom(room=state))

    async def _tell_read(self, person: str, room: str, origin: Outbox | None) -> None:
        for state in await self._states(person, room):
            told = notices.ReadUpTo(room=room, seq=state.read, unread=state.unread, mentions=state.mentions)
            self._attendance.tell(person, room, told, but=origin)

    async def _states(self, person: str, room: str) -> list[notices.RoomState]:
        member = self._attendance.member(person, room)
        if member is None or not member.inside:
            return []
        return await self._summaries.of(person, [member], {room: self._hub.position(room)})

    def _soon(self, telling: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(telling)
        self._telling.add(task)
        task.add_done_callback(self._told)

    def _told(self, task: asyncio.Task[None]) -> None:
        self._telling.discard(task)
        if task.cancelled() or not (reason := task.exception()):
            return
        if isinstance(reason, StoreUnavailable):  # the next change tells, or the next connection
            log.warning("devices not told", reason=str(reason))
        else:
            log.error("devices not told", exc_info=reason)
