"""Rooms and who is in them: the use cases. docs/protocol.md says who may do what."""

import hashlib
import time
from collections.abc import Awaitable, Callable
from typing import Any

from chat_service import commands, naming, notices, rights
from chat_service.access import Access, Standing
from chat_service.changing import Changing
from chat_service.directory import MemberStore, PeopleStore, RoomStore
from chat_service.errors import Archived, Banned, ChatError, Invalid, LastOwner, NameTaken, NotAllowed, UnknownPerson
from chat_service.events import (
    Archive,
    Ban,
    ChangeRole,
    ChangeTopic,
    Create,
    Invite,
    Join,
    Leave,
    Mute,
    Person,
    Remove,
    Rename,
    RoomChange,
    SlowMode,
    Unarchive,
    Unban,
    Unmute,
)
from chat_service.limits import MAX_CONVERSATION_PEOPLE
from chat_service.membership import Member
from chat_service.visitor import Visitor

Draft = Callable[[Standing, Any], Awaitable[RoomChange | None]]
CHANGES = tuple(rights.NEEDED.keys() | {commands.JoinRoom})
"""The commands that `change` answers."""


class Rooms:
    """Every use case may raise Unavailable and StoreUnavailable; repeating it with the same id is safe."""

    def __init__(
        self, access: Access, changing: Changing, rooms: RoomStore, members: MemberStore, people: PeopleStore
    ) -> None:
        self._access = access
        self._changing = changing
        self._rooms = rooms
        self._members = members
        self._people = people
        self._drafts: dict[type[commands.Command], Draft] = {
            commands.JoinRoom: self._join,
            commands.LeaveRoom: self._leave,
            commands.InvitePerson: self._invite,
            commands.RemovePerson: self._remove,
            commands.BanPerson: self._ban,
            commands.UnbanPerson: self._unban,
            commands.MutePerson: self._mute,
            commands.UnmutePerson: self._unmute,
            commands.SetRole: self._role,
            commands.RenameRoom: self._rename,
            commands.SetTopic: self._topic,
            commands.ArchiveRoom: self._archive,
            commands.UnarchiveRoom: self._unarchive,
            commands.SetSlowMode: self._slow_mode,
        }

    async def create(self, visitor: Visitor, command: commands.CreateRoom) -> notices.Ok:
        """Make a room and own it. Its id follows from who asks and their request, so that a retry makes the same.

        Raises:
            Invalid, NameTaken
        """
        name, topic = naming.room_name(command.name), naming.topic(command.topic)
        room = _derived("r", visitor.person.id, command.id)
        if command.kind == "public" and not await self._rooms.claim(name, room):
            raise NameTaken
        draft = Create(id=command.id, author=visitor.person, name=name, kind=command.kind, topic=topic)
        event = await self._changing.commit(room, draft)
        return notices.Ok(id=command.id, seq=event.seq, at=event.at, room=room)

    async def open(self, visitor: Visitor, command: commands.OpenConversation) -> notices.Ok:
        """The direct conversation with these people. Its id follows from theirs, and so does its first event.

        Raises:
            Invalid, UnknownPerson
        """
        ids = sorted({visitor.person.id, *command.people})
        if not 1 < len(ids) <= MAX_CONVERSATION_PEOPLE:
            raise Invalid(f"A conversation has 2 to {MAX_CONVERSATION_PEOPLE} people, you included.", field="people")
        room = _derived("d", *ids)
        if not await self._rooms.get([room]):
            known = {person.id: person for person in await self._people.get(ids)} | {visitor.person.id: visitor.person}
            if len(known) < len(ids):
                raise UnknownPerson(field="people")
            people = [known[person] for person in ids]
            # Whoever of them opens it, and however many at once: it is the same event.
            await self._changing.commit(
                room, Create(id="open", author=people[0], name="", kind="direct", people=people)
            )
        return notices.Ok(id=command.id, room=room)

    async def change(self, visitor: Visitor, command: commands.RoomRequest) -> notices.Ok:
        """Whatever else happens to a room or to who is in it; nothing where it is so already.

        Raises:
            UnknownRoom, UnknownPerson, NotAllowed, Banned, Archived, LastOwner, NameTaken, Invalid
        """
        try:
            standing = await self._access.standing(visitor, command.room)
            draft = await self._drafts[type(command)](standing, command)
        except ChatError:
            # Perhaps this very request was done, and only its answer got lost: who left can't leave again.
            event = await self._changing.committed_before(command.room, visitor.person.id, command.id)
            if event is None:
                raise
            return notices.Ok(id=command.id, seq=event.seq, at=event.at)
        if draft is None:
            before = await self._changing.committed_before(command.room, visitor.person.id, command.id)
            return notices.Ok(id=command.id, seq=before.seq if before else None, at=before.at if before else None)
        event = await self._changing.commit(command.room, draft)
        return notices.Ok(id=command.id, seq=event.seq, at=event.at)

    # What each request comes to: an event, or None where it is so already

    async def _join(self, standing: Standing, command: commands.JoinRoom) -> RoomChange | None:
        if standing.member.inside:
            return None
        if standing.member.banned:
            raise Banned
        if standing.room.kind != "public":
            raise NotAllowed("Into this room one is invited.")
        return Join(id=command.id, author=standing.visitor.person)

    async def _leave(self, standing: Standing, command: commands.LeaveRoom) -> RoomChange | None:
        if not standing.member.inside:
            return None
        rights.check(standing.visitor, standing.room, standing.member, commands.LeaveRoom)
        if standing.member.role == "owner":
            alone = (await self._members.count([standing.room.id]))[standing.room.id] == 1
            if not alone:
                await self._need_another_owner(standing.room.id, standing.visitor.person.id)
        return Leave(id=command.id, author=standing.visitor.person)

    async def _invite(self, standing: Standing, command: commands.InvitePerson) -> RoomChange | None:
        self._check(standing, command)
        person, member = await self._somebody(command)
        if member.inside:
            return None
        if member.banned:
            raise NotAllowed("This person is banned from the room. Lift the ban first.", field="person")
        return Invite(id=command.id, author=standing.visitor.person, person=person)

    async def _remove(self, standing: Standing, command: commands.RemovePerson) -> RoomChange | None:
        self._check(standing, command)
        person, member = await self._somebody_inside(command)
        rights.check_below(standing.visitor, standing.room, standing.member, member)
        return Remove(id=command.id, author=standing.visitor.person, person=person)

    async def _ban(self, standing: Standing, command: commands.BanPerson) -> RoomChange | None:
        self._check(standing, command)
        person, member = await self._somebody(command)
        if member.banned:
            return None
        rights.check_below(standing.visitor, standing.room, standing.member, member)
        return Ban(id=command.id, author=standing.visitor.person, person=person)

    async def _unban(self, standing: Standing, command: commands.UnbanPerson) -> RoomChange | None:
        self._check(standing, command)
        person, member = await self._somebody(command)
        return Unban(id=command.id, author=standing.visitor.person, person=person) if member.banned else None

    async def _mute(self, standing: Standing, command: commands.MutePerson) -> RoomChange | None:
        self._check(standing, command)
        person, member = await self._somebody_inside(command)
        rights.check_below(standing.visitor, standing.room, standing.member, member)
        until = int(time.time() * 1000) + command.seconds * 1000
        return Mute(id=command.id, author=standing.visitor.person, person=person, until=until)

    async def _unmute(self, standing: Standing, command: commands.UnmutePerson) -> RoomChange | None:
        self._check(standing, command)
        person, member = await self._somebody(command)
        return Unmute(id=command.id, author=standing.visitor.person, person=person) if member.muted_until else None

    async def _role(self, standing: Standing, command: commands.SetRole) -> RoomChange | None:
        self._check(standing, command)
        person, member = await self._somebody_inside(command)
        if member.role == command.role:
            return None
        if member.role == "owner":
            await self._need_another_owner(standing.room.id, person.id)
        return ChangeRole(id=command.id, author=standing.visitor.person, person=person, role=command.role)

    async def _rename(self, standing: Standing, command: commands.RenameRoom) -> RoomChange | None:
        self._check(standing, command)
        _check_not_archived(standing)
        name = naming.room_name(command.name)
        if name == standing.room.name:
            return None
        if standing.room.kind == "public" and not await self._rooms.claim(name, standing.room.id):
            raise NameTaken
        return Rename(id=command.id, author=standing.visitor.person, name=name)

    async def _topic(self, standing: Standing, command: commands.SetTopic) -> RoomChange | None:
        self._check(standing, command)
        _check_not_archived(standing)
        topic = naming.topic(command.topic)
        if topic == standing.room.topic:
            return None
        return ChangeTopic(id=command.id, author=standing.visitor.person, topic=topic)

    async def _archive(self, standing: Standing, command: commands.ArchiveRoom) -> RoomChange | None:
        self._check(standing, command)
        return None if standing.room.archived else Archive(id=command.id, author=standing.visitor.person)

    async def _unarchive(self, standing: Standing, command: commands.UnarchiveRoom) -> RoomChange | None:
        self._check(standing, command)
        return Unarchive(id=command.id, author=standing.visitor.person) if standing.room.archived else None

    async def _slow_mode(self, standing: Standing, command: commands.SetSlowMode) -> RoomChange | None:
        self._check(standing, command)
        _check_not_archived(standing)
        if command.seconds == standing.room.slow_mode:
            return None
        return SlowMode(id=command.id, author=standing.visitor.person, seconds=command.seconds)

    def _check(self, standing: Standing, command: commands.RoomRequest) -> None:
        rights.check(standing.visitor, standing.room, standing.member, type(command))

    async def _somebody(self, command: commands.PersonRequest) -> tuple[Person, Member]:
        """Anybody who is known, and how they stand in the room."""
        known = await self._people.get([command.person])
        if not known:
            raise UnknownPerson
        return known[0], await self._access.member_of(command.room, command.person)

    async def _somebody_inside(self, command: commands.PersonRequest) -> tuple[Person, Member]:
        member = await self._access.member_of(command.room, command.person)
        if not member.inside:
            raise UnknownPerson("Nobody of this id is in this room.")
        return Person(command.person, member.name), member

    async def _need_another_owner(self, room: str, person: str) -> None:
        if not set(await self._members.owners(room)) - {person}:
            raise LastOwner


def _check_not_archived(standing: Standing) -> None:
    if standing.room.archived:
        raise Archived


def _derived(kind: str, *parts: str) -> str:
    """A room's id, the same whenever it is made of the same parts."""
    return f"{kind}-{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:32]}"
