"""Rooms of others, asked for by their id: every command answers as it does for a room that is not there."""

from typing import Any

import msgspec
import pytest

from chat_service import commands
from chat_service.commands import AnyCommand
from tests.attacks.place import Place
from tests.chat_service.talker import Talker

FLOOD = 300
WRITES_PER_SECOND = 4.0  # so that a flood need not be large; at once thirty seconds worth of them
VALUES: dict[str, Any] = {
    "text": "hi", "target": 1, "root": 1, "seq": 1, "seqs": [1], "emoji": "\N{THUMBS UP SIGN}", "name": "other",
    "topic": "t", "seconds": 1, "role": "member", "level": "all", "after": 1, "before": 1, "person": "nobody",
}  # fmt: skip


@pytest.fixture
def chat_settings(chat_settings: dict[str, Any]) -> dict[str, Any]:
    return {**chat_settings, "writes_per_second": WRITES_PER_SECOND}


def about_a_room() -> list[dict[str, Any]]:
    """Every request that names a room, with what it requires."""
    found = []
    for kind in AnyCommand.__args__:
        fields = msgspec.structs.fields(kind)
        names = {field.name for field in fields}
        if {"room", "id"} <= names:
            required = {field.name: VALUES.get(field.name, "x") for field in fields if field.required}
            found.append({**required, "op": kind.__struct_config__.tag})
    return found


async def asked(talker: Talker, request: dict[str, Any], room: str) -> dict[str, Any]:
    number = talker.next_id()
    await talker.say(**{**request, "id": number, "room": room})
    answer = await talker.answer(number)
    return {name: value for name, value in answer.items() if name != "id"}


async def test_a_private_room_is_to_others_as_one_that_is_not_there_whatever_they_ask(place: Place) -> None:
    await place.register("Root")
    ada, mallory = (await place.register("Ada"))["access_token"], (await place.register("Mallory"))["access_token"]
    headers = {"Idempotency-Key": "k"}
    made = await place.ask("POST", "/api/rooms", {"name": "secret", "kind": "private"}, ada, **headers)
    assert made.status == 201, made.body
    room = next(
        one["id"] for one in (await place.ask("GET", "/api/rooms", token=ada)).body["rooms"] if one["id"] != "lobby"
    )
    unknown = room[:-1] + ("0" if room[-1] != "0" else "1")
    requests = about_a_room()
    assert len(requests) > len(commands.AnyCommand.__args__) / 2
    talker = await place.socket(mallory)
    await talker.hello()
    told = {}
    for request in requests:
        answers = [await asked(talker, request, which) for which in (room, unknown)]
        if answers[0] != answers[1] or answers[0]["op"] != "error":
            told[request["op"]] = answers
    assert told == {}
    await talker.socket.close()


async def test_who_floods_is_slowed_down_and_who_does_not_is_heard(place: Place) -> None:
    await place.register("Root")
    ada, mallory = (await place.register("Ada"))["access_token"], (await place.register("Mallory"))["access_token"]
    flooding, calm = await place.socket(mallory), await place.socket(ada)
    for talker in (flooding, calm):
        await talker.hello()
    for number in range(FLOOD):
        await flooding.say("send", id=f"f{number}", room="lobby", text="x")
    assert (await calm.send("hello"))["op"] != "error"
    answers = [await flooding.answer(f"f{number}") for number in range(FLOOD)]
    refused = [answer for answer in answers if answer["op"] == "error"]
    assert {answer["code"] for answer in refused} == {"rate_limited"}
    assert len(refused) > FLOOD / 3
    for talker in (flooding, calm):
        await talker.socket.close()
