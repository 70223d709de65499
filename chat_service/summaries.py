"""A room as its member sees it in a list: how it is, how they stand in it, and how much of it they have not read."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from chat_service.attendance import Attendance
from chat_service.membership import Member
from chat_service.notices import RoomState

Count = Callable[[str, Mapping[str, int]], Awaitable[Mapping[str, tuple[int, int]]]]
"""Of a person, and each room with their marker: how much is unread above it, and how many mentions."""


class Summaries:
    def __init__(self, attendance: Attendance, count: Count | None = None) -> None:
        self._attendance = attendance
        self._count = count

    async def of(self, person: str, members: Sequence[Member], heads: Mapping[str, int]) -> list[RoomState]:
        """The rooms of these memberships that are open here, each with the head it is followed from.

        Raises:
            StoreUnavailable
        """
        markers = {member.room: member.read for member in members}
        counts = await self._count(person, markers) if self._count else {}
        states = []
        for member in members:
            record = self._attendance.room(member.room)
            if record is None or member.room not in heads:
                continue
            unread, mentions = counts.get(member.room, (0, 0))
            states.append(
                RoomState(
                    id=record.id,
                    name=record.name,
                    kind=record.kind,
                    topic=record.topic,
                    archived=record.archived,
                    slow_mode=record.slow_mode,
                    people=tuple(record.people),
                    head=heads[member.room],
                    read=member.read,
                    unread=unread,
                    mentions=mentions,
                    role=member.role,
                    level=member.level,
                    muted_until=member.muted_until,
                )
            )
        return states
