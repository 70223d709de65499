"""The rooms that one connection follows: those its person is in, from the moment they are until they are not."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import msgspec

from chat_service import naming, notices, protocol
from chat_service.attendance import Attendance
from chat_service.hub import Hub
from chat_service.outbox import Outbox
from chat_service.store import StoreUnavailable
from chat_service.summaries import Summaries


class _Followed(msgspec.Struct, eq=False):
    """`announced` once the client knows of the room."""

    head: int
    announced: bool = False


class Following:
    """`give_up` is called when a room can't be followed for want of the store: the client comes back and finds it."""

    def __init__(  # noqa: PLR0913 - what it brings together
        self,
        person: str,
        outbox: Outbox,
        *,
        hub: Hub,
        attendance: Attendance,
        summaries: Summaries,
        give_up: Callable[[], None],
    ) -> None:
        self._person = person
        self._outbox = outbox
        self._hub = hub
        self._attendance = attendance
        self._summaries = summaries
        self._give_up = give_up
        self._rooms: dict[str, _Followed] = {}
        self._entering: dict[str, asyncio.Task[None]] = {}
        self._welcomed = False
        self._ended = False

    async def begin(self, seen: Mapping[str, int]) -> list[notices.RoomState]:
        """Follow every room, with what happens held back until `release`; returns them by name.

        Raises:
            StoreUnavailable
        """
        for member in self._attendance.members(self._person):
            if member.inside:
                head = await self._hub.join(member.room, self._outbox, seen.get(member.room, 0))
                self._rooms[member.room] = _Followed(head)
                self._leave_unless_inside(member.room)
        states = await self._states(list(self._rooms))
        for state in states:
            if followed := self._rooms.get(state.id):
                followed.announced = True
        return sorted(states, key=lambda state: (naming.key(state.name), state.id))

    def follows(self, room: str) -> bool:
        return room in self._rooms

    def release(self, room: str) -> None:
        """The client is caught up with this room."""
        if room in self._rooms:
            self._hub.release(room, self._outbox)

    def welcomed(self) -> None:
        """The client has its welcome: from now on it is told what changes, and what has changed meanwhile."""
        self._welcomed = True
        for member in self._attendance.members(self._person):
            self.membership_changed(member.room)

    def membership_changed(self, room: str) -> None:
        """The person entered or left a room."""
        if self._ended:
            return
        if not self._inside(room):
            self._leave_unless_inside(room)
        elif self._welcomed and room not in self._rooms and room not in self._entering:
            task = self._entering[room] = asyncio.create_task(self._enter(room))
            task.add_done_callback(lambda _: self._entered(room))

    def tell(self, room: str, notice: notices.Notice, *, but: Outbox | None) -> None:
        """Something that concerns the person alone, of a room that the client knows of."""
        if self._outbox is not but and self._welcomed and (followed := self._rooms.get(room)) and followed.announced:
            self._put(notice)

    def end(self) -> None:
        """The connection closed."""
        self._ended = True
        for task in self._entering.values():
            task.cancel()
        for room in self._rooms:
            self._hub.leave(room, self._outbox)
        self._rooms.clear()

    async def _enter(self, room: str) -> None:
        try:
            followed = self._rooms[room] = _Followed(await self._hub.join(room, self._outbox))
            self._leave_unless_inside(room)  # they may have been removed while we waited
            states = await self._states([room])
        except StoreUnavailable:
            self._ended = True
            self._give_up()
            return
        if states and self._rooms.get(room) is followed:
            followed.announced = True
            self._put(notices.YourRoom(room=states[0]))
            self._hub.release(room, self._outbox)

    def _entered(self, room: str) -> None:
        del self._entering[room]
        self.membership_changed(room)  # they may have left and come back meanwhile

    def _leave_unless_inside(self, room: str) -> None:
        if not self._inside(room) and (followed := self._rooms.pop(room, None)):
            self._hub.leave(room, self._outbox)
            if self._welcomed and followed.announced:
                self._put(notices.Gone(room=room))

    async def _states(self, rooms: Sequence[str]) -> list[notices.RoomState]:
        members = [member for room in rooms if (member := self._attendance.member(self._person, room))]
        heads = {room: followed.head for room, followed in self._rooms.items()}
        return [state for state in await self._summaries.of(self._person, members, heads) if state.id in self._rooms]

    def _inside(self, room: str) -> bool:
        member = self._attendance.member(self._person, room)
        return member is not None and member.inside

    def _put(self, notice: notices.Notice) -> None:
        self._outbox.put(protocol.encode(notice))
