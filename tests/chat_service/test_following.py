"""Which rooms a connection follows, as clients meet it: at real replicas, with and without the broker between them."""

import asyncio

import pytest

from chat_service import hub, keeping_up
from chat_service.errors import Close
from chat_service.store import StoreUnavailable
from tests.chat_service.eventually import eventually
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.replicas import Replicas, RunningReplica
from tests.chat_service.talker import Talker
from tests.chat_service.tcp_proxy import TcpProxy

NOT_IN_A_TEST_SECONDS = 600.0


async def garden(ada: Talker, kind: str = "public") -> str:
    """A room of theirs."""
    return str((await ada.do("create", name="garden", kind=kind))["room"])


async def hear_of(talker: Talker, room: str) -> dict[str, object]:
    """The room's state, once they are told that they are in it."""
    while (found := (await talker.hear("room"))["room"])["id"] != room:
        pass
    return dict(found)


async def texts_in(talker: Talker, room: str, last: str) -> list[str]:
    """What they hear in a room up to some text."""
    texts: list[str] = []
    while last not in texts:
        frame = await talker.hear("events")
        if frame["room"] == room:
            texts += [event["text"] for event in frame["events"] if event["type"] == "message"]
    return texts


# One replica


async def test_whoever_makes_a_room_is_told_of_it_on_all_devices(chat: RunningReplica) -> None:
    phone, desk = await chat.welcome(ADA), await chat.welcome(ADA)
    room = await garden(phone, "private")
    for device in (phone, desk):
        state = await hear_of(device, room)
        assert (state["name"], state["kind"], state["role"], state["head"]) == ("garden", "private", "owner", 1)
    await phone.send("Hi", room=room)
    assert await texts_in(desk, room, "Hi") == ["Hi"]


async def test_rooms_are_there_in_the_next_welcome_by_name(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    room = await garden(ada, "private")
    again = await chat.welcome(ADA)
    assert [state["name"] for state in again.welcome["rooms"]] == ["garden", "lobby"]
    assert again.welcome["rooms"][0] == {"id": room, "name": "garden", "kind": "private", "head": 1, "role": "owner"}


async def test_nothing_is_missed_between_being_invited_and_being_told(chat: RunningReplica) -> None:
    ada, bob = await chat.welcome(ADA), await chat.welcome(BOB)
    room = await garden(ada, "private")
    for number in range(20):
        await ada.say("send", id=f"before-{number}", room=room, text=f"before {number}")
    await ada.say("invite", id="i-1", room=room, person=BOB.id)
    for number in range(90):  # with the last one they fit on a page
        await ada.say("send", id=f"m-{number}", room=room, text=str(number))
    state = await hear_of(bob, room)
    await ada.send("last", room=room)
    heard = await texts_in(bob, room, "last")
    read = (await bob.page(room=room, limit=100, raw=True))["events"]
    later = [event["text"] for event in read if event["type"] == "message" and event["seq"] > int(str(state["head"]))]
    assert heard == later


async def test_whoever_is_removed_gets_nothing_more_and_may_do_nothing_more(chat: RunningReplica) -> None:
    ada, bob = await chat.welcome(ADA), await chat.welcome(BOB)
    room = await garden(ada)
    await bob.do("join", room=room)
    await hear_of(bob, room)
    await ada.send("For Bob", room=room)
    await ada.do("remove", room=room, person=BOB.id)
    await ada.send("Not for Bob", room=room)
    assert (await bob.hear("gone"))["room"] == room
    assert await bob.refusal("send", room=room, text="Still here") == "unknown_room"
    await bob.ping()
    assert "Not for Bob" not in bob.texts
    assert "For Bob" in bob.texts


async def test_whoever_leaves_is_gone_on_all_devices_and_comes_back_to_all(chat: RunningReplica) -> None:
    ada, phone, desk = await chat.welcome(ADA), await chat.welcome(BOB), await chat.welcome(BOB)
    room = await garden(ada)
    await phone.do("join", room=room)
    for device in (phone, desk):
        await hear_of(device, room)
    await phone.do("leave", room=room)
    for device in (phone, desk):
        assert (await device.hear("gone"))["room"] == room
    await desk.do("join", room=room)
    for device in (phone, desk):
        assert (await hear_of(device, room))["head"] == 4


async def test_whoever_left_the_lobby_does_not_find_it_again(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    await ada.do("leave", room="lobby")
    assert (await chat.welcome(ADA)).welcome["rooms"] == []


async def test_of_a_room_one_left_while_away_nothing_is_resumed(chat: RunningReplica) -> None:
    ada, bob, phone = await chat.welcome(ADA), await chat.welcome(BOB), await chat.welcome(BOB)
    room = await garden(ada)
    await bob.do("join", room=room)
    await bob.socket.close()
    await phone.do("leave", room=room)
    await ada.send("Not for Bob", room=room)
    back = await chat.connect(BOB)
    welcome = await back.hello(resume={"epoch": chat.replica.epoch, "rooms": {room: 2}})
    assert [state["id"] for state in welcome["rooms"]] == ["lobby"]
    await back.ping()
    assert back.texts == []


async def test_a_room_that_can_not_be_followed_ends_the_connection_which_finds_it_when_it_comes_back(
    chat: RunningReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_args: object) -> int:
        raise StoreUnavailable("away")

    ada, bob = await chat.welcome(ADA), await chat.welcome(BOB)
    room = await garden(ada)
    with monkeypatch.context() as patch:
        patch.setattr(chat.replica.hub, "join", away)
        closing = asyncio.create_task(bob.close_code())
        await ada.do("invite", room=room, person=BOB.id)
        assert await closing == Close.UNAVAILABLE
    back = await chat.welcome(BOB)
    assert {state["id"] for state in back.welcome["rooms"]} == {"lobby", room}


async def test_a_connection_that_ends_leaves_nothing_behind(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    await garden(ada)
    await ada.socket.close()
    await eventually(lambda: not any(room.members for room in chat.replica.hub._rooms.values()))
    assert not chat.replica.attendance.is_here(ADA.id)


# Two replicas


@pytest.fixture
def looking_only_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the broker the relay alone brings what happens elsewhere, and without it what is done while in doubt."""
    monkeypatch.setattr(hub, "HEAD_CHECK_SECONDS", NOT_IN_A_TEST_SECONDS)
    monkeypatch.setattr(keeping_up, "LOOK_SECONDS", NOT_IN_A_TEST_SECONDS)


@pytest.mark.usefixtures("looking_only_in_doubt")
async def test_an_invited_person_at_the_other_replica_gets_the_room_live(
    chat: RunningReplica, other: RunningReplica
) -> None:
    ada, bob = await chat.welcome(ADA), await other.welcome(BOB)
    room = await garden(ada, "private")
    await ada.do("invite", room=room, person=BOB.id)
    assert (await hear_of(bob, room))["head"] == 2
    await ada.send("Hi Bob", room=room)
    assert await texts_in(bob, room, "Hi Bob") == ["Hi Bob"]
    await bob.send("Hi Ada", room=room)


async def test_a_conversation_appears_at_the_other_replica(chat: RunningReplica, other: RunningReplica) -> None:
    ada, bob = await chat.welcome(ADA), await other.welcome(BOB)
    room = str((await ada.do("open", people=[BOB.id]))["room"])
    state = await hear_of(bob, room)
    assert (state["kind"], state["people"]) == (
        "direct",
        [{"id": "p-ada", "name": "Ada"}, {"id": "p-bob", "name": "Bob"}],
    )
    assert (await bob.do("open", people=[ADA.id]))["room"] == room


@pytest.mark.usefixtures("looking_only_in_doubt")
async def test_a_member_removed_at_the_other_replica_stops_receiving(
    chat: RunningReplica, other: RunningReplica
) -> None:
    ada, bob = await chat.welcome(ADA), await other.welcome(BOB)
    room = await garden(ada)
    await bob.do("join", room=room)
    await hear_of(bob, room)
    await ada.do("remove", room=room, person=BOB.id)
    assert (await bob.hear("gone"))["room"] == room
    await ada.send("Not for Bob", room=room)
    assert await bob.refusal("send", room=room, text="Still here") == "unknown_room"
    await ada.send("Nor this", room="lobby")
    await texts_in(bob, "lobby", "Nor this")
    assert bob.texts == ["Nor this"]


async def test_whoever_joins_on_one_device_has_the_room_on_the_other_replicas_too(
    chat: RunningReplica, other: RunningReplica
) -> None:
    ada, phone, desk = await chat.welcome(ADA), await chat.welcome(BOB), await other.welcome(BOB)
    room = await garden(ada)
    await phone.do("join", room=room)
    await hear_of(desk, room)
    assert (await desk.send("From the desk", room=room))["op"] == "ok"


# Without the broker


@pytest.mark.usefixtures("looking_only_in_doubt")
async def test_without_the_broker_an_invited_person_gets_the_room_all_the_same(
    broker: TcpProxy, replicas: Replicas, other: RunningReplica
) -> None:
    cut_off = await replicas.start("cut off", amqp_url=broker.url)
    ada, bob = await other.welcome(ADA), await cut_off.welcome(BOB)
    broker.shut()
    await eventually(lambda: broker.connections == 0)
    room = await garden(ada, "private")
    await ada.do("invite", room=room, person=BOB.id)
    await hear_of(bob, room)
    await ada.send("Hi Bob", room=room)
    assert await texts_in(bob, room, "Hi Bob") == ["Hi Bob"]


@pytest.mark.usefixtures("looking_only_in_doubt")
async def test_without_the_broker_a_removed_member_stops_receiving_all_the_same(
    broker: TcpProxy, replicas: Replicas, other: RunningReplica
) -> None:
    cut_off = await replicas.start("cut off", amqp_url=broker.url)
    ada, bob = await other.welcome(ADA), await cut_off.welcome(BOB)
    room = await garden(ada)
    await bob.do("join", room=room)
    await hear_of(bob, room)
    await asyncio.sleep(0)
    broker.shut()
    await eventually(lambda: broker.connections == 0)
    await ada.do("remove", room=room, person=BOB.id)
    await bob.hear("gone")
    assert await bob.refusal("send", room=room, text="Still here") == "unknown_room"
