"""A room as its member sees it in a list: how it is, how they stand in it, and how much of it they have not read."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from chat_service.attendance import Attendance
from chat_service.membership import Member
from chat_service.notices import RoomState

Count = Callable[[str, Mapping[str, tuple[int, int]]], Awaitable[Mapping[str, tuple[int, int]]]]
"""Of a person, and each room with their marker and a head: what is unread between the two, and how many mentions."""


class Summaries:
    def __init__(self, attendance: Attendance, count: Count) -> None:
        self._attendance = attendance
        self._count = count

    async def of(self, person: str, members: Sequence[Member], heads: Mapping[str, int]) -> list[RoomState]:
        """The rooms of these memberships that are open here, each with the head it is followed from.

        Raises:
            StoreUnavailable
        """
        spans = {member.room: (member.read, heads[member.room]) for member in members if member.room in heads}
        counts = await self._count(person, spans)
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
