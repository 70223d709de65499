"""Coming back to a socket: what was missed, once and in order, or a word that it was too much."""

import asyncio

import pytest

from chat_service import connection
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.replicas import RunningReplica


async def test_whoever_comes_back_gets_what_was_missed_and_then_what_is_new(chat: RunningReplica) -> None:
    ada, bob = await chat.welcome(ADA), await chat.welcome(BOB)
    await bob.socket.close()
    await ada.fill(5)
    back = await chat.connect(BOB)
    await back.resume(2, bob.welcome["epoch"])
    await ada.send("New")
    await back.hear_until(8)
    assert back.seqs == [3, 4, 5, 6, 7, 8]


async def test_whoever_missed_nothing_gets_nothing_again(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    await ada.send("Hi")
    back = await chat.connect(BOB)
    await back.resume(3, ada.welcome["epoch"])  # 3 is Bob's own joining
    await ada.send("New")
    await back.hear_until(4)
    assert back.seqs == [4]


async def test_nothing_is_missed_or_repeated_while_the_room_goes_on(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    await ada.fill(300)
    talking = asyncio.create_task(ada.fill(200))
    backs = []
    for _ in range(5):
        back = await chat.connect(ADA)
        await back.resume(1, ada.welcome["epoch"])
        backs.append(back)
    await talking
    for back in backs:
        await back.hear_until(501)
        assert back.seqs == list(range(2, 502))


async def test_a_first_visit_replays_nothing(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    await ada.fill(3)
    bob = await chat.welcome(BOB)
    await bob.ping()
    assert bob.seqs == []


async def test_another_epoch_replays_nothing(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    await ada.fill(3)
    back = await chat.connect(ADA)
    assert (await back.resume(1, "another"))["epoch"] == ada.welcome["epoch"]
    await back.ping()
    assert back.seqs == []
    assert "limited" not in back.ops


async def test_whoever_is_too_far_behind_is_told_to_load_a_page(
    chat: RunningReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MAX_REPLAY_EVENTS", 10)
    ada = await chat.welcome(ADA)
    await ada.fill(11)
    back = await chat.connect(ADA)
    await back.resume(1, ada.welcome["epoch"])
    assert await back.hear("limited") == {"op": "limited", "room": "lobby", "head": 12}
    await ada.send("New")
    await back.hear_until(13)
    assert back.seqs == [13]


async def test_whoever_is_just_not_too_far_behind_gets_all_of_it(
    chat: RunningReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MAX_REPLAY_EVENTS", 10)
    monkeypatch.setattr(connection, "REPLAY_FRAME_EVENTS", 3)
    ada = await chat.welcome(ADA)
    await ada.fill(10)
    back = await chat.connect(ADA)
    await back.resume(1, ada.welcome["epoch"])
    await back.hear_until(11)
    assert back.seqs == list(range(2, 12))
    assert back.ops.count("events") == 4


async def test_whoever_comes_from_the_future_is_told_to_load_a_page(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    back = await chat.connect(ADA)
    await back.resume(99, ada.welcome["epoch"])
    assert (await back.hear("limited"))["head"] == 1


async def test_one_hello_resumes_many_rooms_each_from_where_it_was(
    chat: RunningReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MAX_REPLAY_EVENTS", 10)
    ada = await chat.welcome(ADA)
    near, far, unnamed = [(await ada.do("create", name=name, kind="private"))["room"] for name in ("a", "b", "c")]
    for room, count in ((near, 3), (far, 11), (unnamed, 2)):
        for number in range(count):
            await ada.send(f"{number}", room=room)
    back = await chat.connect(ADA)
    await back.hello(resume={"epoch": ada.welcome["epoch"], "rooms": {near: 2, far: 1, "lobby": 1}})
    assert await back.hear("limited") == {"op": "limited", "room": far, "head": 12}
    for room in (near, far, unnamed):
        await ada.send("New", room=room)
    heard: dict[str, list[int]] = {near: [], far: [], unnamed: []}
    while not all(heard.values()) or heard[near][-1] < 5:
        told = await back.hear("events")
        heard[told["room"]] += [event["seq"] for event in told["events"]]
    assert heard == {near: [3, 4, 5], far: [13], unnamed: [4]}


async def test_a_room_that_is_none_of_mine_resumes_nothing(chat: RunningReplica) -> None:
    ada = await chat.connect(ADA)
    await ada.hello(resume={"epoch": chat.replica.epoch, "rooms": {"nowhere": 5}})
    await ada.ping()
    assert "limited" not in ada.ops


async def test_a_replay_of_the_longest_messages_arrives(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    await ada.fill(400, "😀" * 4000)
    back = await chat.connect(ADA)
    await back.resume(1, ada.welcome["epoch"])
    await back.hear_until(401)
    assert back.seqs == list(range(2, 402))
