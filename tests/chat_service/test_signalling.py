"""Signals at real replicas: who is there of what people look at, and who types."""

import asyncio
import time

import aiohttp
import pytest

from chat_service import limits, presence, typists, watching
from chat_service.errors import Close
from tests.chat_service.eventually import eventually
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.issuer import Issuer
from tests.chat_service.replicas import Replicas, RunningReplica
from tests.chat_service.talker import Frame, Talker
from tests.chat_service.tcp_proxy import proxy_to

pytestmark = pytest.mark.usefixtures("in_a_hurry")


@pytest.fixture
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "GATHER_SECONDS", 0.02)
    monkeypatch.setattr(presence, "GATHER_SECONDS", 0.02)
    monkeypatch.setattr(typists, "GATHER_SECONDS", 0.05)


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


async def done(talker: Talker, op: str, **fields: object) -> Frame:
    """Ask for something that is done."""
    request_id = talker.next_id()
    await talker.say(op, id=request_id, **fields)
    answer = await talker.answer(request_id)
    assert answer["op"] == "ok", answer
    return answer


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


async def test_who_enters_a_room_is_online_there_and_who_leaves_is_not(
    chat: RunningReplica, other: RunningReplica
) -> None:
    ada, bob = await chat.welcome(ADA), await other.welcome(BOB)
    room = (await done(ada, "create", name="attic", kind="public"))["room"]
    await ada.say("watch", rooms=[room])
    assert (await ada.hear("presence"))["online"] == [ADA.id]
    await done(bob, "join", room=room)
    assert (await ada.hear("presence"))["online"] == [BOB.id]
    await done(bob, "leave", room=room)
    assert (await ada.hear("presence"))["offline"] == [BOB.id]


async def test_a_public_room_may_be_looked_at_from_outside(chat: RunningReplica, other: RunningReplica) -> None:
    ada, bob = await chat.welcome(ADA), await other.welcome(BOB)
    room = (await done(ada, "create", name="attic", kind="public"))["room"]
    await bob.say("watch", rooms=[room])
    assert (await bob.hear("presence"))["online"] == [ADA.id]


async def test_who_is_removed_from_a_private_room_is_told_nothing_more_of_it(
    chat: RunningReplica, other: RunningReplica
) -> None:
    ada, bob = await chat.welcome(ADA), await other.welcome(BOB)
    room = (await done(ada, "create", name="attic", kind="private"))["room"]
    await done(ada, "invite", room=room, person=BOB.id)
    await bob.hear("room")
    await bob.say("watch", rooms=[room])
    assert (await bob.hear("presence"))["online"] == [ADA.id, BOB.id]
    await done(ada, "remove", room=room, person=BOB.id)
    await bob.hear("gone")
    await bob.say("watch", rooms=[room])
    await ada.say("typing", room=room)
    await ada.ping()
    await asyncio.sleep(0.1)  # in which it would have been told
    await bob.ping()
    assert (bob.ops.count("presence"), bob.ops.count("typing")) == (1, 0)


async def test_who_looks_at_nothing_any_more_is_told_nothing(chat: RunningReplica) -> None:
    ada = await watching_lobby(await chat.welcome(ADA))
    await online(ada, ADA.id)
    await ada.say("watch", rooms=[])
    await ada.ping()  # read before anybody else comes
    bob = await watching_lobby(await chat.welcome(BOB))
    await online(bob, ADA.id, BOB.id)
    await ada.ping()
    assert ada.ops.count("presence") == 1


async def test_whoever_was_closed_by_us_did_not_say_goodbye(chat: RunningReplica) -> None:
    bob = await watching_lobby(await chat.welcome(BOB))
    ada = await chat.welcome(ADA, seconds=4)  # in which all this fits on a busy machine
    await online(bob, ADA.id, BOB.id)
    assert await ada.close_code() == Close.TOKEN_EXPIRED
    await eventually(lambda: len(chat.replica.connections._open) == 1)
    await asyncio.sleep(0.1)  # in which a goodbye would have been told
    await bob.ping()
    assert chat.replica.presence.is_online(ADA.id)


async def test_who_falls_silent_without_a_word_is_given_up_within_two_pings(
    replicas: Replicas, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = await replicas.start(presence_grace_seconds=0.01)
    bob = await watching_lobby(await chat.welcome(BOB))
    monkeypatch.setattr(limits, "HEARTBEAT_SECONDS", 2.0)  # for who comes from now on; half of it for a pong
    headers = {"Authorization": f"Bearer {issuer.token(ADA)}"}
    with proxy_to(str(chat.client.make_url("/"))) as network:
        async with aiohttp.ClientSession() as http, http.ws_connect(network.url + "ws", headers=headers) as socket:
            ada = Talker(socket)
            await ada.hello()
            await online(bob, ADA.id, BOB.id)
            network.swallow()
            silent_since = time.monotonic()
            assert (await bob.hear("presence"))["offline"] == [ADA.id]
            within_two_pings = 2 * limits.HEARTBEAT_SECONDS
            assert time.monotonic() - silent_since < 2 * within_two_pings  # as much again for a busy machine
            assert len(chat.replica.connections._open) == 1


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


async def test_who_is_muted_is_not_told_of_as_typing(chat: RunningReplica) -> None:
    ada, bob = await chat.welcome(ADA), await chat.welcome(BOB)
    room = (await done(bob, "create", name="attic", kind="public"))["room"]
    await done(ada, "join", room=room)
    await bob.say("watch", rooms=[room])
    await done(bob, "mute", room=room, person=ADA.id, seconds=600)
    await ada.say("typing", room=room)
    await ada.ping()
    await bob.ping()
    assert "typing" not in bob.ops


async def test_a_program_that_may_only_read_watches_and_does_not_type(chat: RunningReplica) -> None:
    program = await watching_lobby(await chat.welcome(ADA, scope="read"))
    bob = await watching_lobby(await chat.welcome(BOB))
    await online(program, ADA.id, BOB.id)
    await program.say("typing", room="lobby")
    await program.say("read", room="lobby", seq=1)
    await program.ping()
    await bob.ping()
    assert {"typing", "read"}.isdisjoint(bob.ops)


async def test_typing_in_a_room_one_is_not_in_is_not_told(chat: RunningReplica) -> None:
    ada = await watching_lobby(await chat.welcome(ADA))
    await ada.say("typing", room="nowhere")
    await ada.ping()
    assert "error" not in ada.ops
