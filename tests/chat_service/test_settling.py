"""Settling: what is delivered is settled, whatever the store does."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from chassis import background
from chat_service import settling
from chat_service.archive_memory import Logs, MemoryArchive
from chat_service.events import Delete, MessageChange
from chat_service.settling import Settling
from chat_service.store import StoreUnavailable
from tests.chat_service.eventually import eventually
from tests.chat_service.examples import ADA, BOB, stored
from tests.chat_service.replicas import Replicas, RunningReplica

DELETION = Delete(id="d-2", author=ADA, seq=2, at=2, target=1)


class Archive(MemoryArchive):
    """An archive that can be away."""

    down = False
    refused = 0

    async def settle(self, room: str, changes: Sequence[MessageChange]) -> None:
        await asyncio.sleep(0)
        if self.down:
            self.refused += 1
            raise StoreUnavailable("down")
        await super().settle(room, changes)


@pytest.fixture
def logs() -> Logs:
    return {"lobby": [stored(1), DELETION], "attic": [stored(1), DELETION]}


@pytest.fixture
def archive(logs: Logs) -> Archive:
    return Archive(logs)


@pytest.fixture
async def running(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Settling]:
    monkeypatch.setattr(settling, "RETRY_SECONDS", 0.01)
    running = Settling(archive)
    async with background.running({"settling": running.run()}):
        yield running


def erased(logs: Logs, room: str) -> bool:
    return getattr(logs[room][0], "erased", False)


async def test_what_is_taken_is_settled(running: Settling, logs: Logs) -> None:
    running.take("lobby", [DELETION])
    await eventually(lambda: erased(logs, "lobby"))
    assert not erased(logs, "attic")
    running.take("attic", [DELETION])
    await eventually(lambda: erased(logs, "attic"))


async def test_what_can_not_be_settled_now_is_settled_later(running: Settling, logs: Logs, archive: Archive) -> None:
    archive.down = True
    running.take("lobby", [DELETION])
    await eventually(lambda: archive.refused > 1)
    running.take("attic", [DELETION])
    archive.down = False
    await eventually(lambda: erased(logs, "lobby") and erased(logs, "attic"))


async def test_more_than_can_be_kept_is_not_kept(
    running: Settling, logs: Logs, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "MAX_WAITING_CHANGES", 1)
    archive.down = True
    running.take("lobby", [DELETION])
    running.take("attic", [DELETION])
    archive.down = False
    await eventually(lambda: erased(logs, "lobby"))
    assert not erased(logs, "attic")
    running.take("attic", [DELETION])
    await eventually(lambda: erased(logs, "attic"))


async def store_has(chat: RunningReplica, text: str) -> bool:
    """Whether a text is anywhere in the lobby's log, as stored."""
    return text in repr(await chat.replica.history._events.after("lobby", 0, 1000))


async def test_what_one_replica_died_over_another_settles(chat: RunningReplica, other: RunningReplica) -> None:
    ada, bob = await chat.welcome(ADA), await other.welcome(BOB)
    said = await ada.send("the text that goes")
    await bob.hear_until(said["seq"])
    head = other.replica.hub.position("lobby")
    deletion = Delete(id="d", author=ADA, seq=head + 1, at=1, target=said["seq"])
    await chat.replica.history._events.append("lobby", [deletion])  # and then it did nothing more
    other.replica.hub.compare_heads_now()
    async with asyncio.timeout(10):
        while await store_has(chat, "the text that goes"):
            await asyncio.sleep(0.02)
    assert "the text that goes" not in repr(await bob.page())


async def test_whoever_opens_a_room_settles_what_was_left(replicas: Replicas, chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    said = await ada.send("the text that goes")
    deletion = Delete(id="d", author=ADA, seq=said["seq"] + 1, at=1, target=said["seq"])
    await chat.replica.history._events.append("lobby", [deletion])
    assert await store_has(chat, "the text that goes")
    later = await replicas.start("chat2")
    await later.welcome(ADA)
    async with asyncio.timeout(10):
        while await store_has(later, "the text that goes"):
            await asyncio.sleep(0.02)


async def test_over_the_socket_a_message_goes_its_whole_way(chat: RunningReplica, other: RunningReplica) -> None:
    bob, ada = await other.welcome(BOB), await chat.welcome(ADA)
    said = await ada.send("**Hi** @bob")
    for number, (op, fields) in enumerate(
        [
            ("react", {"emoji": "👍"}),
            ("edit", {"text": "Ho @bob"}),
            ("unreact", {"emoji": "👍"}),
            ("react", {"emoji": "❤"}),
        ]
    ):
        await ada.say(op, id=f"c-{number}", room="lobby", target=said["seq"], **fields)
        done = await ada.answer(f"c-{number}")
        assert done["op"] == "ok"
    await bob.hear_until(done["seq"])
    await bob.say("fetch", id="f", room="lobby", seqs=[said["seq"]])
    page = await bob.answer("f")
    (message,) = page["events"]
    assert (message["text"], message["mentions"]) == ("Ho @bob", [BOB.id])
    assert message["reactions"] == [{"emoji": "❤\ufe0f", "people": [ADA.id]}]
    await bob.say("counts", id="n", rooms=["lobby"])
    assert (await bob.answer("n"))["rooms"] == [{"room": "lobby", "read": 0, "unread": 1, "mentions": 1}]
    again = await other.welcome(BOB)
    assert {field: again.welcome["rooms"][0][field] for field in ("unread", "mentions")} == {"unread": 1, "mentions": 1}
