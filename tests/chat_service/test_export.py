"""Export: what a person takes along is what is theirs, and nothing of what others keep from them."""

import json
import uuid
from typing import Any

from chat_service import export
from chat_service.events import Person
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.replicas import RunningReplica


async def exported(chat: RunningReplica, person: Person) -> Any:
    answer = await chat.client.get("/api/export", headers={"Authorization": f"Bearer {chat.issuer.token(person)}"})
    assert answer.status == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return json.loads(await answer.text())


async def ask(chat: RunningReplica, person: Person, request: str, body: dict[str, str] | None = None) -> Any:
    """`request` is a method and a path; each is one of its own."""
    method, path = request.split()
    headers = {"Authorization": f"Bearer {chat.issuer.token(person)}", "Idempotency-Key": uuid.uuid4().hex}
    answer = await chat.client.request(method, path, json=body or {}, headers=headers)
    assert answer.ok, await answer.text()
    return await answer.json()


async def test_everything_that_somebody_said_is_in_it_page_after_page(chat: RunningReplica, monkeypatch: Any) -> None:
    monkeypatch.setattr(export, "PAGE_EVENTS", 2)
    for number in range(5):
        await ask(chat, ADA, "POST /api/rooms/lobby/events", {"text": f"said {number}"})
    await ask(chat, BOB, "POST /api/rooms/lobby/events", {"text": "not hers"})
    taken = await exported(chat, ADA)
    assert taken["person"] == {"id": ADA.id, "name": ADA.name}
    (lobby,) = taken["rooms"]
    assert lobby["room"]["name"] == "lobby"
    assert {event["text"] for event in lobby["events"] if event["type"] == "message"} == {f"said {n}" for n in range(5)}


async def test_whoever_was_never_here_takes_along_their_arrival(chat: RunningReplica) -> None:
    taken = await exported(chat, ADA)
    assert [event["type"] for event in taken["rooms"][0]["events"]] == ["join"]


async def test_of_a_private_room_that_one_left_only_one_s_own_words_remain(chat: RunningReplica) -> None:
    await exported(chat, BOB)  # so that he is known
    room = (await ask(chat, ADA, "POST /api/rooms", {"name": "plans", "kind": "private"}))["room"]
    await ask(chat, ADA, f"PUT /api/rooms/{room}/members/{BOB.id}")
    await ask(chat, BOB, f"POST /api/rooms/{room}/events", {"text": "his word"})
    await ask(chat, ADA, f"DELETE /api/rooms/{room}/members/{BOB.id}")
    kept = next(one for one in (await exported(chat, BOB))["rooms"] if one["id"] == room)
    assert "room" not in kept
    assert [event["text"] for event in kept["events"]] == ["his word"]


async def test_a_stranger_gets_nothing(chat: RunningReplica) -> None:
    assert (await chat.client.get("/api/export")).status == 401
