"""Arriving: somebody connects, and finds the rooms they are in; the first time, that is the lobby."""

import structlog

from chat_service import commands, rights
from chat_service.access import Access
from chat_service.attendance import Attendance, Follower
from chat_service.changing import Changing
from chat_service.directory import PeopleStore, RoomStore
from chat_service.errors import ChatError, Unavailable
from chat_service.events import Join, Person, Room
from chat_service.membership import Change
from chat_service.store import StoreUnavailable
from chat_service.visitor import RoomInvitation, Visitor

log = structlog.get_logger(__name__)

MAX_VISITED = 10_000
LOBBY = Room(id="lobby", name="lobby", kind="public")


class Lobby:
    def __init__(
        self, attendance: Attendance, access: Access, changing: Changing, rooms: RoomStore, people: PeopleStore
    ) -> None:
        self._attendance = attendance
        self._access = access
        self._changing = changing
        self._rooms = rooms
        self._people = people
        self._visited: dict[str, tuple[object, ...]] = {}  # who asked lately, so that the next time costs nothing

    async def prepare(self) -> str:
        """Make sure of the room that everybody is in; returns the store's epoch.

        Raises:
            StoreUnavailable
        """
        made = {"name": LOBBY.name, "kind": LOBBY.kind}  # as if its first event had made it
        await self._rooms.claim(LOBBY.name, LOBBY.id)
        await self._rooms.apply(LOBBY.id, [Change(None, 1, made)])
        return await self._rooms.epoch()

    async def arrive(self, visitor: Visitor, follower: Follower) -> None:
        """A connection of somebody opened; the first time, they join the lobby. Who left it stays out.

        Raises:
            Unavailable
        """
        person = visitor.person
        try:
            await self._attendance.arrive(person.id, follower)
            known = self._attendance.members(person.id)
            if all(member.name != person.name for member in known):
                await self._people.know(person)
            if all(member.room != LOBBY.id for member in known):
                await self._let_in(LOBBY.id, Join(id=f"join-{person.id}", author=person))
            for invitation in visitor.invitations:
                await self._admit(visitor, invitation)
        except StoreUnavailable:
            raise Unavailable from None

    async def visit(self, visitor: Visitor) -> None:
        """Somebody asks, perhaps before they ever had a connection: the first time, they join the lobby.

        Links into rooms are honoured as by `arrive`.

        Raises:
            Unavailable
        """
        person = visitor.person
        visit = person.name, *visitor.invitations
        if self._visited.get(person.id) == visit:
            return
        try:
            member = await self._access.member_of(LOBBY.id, person.id)
            if member.name != person.name:
                await self._people.know(person)
            if not member.since and not member.banned:
                await self._let_in(LOBBY.id, Join(id=f"join-{person.id}", author=person))
            for invitation in visitor.invitations:
                await self._admit(visitor, invitation)
        except StoreUnavailable:
            raise Unavailable from None
        self._visited.pop(person.id, None)
        self._visited[person.id] = visit
        if len(self._visited) > MAX_VISITED:
            del self._visited[next(iter(self._visited))]

    async def _admit(self, visitor: Visitor, invitation: RoomInvitation) -> None:
        """Whoever came by a link into a room is in it, if whoever made the link may still invite."""
        try:
            host = await self._access.standing(Visitor(Person(invitation.by, "")), invitation.room)
            rights.check(host.visitor, host.room, host.member, commands.InvitePerson)
        except ChatError as reason:
            log.info("invitation not honoured", invitation=invitation.id, reason=reason.code)
            return
        member = await self._access.member_of(invitation.room, visitor.person.id)
        if not member.banned and not member.since:  # once: who left or was removed does not come back by an old token
            join = Join(id=f"invited-{invitation.id}", author=visitor.person, invited_by=invitation.by)
            await self._let_in(invitation.room, join)

    async def _let_in(self, room: str, join: Join) -> None:
        """Once, by an id that is always the same: whoever dies in between, or comes twice at once, still joins once."""
        await self._changing.commit(room, join)
        await self._attendance.look_up(join.author.id, room)  # the welcome must have it, however late the feed is
