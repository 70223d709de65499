"""Finding rooms, people and members: the use cases. Each answer is bounded, and `next` begins the one after."""

from typing import TypeVar

from chat_service import commands, notices, rights
from chat_service.access import Access
from chat_service.directory import MemberStore, PeopleStore, RoomStore
from chat_service.errors import NotAllowed
from chat_service.events import Person
from chat_service.limits import SMALL_ROOM_PEOPLE
from chat_service.succession import Succession
from chat_service.visitor import Visitor

T = TypeVar("T")


class Finding:
    """Every use case may raise StoreUnavailable."""

    def __init__(
        self, access: Access, succession: Succession, rooms: RoomStore, members: MemberStore, people: PeopleStore
    ) -> None:
        self._access = access
        self._succession = succession
        self._rooms = rooms
        self._members = members
        self._people = people

    async def rooms(self, visitor: Visitor, command: commands.FindRooms) -> notices.FoundRooms:
        """Public rooms by name, with how many are in each."""
        rooms, more = _page(await self._rooms.find(command.query, command.after, command.limit + 1), command.limit)
        counts = await self._members.count([room.id for room in rooms])
        standings = [await self._access.member_of(room.id, visitor.person.id) for room in rooms]
        found = [
            notices.FoundRoom(
                id=room.id,
                name=room.name,
                topic=room.topic,
                archived=room.archived,
                members=counts[room.id],
                joined=member.inside,
            )
            for room, member in zip(rooms, standings, strict=True)
        ]
        return notices.FoundRooms(id=command.id, rooms=found, next=rooms[-1].id if more else None)

    async def people(self, _visitor: Visitor, command: commands.FindPeople) -> notices.FoundPeople:
        """Everybody who has ever been here, by name."""
        found = await self._people.find(command.query, command.after, command.limit + 1)
        people, more = _page(found, command.limit)
        return notices.FoundPeople(id=command.id, people=people, next=people[-1].id if more else None)

    async def members(self, visitor: Visitor, command: commands.FindMembers) -> notices.FoundMembers:
        """Who is in a room, by name; or who is banned, for those who moderate it: after all that the visitor was told.

        Raises:
            UnknownRoom, NotAllowed, Unavailable
        """
        standing = await self._access.standing(visitor, command.room)
        if command.banned and standing.rank < rights.MODERATOR:
            raise NotAllowed("Only moderators of this room may see who is banned.", field="banned")
        await self._succession.settle(command.room)
        found = await self._members.find(
            command.room, command.query, command.after, command.limit + 1, banned=command.banned
        )
        members, more = _page(found, command.limit)
        total = (await self._members.count([command.room]))[command.room]
        return notices.FoundMembers(
            id=command.id,
            room=command.room,
            members=[
                notices.Membership(
                    person=Person(member.person, member.name),
                    role=member.role,
                    since=member.since,
                    muted_until=member.muted_until,
                    read=member.read if total <= SMALL_ROOM_PEOPLE and standing.member.inside else None,
                )
                for member in members
            ],
            total=total,
            next=members[-1].person if more else None,
        )


def _page(found: list[T], limit: int) -> tuple[list[T], bool]:
    return found[:limit], len(found) > limit
