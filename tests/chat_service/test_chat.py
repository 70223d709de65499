"""The use cases, on stores in memory."""

import asyncio

import pytest

from chat_service import log as room_log
from chat_service.chat import LOBBY, Chat, Member
from chat_service.errors import Invalid, Unavailable, UnknownRoom
from chat_service.events import Join, Person, Room
from chat_service.log import Log
from chat_service.store import StoreUnavailable
from chat_service.store_memory import MemoryEventStore, MemoryRoomStore
from tests.chat_service.examples import ADA, BOB, seqs
from tests.chat_service.faulty_store import FaultyEventStore


class Rooms(MemoryRoomStore):
    """A room store that can be away, or die after the next admission began."""

    down = False
    dies_before_admitting = False

    async def room_for(self, person: str, room: str) -> Room | None:
        if self.down:
            raise StoreUnavailable("down")
        return await super().room_for(person, room)

    async def rooms_of(self, person: str) -> list[Room]:
        if self.down:
            raise StoreUnavailable("down")
        return await super().rooms_of(person)

    async def admit(self, room: str, person: Person) -> None:
        if self.dies_before_admitting:
            self.dies_before_admitting = False
            raise StoreUnavailable("died")
        await super().admit(room, person)


class Service:
    def __init__(self) -> None:
        self.rooms = Rooms()
        self.memory = MemoryEventStore()
        self.events = FaultyEventStore(self.memory)
        self.chat = Chat(self.rooms, self.events, Log(self.events, lambda *_: None))

    async def member(self, person: Person = ADA) -> Member:
        await self.chat.prepare()
        return await self.chat.arrive(person)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setattr(room_log, "DEADLINE_SECONDS", 0.1)
    monkeypatch.setattr(room_log, "LONGEST_PAUSE_SECONDS", 0.01)
    return Service()


async def test_preparing_makes_the_lobby_and_tells_the_epoch(service: Service) -> None:
    assert await service.chat.prepare() == await service.rooms.epoch()
    await service.rooms.admit(LOBBY.id, ADA)
    assert await service.rooms.rooms_of(ADA.id) == [LOBBY]


async def test_whoever_comes_first_joins_the_lobby(service: Service) -> None:
    member = await service.member(ADA)
    assert member.rooms == {"lobby": LOBBY}
    (event,) = await service.memory.after("lobby", 0, 9)
    assert isinstance(event, Join)
    assert event.author == ADA


async def test_whoever_comes_again_does_not_join_again(service: Service) -> None:
    await service.member(ADA)
    await service.member(ADA)
    assert await service.memory.head("lobby") == 1


async def test_whoever_comes_twice_at_once_joins_once(service: Service) -> None:
    await service.chat.prepare()
    await asyncio.gather(*(service.chat.arrive(ADA) for _ in range(5)))
    assert await service.memory.head("lobby") == 1


async def test_whoever_joined_but_was_not_admitted_yet_joins_once(service: Service) -> None:
    service.rooms.dies_before_admitting = True
    with pytest.raises(Unavailable):
        await service.member(ADA)
    assert (await service.chat.arrive(ADA)).rooms == {"lobby": LOBBY}
    assert await service.memory.head("lobby") == 1


async def test_arriving_without_the_store_is_unavailable(service: Service) -> None:
    service.rooms.down = True
    with pytest.raises(Unavailable):
        await service.chat.arrive(ADA)
    with pytest.raises(Unavailable):
        await service.chat.member(ADA)


async def test_a_member_says_something(service: Service) -> None:
    member = await service.member(ADA)
    event = await service.chat.send(member, "lobby", "m-1", "Hi")
    assert await service.memory.after("lobby", 1, 9) == [event]


async def test_the_same_id_again_is_the_first_message_again(service: Service) -> None:
    member = await service.member(ADA)
    first = await service.chat.send(member, "lobby", "m-1", "Hi")
    assert await service.chat.send(member, "lobby", "m-1", "Hi again") == first


async def test_whoever_is_no_member_may_neither_send_nor_read(service: Service) -> None:
    await service.member(ADA)
    stranger = await service.chat.member(BOB)
    with pytest.raises(UnknownRoom):
        await service.chat.send(stranger, "lobby", "m-1", "Hi")
    with pytest.raises(UnknownRoom):
        await service.chat.history(stranger, "lobby", None, 10)
    with pytest.raises(UnknownRoom):
        await service.chat.since(stranger, "lobby", 0, 10)
    assert await service.memory.head("lobby") == 1


async def test_a_room_one_may_not_see_is_told_like_one_that_is_not_there(service: Service) -> None:
    await service.rooms.create(Room(id="secret", name="secret", kind="private"))
    member = await service.member(ADA)
    answers = []
    for room in ("secret", "nowhere"):
        with pytest.raises(UnknownRoom) as refused:
            await service.chat.send(member, room, "m-1", "Hi")
        answers.append((str(refused.value), refused.value.field))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("text", ["", " ", "\n", "\u200f", "\u202e \u2066", "\u200d", "\ufeff"])
async def test_a_text_that_shows_nothing_is_invalid(service: Service, text: str) -> None:
    member = await service.member(ADA)
    with pytest.raises(Invalid) as refused:
        await service.chat.send(member, "lobby", "m-1", text)
    assert refused.value.field == "text"


@pytest.mark.parametrize("text", ["x", " x ", "\u202ex", "😀", "\u0301", "٣", "\n-\n", "x" * 4000, "😀" * 4000])
async def test_a_text_that_shows_something_is_said(service: Service, text: str) -> None:
    member = await service.member(ADA)
    await service.chat.send(member, "lobby", "m-1", text)
    (event,) = (await service.chat.history(member, "lobby", None, 1))[0]
    assert getattr(event, "text", None) == text


@pytest.mark.parametrize("text", ["x" * 4001, "😀" * 4001, "a\0", "\x1b[31mred", "a\r\nb", "\x7f", "\x85"])
async def test_a_text_too_long_or_with_control_characters_is_invalid(service: Service, text: str) -> None:
    member = await service.member(ADA)
    with pytest.raises(Invalid) as refused:
        await service.chat.send(member, "lobby", "m-1", text)
    assert refused.value.field == "text"


async def test_history_tells_whether_there_is_more(service: Service) -> None:
    member = await service.member(ADA)
    for number in range(4):
        await service.chat.send(member, "lobby", f"m-{number}", "Hi")
    newest, more = await service.chat.history(member, "lobby", None, 3)
    assert (seqs(newest), more) == ([3, 4, 5], True)
    rest, more = await service.chat.history(member, "lobby", 3, 3)
    assert (seqs(rest), more) == ([1, 2], False)
    assert await service.chat.history(member, "lobby", 1, 3) == ([], False)


async def test_since_tells_what_is_above_up_to_the_head(service: Service) -> None:
    member = await service.member(ADA)
    for number in range(4):
        await service.chat.send(member, "lobby", f"m-{number}", "Hi")
    assert seqs(await service.chat.since(member, "lobby", 2, 4)) == [3, 4]


async def test_without_the_store_nothing_is_promised(service: Service) -> None:
    member = await service.member(ADA)
    service.events.down = True
    with pytest.raises(Unavailable) as refused:
        await service.chat.send(member, "lobby", "m-1", "Hi")
    assert refused.value.retry_after
    with pytest.raises(Unavailable):
        await service.chat.history(member, "lobby", None, 10)
    with pytest.raises(Unavailable):
        await service.chat.since(member, "lobby", 0, 10)
    service.events.down = False
    assert await service.memory.head("lobby") == 1
