"""What is said, on stores in memory."""

import pytest

from chat_service import commands, writer
from chat_service.access import Access
from chat_service.chat import Chat
from chat_service.errors import Invalid, Unavailable, UnknownRoom
from chat_service.events import AnyEvent, Person, Room
from chat_service.lobby import LOBBY, Lobby
from chat_service.log import Log
from chat_service.notices import Notice, Ok, Page
from chat_service.requests import Requests
from chat_service.store_memory import MemoryEventStore, MemoryRoomStore
from chat_service.visitor import Visitor
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.faulty_store import FaultyEventStore


class Service:
    def __init__(self) -> None:
        self.rooms = MemoryRoomStore()
        self.memory = MemoryEventStore()
        self.events = FaultyEventStore(self.memory)
        log = Log(self.events, lambda *_: None)
        self.lobby = Lobby(self.rooms, log)
        self.chat = Chat(Access(self.rooms), self.events, log)
        self.requests = Requests(self.chat)

    async def member(self, person: Person = ADA) -> "Somebody":
        await self.lobby.prepare()
        await self.lobby.arrive(person)
        return Somebody(self, person)


class Somebody:
    """Asks as a client does, and is told what a client is told."""

    def __init__(self, service: Service, person: Person) -> None:
        self.visitor = Visitor(person)
        self._service = service

    async def ask(self, command: commands.AnyCommand) -> Notice:
        return await self._service.requests.answer(self.visitor, command)

    async def say(self, text: str, client_id: str = "m-1", room: str = LOBBY.id) -> Ok:
        answer = await self.ask(commands.Send(id=client_id, room=room, text=text))
        assert isinstance(answer, Ok)
        return answer

    async def page(self, before: int | None, limit: int, room: str = LOBBY.id) -> Page:
        answer = await self.ask(commands.History(id="h", room=room, before=before, limit=limit))
        assert isinstance(answer, Page)
        return answer

    async def since(self, seq: int, head: int) -> list[AnyEvent]:
        return await self._service.chat.since(self.visitor, LOBBY.id, seq, head)


def page_seqs(page: Page) -> list[int]:
    return [entry.seq for entry in page.events]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setattr(writer, "DEADLINE_SECONDS", 0.1)
    monkeypatch.setattr(writer, "LONGEST_PAUSE_SECONDS", 0.01)
    return Service()


async def test_a_member_says_something(service: Service) -> None:
    ada = await service.member()
    answer = await ada.say("Hi")
    (event,) = await service.memory.after("lobby", 1, 9)
    assert (answer.seq, answer.at) == (event.seq, event.at)


async def test_the_same_id_again_is_the_first_message_again(service: Service) -> None:
    ada = await service.member()
    first = await ada.say("Hi")
    assert await ada.say("Hi again") == first


async def test_whoever_is_no_member_may_neither_send_nor_read(service: Service) -> None:
    await service.member(ADA)
    stranger = Somebody(service, BOB)
    with pytest.raises(UnknownRoom):
        await stranger.say("Hi")
    with pytest.raises(UnknownRoom):
        await stranger.page(None, 10)
    with pytest.raises(UnknownRoom):
        await stranger.since(0, 10)
    assert await service.memory.head("lobby") == 1


async def test_a_room_one_may_not_see_is_told_like_one_that_is_not_there(service: Service) -> None:
    await service.rooms.create(Room(id="secret", name="secret", kind="private"))
    ada = await service.member()
    answers = []
    for room in ("secret", "nowhere"):
        with pytest.raises(UnknownRoom) as refused:
            await ada.say("Hi", room=room)
        answers.append((str(refused.value), refused.value.field))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("text", ["", " ", "\n", "\u200f", "\u202e \u2066", "\u200d", "\ufeff"])
async def test_a_text_that_shows_nothing_is_invalid(service: Service, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        await (await service.member()).say(text)
    assert refused.value.field == "text"


@pytest.mark.parametrize("text", ["x", " x ", "\u202ex", "😀", "\u0301", "٣", "\n-\n", "x" * 4000, "😀" * 4000])
async def test_a_text_that_shows_something_is_said(service: Service, text: str) -> None:
    ada = await service.member()
    await ada.say(text)
    (event,) = (await ada.page(None, 1)).events
    assert getattr(event, "text", None) == text


@pytest.mark.parametrize("text", ["x" * 4001, "😀" * 4001, "a\0", "\x1b[31mred", "a\r\nb", "\x7f", "\x85"])
async def test_a_text_too_long_or_with_control_characters_is_invalid(service: Service, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        await (await service.member()).say(text)
    assert refused.value.field == "text"


async def test_history_tells_whether_there_is_more(service: Service) -> None:
    ada = await service.member()
    for number in range(4):
        await ada.say("Hi", f"m-{number}")
    newest = await ada.page(None, 3)
    assert (page_seqs(newest), newest.more) == ([3, 4, 5], True)
    rest = await ada.page(3, 3)
    assert (page_seqs(rest), rest.more) == ([1, 2], False)
    assert page_seqs(await ada.page(1, 3)) == []


async def test_since_tells_what_is_above_up_to_the_head(service: Service) -> None:
    ada = await service.member()
    for number in range(4):
        await ada.say("Hi", f"m-{number}")
    assert [event.seq for event in await ada.since(2, 4)] == [3, 4]


async def test_without_the_store_nothing_is_promised(service: Service) -> None:
    ada = await service.member()
    service.events.down = True
    with pytest.raises(Unavailable) as refused:
        await ada.say("Hi")
    assert refused.value.retry_after
    with pytest.raises(Unavailable):
        await ada.page(None, 10)
    service.events.down = False
    assert await service.memory.head("lobby") == 1
