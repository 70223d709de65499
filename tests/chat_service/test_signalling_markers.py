"""Read markers and notification levels at real replicas: on all of one's devices, and in small rooms for the others."""

import asyncio

import pytest

from chat_service import limits, read_markers
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.replicas import Replicas, RunningReplica
from tests.chat_service.talker import Talker

pytestmark = pytest.mark.usefixtures("in_a_hurry")


@pytest.fixture
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_markers, "WRITE_SECONDS", 0.05)


async def watching_lobby(talker: Talker) -> Talker:
    await talker.say("watch", rooms=["lobby"])
    return talker


# Read markers


async def stored_marker(chat: RunningReplica, person: str) -> int:
    found = await chat.replica.signalling.members.get("lobby", [person])
    return found[0].read if found else 0


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


async def test_ones_other_devices_learn_how_far_one_has_read_at_every_replica(
    chat: RunningReplica, other: RunningReplica
) -> None:
    ada, beside, elsewhere = await chat.welcome(ADA), await chat.welcome(ADA), await other.welcome(ADA)
    await (await chat.welcome(BOB)).send("Hi")
    for talker in (ada, beside, elsewhere):
        await talker.hear_until(3)
    await ada.say("read", room="lobby", seq=3)
    for talker in (beside, elsewhere):
        told = await talker.hear("read")
        assert (told["room"], told["seq"], told["unread"], told["mentions"]) == ("lobby", 3, 0, 0)
    await ada.ping()
    assert "read" not in ada.ops


async def test_a_device_that_lags_behind_does_not_move_the_marker_back(chat: RunningReplica) -> None:
    ada, beside = await chat.welcome(ADA), await chat.welcome(ADA)
    await ada.send("Hi")
    await ada.say("read", room="lobby", seq=2)
    assert (await beside.hear("read"))["seq"] == 2
    await beside.say("read", room="lobby", seq=1)
    await beside.say("read", room="lobby", seq=1, back=True)
    assert (await ada.hear("read"))["seq"] == 1
    await marker_reaches(chat, ADA.id, 1)


async def test_a_marker_is_told_even_if_the_device_that_moved_it_is_gone(
    chat: RunningReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, beside = await chat.welcome(ADA), await chat.welcome(ADA)
    await ada.say("read", room="lobby", seq=1)
    await ada.socket.close()
    assert (await beside.hear("read"))["seq"] == 1


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


# What one wants to be notified of


async def test_a_level_is_told_to_all_ones_devices_and_kept(chat: RunningReplica, other: RunningReplica) -> None:
    ada, elsewhere, bob = await chat.welcome(ADA), await other.welcome(ADA), await chat.welcome(BOB)
    await ada.say("level", id="l-1", room="lobby", level="mentions")
    assert (await ada.answer("l-1"))["op"] == "ok"
    for talker in (ada, elsewhere):
        assert (await talker.hear("room"))["room"]["level"] == "mentions"
    again = await chat.welcome(ADA)
    assert again.welcome["rooms"][0]["level"] == "mentions"
    assert "level" not in bob.welcome["rooms"][0]
    await bob.ping()
    assert "room" not in bob.ops


async def test_a_level_is_for_rooms_one_is_in(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    await ada.say("level", id="l-1", room="nowhere", level="mentions")
    assert (await ada.answer("l-1"))["code"] == "unknown_room"
