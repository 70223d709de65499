"""A room as its member sees it in a list."""

from collections.abc import Mapping

from chat_service import commands
from chat_service.events import Create
from chat_service.summaries import Summaries
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.in_memory import Service


async def counted(person: str, spans: Mapping[str, tuple[int, int]]) -> Mapping[str, tuple[int, int]]:
    return {room: (head - read, len(person)) for room, (read, head) in spans.items()}


async def test_it_tells_the_room_ones_standing_and_what_is_unread() -> None:
    service = await Service().start()
    ada = await service.somebody(ADA)
    room = await ada.create("garden", topic="Plants")
    await ada.do(commands.SetSlowMode, room=room, seconds=5)
    await service.all_members.set_level(room, ADA.id, "mentions")
    attendance = service.replica.attendance
    await attendance.opened(room)
    member = (await service.all_members.get(room, [ADA.id]))[0]
    (state,) = await Summaries(attendance, counted).of(ADA.id, [member], {room: 2})
    assert (state.id, state.name, state.kind, state.topic, state.slow_mode) == (room, "garden", "public", "Plants", 5)
    assert (state.head, state.role, state.level, state.unread, state.mentions) == (2, "owner", "mentions", 2, 5)


async def test_the_people_of_a_conversation_are_told_and_rooms_that_are_not_open_left_out() -> None:
    service = await Service().start()
    await service.somebody(ADA)
    attendance = service.replica.attendance
    event = Create(id="open", author=ADA, seq=1, name="", kind="direct", people=[ADA, BOB])
    await attendance.apply("d-1", [event])
    members = await service.all_members.get("d-1", [ADA.id])
    assert await Summaries(attendance, counted).of(ADA.id, members, {"d-1": 1}) == []
    await attendance.opened("d-1")
    (state,) = await Summaries(attendance, counted).of(ADA.id, members, {"d-1": 1})
    assert list(state.people) == [ADA, BOB]
