"""Rooms and members, put into a directory for its tests."""

from chat_service.events import AnyEvent, Person, Role
from chat_service.membership import Change, Member, changes, of_room
from tests.contracts.conftest import Directory

ROOM = "garden"
EVE = Person("p-eve", "eve")


async def apply(directory: Directory, *events: AnyEvent, room: str = ROOM) -> None:
    for event in of_room(events):
        found = changes(event)
        await directory.rooms.apply(room, [change for change in found if change.person is None])
        await directory.members.apply(room, [change for change in found if change.person is not None])


async def create(directory: Directory, room: str, name: str, kind: str = "public") -> None:
    await directory.rooms.apply(room, [Change(None, 1, {"name": name, "kind": kind})])


async def enter(directory: Directory, *people: Person, room: str = ROOM, role: Role = "member", seq: int = 1) -> None:
    values = [{"present": True, "since": seq, "role": role, "name": person.name} for person in people]
    await directory.members.apply(
        room, [Change(person.id, seq, value) for person, value in zip(people, values, strict=True)]
    )


async def member(directory: Directory, person: Person, room: str = ROOM) -> Member:
    (found,) = await directory.members.get(room, [person.id])
    return found
