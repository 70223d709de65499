"""The connection to real replicas: what is asked is answered, what is watched is told of, over every reconnect."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chat_service.events import Person
from parley_client import Client, Refused
from parley_client.frames import Frame
from tests.parley_client.processes import Processes, ReplicaProcess, Roaming

IN_TIME_SECONDS = 20.0
ADA, BOB = Person("p-ada", "Ada"), Person("p-bob", "Bob")


@pytest.fixture
async def replicas(processes: Processes) -> list[ReplicaProcess]:
    return await processes.start(2)


@pytest.fixture
async def ada(processes: Processes, replicas: list[ReplicaProcess]) -> AsyncIterator[Client]:
    async with Roaming(replicas, processes.account(ADA)) as ada:
        yield ada


@pytest.fixture
async def bob(processes: Processes, replicas: list[ReplicaProcess]) -> AsyncIterator[Client]:
    async with Roaming(replicas[::-1], processes.account(BOB)) as bob:
        yield bob


async def signal(client: Client, op: str) -> Frame:
    """The next of its kind; what comes before it is forgotten."""
    async with asyncio.timeout(IN_TIME_SECONDS):
        async for frame in client.signals():
            if frame.op == op:
                return frame
    raise AssertionError


async def test_rooms_come_and_go_as_one_enters_and_leaves_them(ada: Client, bob: Client) -> None:
    room = await ada.create("attic", "private")
    await ada.invite(room, BOB.id)
    assert (await signal(bob, "room")).room["id"] == room
    assert bob.rooms[room]["name"] == "attic"
    sent = await ada.send(room, "Hi")
    async with asyncio.timeout(IN_TIME_SECONDS):
        assert (await anext(event async for event in bob.events() if event.room == room and event.text)).seq == sent.seq
    await ada.moderate("remove", room, BOB.id)
    assert (await signal(bob, "gone")).room == room
    assert room not in bob.rooms
    with pytest.raises(Refused) as refused:
        await bob.send(room, "Still here?")
    assert refused.value.code == "unknown_room"


async def test_what_is_watched_is_watched_again_after_a_reconnect(
    replicas: list[ReplicaProcess], ada: Client, bob: Client
) -> None:
    await ada.watch(["lobby"])
    assert (await signal(ada, "presence")).snapshot
    await replicas[0].kill()
    assert (await signal(ada, "presence")).snapshot
    await bob.typing("lobby")
    assert [person.name for person in (await signal(ada, "typing")).people] == ["Bob"]
    assert ada.reconnects == 1


async def test_markers_and_levels_are_ones_own_on_all_devices(
    processes: Processes, replicas: list[ReplicaProcess], ada: Client, bob: Client
) -> None:
    async with Roaming(replicas[::-1], processes.account(ADA)) as phone:
        sent = await bob.send("lobby", "Hi")
        async with asyncio.timeout(IN_TIME_SECONDS):
            await anext(event async for event in ada.events() if event.seq == sent.seq)
        await ada.read("lobby", sent.seq)
        told = await signal(phone, "read")
        assert (told.seq, told.unread) == (sent.seq, 0)
        await ada.change("level", "lobby", level="nothing")
        assert (await signal(phone, "room")).room["level"] == "nothing"


async def test_people_rooms_and_members_are_found(ada: Client, bob: Client) -> None:
    room = await ada.create("attic", topic="Old things")
    await bob.join(room)
    assert [person.name for person in await ada.find_people("B")] == ["Bob"]
    assert [found["id"] for found in (await bob.find_rooms("att")).rooms] == [room]
    members = await ada.members(room)
    assert ([one["person"]["name"] for one in members.members], members.total) == (["Ada", "Bob"], 2)
    conversation = await ada.open([BOB.id])
    assert await bob.open([ADA.id]) == conversation
    await bob.leave(room)
    assert (await ada.members(room)).total == 1


async def test_all_pins_are_found_also_where_they_are_more_than_a_page(ada: Client) -> None:
    room = await ada.create("attic")
    long = "😀" * 3_900  # with its HTML some 31 KB, of which a page of 2 MiB takes fewer than seventy
    said = await asyncio.gather(*(ada.send(room, f"**{number}** {long}") for number in range(75)))
    await asyncio.gather(*(ada.pin(room, message.seq) for message in said))
    assert (await ada.request("pins", room=room)).more_after
    assert [pinned.seq for pinned in await ada.pins(room)] == sorted(message.seq for message in said)
