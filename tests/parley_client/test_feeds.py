"""Each room's events: in order, none missing and none twice, by whatever way they come."""

import asyncio
from typing import Any

import pytest

from parley_client.feeds import PAGE_EVENTS, Feeds, Position
from parley_client.frames import Event, Frame, Person
from tests.chat_service.eventually import eventually

EPOCH = "e-1"
LOBBY: dict[str, Any] = {"id": "lobby", "name": "lobby", "kind": "public", "head": 3}


def event(seq: int, room: str = "lobby") -> Event:
    return Event("message", seq, 0, Person("p-1", "Ada"), f"m-{seq}", room, f"Message {seq}")


class Server:
    """Has so many events in the lobby, and gives them page by page."""

    def __init__(self, position: Position | None = None) -> None:
        self.head = 0
        self.pages = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.fails: Exception | None = None
        self.failed: list[Exception] = []
        self.feeds = Feeds(position, self.history, self.failed.append)

    @property
    def seqs(self) -> list[int]:
        """What was taken from the feeds."""
        taken = []
        while not self.feeds.events.empty():
            if one := self.feeds.events.get_nowait():
                taken.append(one.seq)
        return taken

    async def history(self, room: str, after: int) -> Frame:
        await self.gate.wait()
        if self.fails:
            raise self.fails
        self.pages += 1
        last = min(after + PAGE_EVENTS, self.head)
        return Frame("page", events=[event(seq, room) for seq in range(after + 1, last + 1)])


async def test_events_begin_after_the_head_that_was_told() -> None:
    server = Server()
    server.feeds.welcome(EPOCH, [LOBBY])
    server.feeds.deliver("lobby", [event(3), event(4), event(5)])
    assert server.seqs == [4, 5]
    assert server.feeds.position == Position(EPOCH, {"lobby": 5})


async def test_events_go_on_from_a_position() -> None:
    server = Server(Position(EPOCH, {"lobby": 1}))
    server.feeds.welcome(EPOCH, [LOBBY])
    server.feeds.deliver("lobby", [event(2), event(3)])
    server.feeds.deliver("lobby", [event(3), event(4)])
    assert server.seqs == [2, 3, 4]


async def test_another_epoch_forgets_the_position() -> None:
    server = Server(Position("restored since", {"lobby": 1000}))
    server.feeds.welcome(EPOCH, [LOBBY])
    server.feeds.deliver("lobby", [event(4)])
    assert server.seqs == [4]


async def test_what_is_too_far_behind_is_read_while_live_events_wait() -> None:
    server = Server(Position(EPOCH, {"lobby": 1}))
    server.head = 1000
    server.feeds.welcome(EPOCH, [LOBBY | {"head": 1000}])
    server.gate.clear()
    server.feeds.catch_up("lobby", 1000)
    server.feeds.deliver("lobby", [event(1001)])
    assert server.seqs == []
    server.gate.set()
    await eventually(lambda: server.feeds.events.qsize() == 1000)
    assert server.seqs == list(range(2, 1002))
    assert server.pages == 10


async def test_a_connection_lost_while_catching_up_begins_again_where_it_was() -> None:
    server = Server(Position(EPOCH, {"lobby": 0}))
    server.head = 500
    server.feeds.welcome(EPOCH, [LOBBY | {"head": 500}])
    server.feeds.catch_up("lobby", 500)
    server.feeds.catch_up("lobby", 500)
    await eventually(lambda: server.feeds.events.qsize() == 500)
    assert server.seqs == list(range(1, 501))


async def test_a_history_that_can_not_be_read_is_told() -> None:
    server = Server(Position(EPOCH, {"lobby": 0}))
    server.fails = ZeroDivisionError()
    server.feeds.welcome(EPOCH, [LOBBY])
    server.feeds.catch_up("lobby", 3)
    await eventually(lambda: server.failed == [server.fails])


@pytest.mark.parametrize("by", ["gone", "welcome"])
async def test_a_room_one_is_not_in_any_more_is_forgotten(by: str) -> None:
    server = Server()
    server.feeds.welcome(EPOCH, [LOBBY])
    if by == "gone":
        server.feeds.leave("lobby")
    else:
        server.feeds.welcome(EPOCH, [])
    server.feeds.deliver("lobby", [event(4)])
    assert (server.seqs, server.feeds.rooms, server.feeds.position.rooms) == ([], {}, {})


async def test_a_room_one_comes_back_to_begins_at_its_new_head() -> None:
    server = Server()
    server.feeds.welcome(EPOCH, [LOBBY])
    server.feeds.leave("lobby")
    server.feeds.enter(LOBBY | {"head": 9})
    server.feeds.deliver("lobby", [event(10)])
    assert server.seqs == [10]


async def test_what_is_told_anew_of_a_room_does_not_move_its_position() -> None:
    server = Server()
    server.feeds.welcome(EPOCH, [LOBBY])
    server.feeds.enter(LOBBY | {"head": 9, "level": "mentions"})
    server.feeds.deliver("lobby", [event(4)])
    assert server.seqs == [4]
    assert server.feeds.rooms["lobby"]["level"] == "mentions"
