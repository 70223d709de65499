"""Signals at real replicas: what people look at, that they type, and how far they have read."""

import asyncio
from typing import Any

import pytest

from chat_service import limits, presence, read_markers, typists, watching
from chat_service.errors import Close
from tests.chat_service.eventually import eventually
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.replicas import Replicas, RunningReplica
from tests.chat_service.talker import Talker

pytestmark = pytest.mark.usefixtures("in_a_hurry")


@pytest.fixture
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "GATHER_SECONDS", 0.02)
    monkeypatch.setattr(presence, "GATHER_SECONDS", 0.02)
    monkeypatch.setattr(typists, "GATHER_SECONDS", 0.05)
    monkeypatch.setattr(read_markers, "WRITE_SECONDS", 0.05)


async def watching_lobby(talker: Talker) -> Talker:
    await talker.say("watch", rooms=["lobby"])
    return talker


async def online(talker: Talker, *people: str) -> None:
    """Wait until a client takes just these to be online in the lobby."""
    known: set[str] = set()
    while known != set(people):
        change = await talker.hear("presence")
        assert change["room"] == "lobby"
        known = (set() if change.get("snapshot") else known) | set(change["online"])
        known -= set(change.get("offline", []))


# Presence


async def test_who_looks_at_a_room_is_told_who_of_its_members_is_online_at_any_replica(
    chat: RunningReplica, other: RunningReplica
) -> None:
    await chat.welcome(ADA)
    bob = await watching_lobby(await other.welcome(BOB))
    await online(bob, ADA.id, BOB.id)


async def test_an_arrival_is_told_at_the_other_replica_and_so_is_a_goodbye(
    chat: RunningReplica, other: RunningReplica
) -> None:
    bob = await watching_lobby(await other.welcome(BOB))
    await online(bob, BOB.id)
    ada = await chat.welcome(ADA)
    assert (await bob.hear("presence"))["online"] == [ADA.id]
    await ada.socket.close(code=1000)
    change = await bob.hear("presence")
    assert (change["online"], change["offline"]) == ([], [ADA.id])


async def test_a_room_one_may_not_see_tells_nothing(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    await ada.say("watch", rooms=["nowhere", "lobby"])
    await online(ada, ADA.id)
    await ada.ping()
    assert ada.ops.count("presence") == 1


async def test_who_looks_at_nothing_any_more_is_told_nothing(chat: RunningReplica) -> None:
    ada = await watching_lobby(await chat.welcome(ADA))
    await online(ada, ADA.id)
    await ada.say("watch", rooms=[])
    bob = await watching_lobby(await chat.welcome(BOB))
    await online(bob, ADA.id, BOB.id)
    await ada.ping()
    assert ada.ops.count("presence") == 1


async def test_whoever_was_closed_by_us_did_not_say_goodbye(chat: RunningReplica) -> None:
    bob = await watching_lobby(await chat.welcome(BOB))
    ada = await chat.welcome(ADA, seconds=2)
    await online(bob, ADA.id, BOB.id)
    assert await ada.close_code() == Close.TOKEN_EXPIRED
    await eventually(lambda: len(chat.replica.connections._open) == 1)
    await asyncio.sleep(0.1)  # in which a goodbye would have been told
    await bob.ping()
    assert chat.replica.presence.is_online(ADA.id)


async def test_people_of_a_replica_that_stops_are_not_said_to_leave(replicas: Replicas, other: RunningReplica) -> None:
    stopping = await replicas.start("stops")
    await other.welcome(BOB)
    await stopping.welcome(ADA)
    await eventually(lambda: other.replica.presence.is_online(ADA.id))
    await stopping.client.server.close()
    await asyncio.sleep(0.1)  # in which a goodbye would have been told
    assert other.replica.presence.is_online(ADA.id)


async def test_people_of_a_replica_that_dies_go_with_it(
    chat: RunningReplica, replicas: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "REPLICA_SILENT_SECONDS", 1.0)
    monkeypatch.setattr(presence, "HEARTBEAT_SECONDS", 0.2)
    dying = await replicas.start("dies")
    bob = await watching_lobby(await chat.welcome(BOB))
    await dying.welcome(ADA)
    await online(bob, ADA.id, BOB.id)
    monkeypatch.setattr(dying.replica.presence, "_publish", lambda _said: None)  # as a process that is killed
    change = await bob.hear("presence")
    assert change["offline"] == [ADA.id]


# Typing


async def test_who_types_is_told_to_those_who_look_and_not_to_themselves(
    chat: RunningReplica, other: RunningReplica
) -> None:
    ada, phone = await watching_lobby(await chat.welcome(ADA)), await watching_lobby(await other.welcome(ADA))
    bob, elsewhere = await watching_lobby(await other.welcome(BOB)), await other.welcome(BOB)
    await bob.hear("presence")
    await ada.say("typing", room="lobby")
    assert await bob.hear("typing") == {"op": "typing", "room": "lobby", "people": [{"id": ADA.id, "name": "Ada"}]}
    for talker in (ada, phone, elsewhere):
        await talker.ping()
        assert "typing" not in talker.ops


async def test_typing_in_a_room_one_is_not_in_is_not_told(chat: RunningReplica) -> None:
    ada = await watching_lobby(await chat.welcome(ADA))
    await ada.say("typing", room="nowhere")
    await ada.ping()
    assert "error" not in ada.ops


# Read markers


async def stored_marker(chat: RunningReplica, person: str) -> int:
    rooms: Any = chat.replica.signalling.markers._store
    return int(((await rooms._members.find_one({"room": "lobby", "person": person})) or {}).get("read", 0))


async def marker_reaches(chat: RunningReplica, person: str, seq: int) -> None:
    async with asyncio.timeout(10):
        while await stored_marker(chat, person) != seq:
            await asyncio.sleep(0.01)


async def test_a_marker_is_kept_and_only_goes_forward_unless_it_is_to_go_back(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    for number in range(3):
        await ada.send(f"Message {number}")
    await ada.say("read", room="lobby", seq=3)
    await marker_reaches(chat, ADA.id, 3)
    await ada.say("read", room="lobby", seq=2)
    await ada.say("read", room="lobby", seq=4)
    await marker_reaches(chat, ADA.id, 4)
    await ada.say("read", room="lobby", seq=1, back=True)
    await marker_reaches(chat, ADA.id, 1)


async def test_nobody_has_read_what_was_not_said_yet(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    await ada.say("read", room="lobby", seq=2**53 - 1)
    await marker_reaches(chat, ADA.id, 1)


async def test_a_marker_moved_just_before_leaving_is_kept(
    chat: RunningReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_markers, "WRITE_SECONDS", 60.0)
    ada = await chat.welcome(ADA)
    await ada.send("Hi")
    await ada.say("read", room="lobby", seq=1)
    await marker_reaches(chat, ADA.id, 1)
    await ada.say("read", room="lobby", seq=2)
    await ada.socket.close()
    await marker_reaches(chat, ADA.id, 2)


async def test_a_stopping_replica_keeps_the_last_markers(
    replicas: Replicas, other: RunningReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_markers, "WRITE_SECONDS", 60.0)
    stopping = await replicas.start("stops")
    ada = await stopping.welcome(ADA)
    await ada.send("Hi")
    await ada.say("read", room="lobby", seq=1)
    await marker_reaches(other, ADA.id, 1)
    await ada.say("read", room="lobby", seq=2)
    await ada.ping()
    await stopping.client.server.close()
    await marker_reaches(other, ADA.id, 2)


async def test_in_a_small_room_the_others_see_how_far_somebody_has_read(
    chat: RunningReplica, other: RunningReplica
) -> None:
    ada = await chat.welcome(ADA)
    bob = await watching_lobby(await other.welcome(BOB))
    await bob.hear("presence")
    await ada.say("read", room="lobby", seq=1)
    assert await bob.hear("read") == {"op": "read", "room": "lobby", "seq": 1, "person": ADA.id}


async def test_in_a_large_room_they_do_not(chat: RunningReplica, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SMALL_ROOM_PEOPLE", 1)
    ada = await chat.welcome(ADA)
    bob = await watching_lobby(await chat.welcome(BOB))
    await bob.hear("presence")
    await ada.say("read", room="lobby", seq=1)
    await marker_reaches(chat, ADA.id, 1)
    await bob.ping()
    assert "read" not in bob.ops
