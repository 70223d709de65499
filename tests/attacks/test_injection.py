"""Operators and fields that nobody asked for, in every place of every operation that docs/openapi.yaml describes."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from chassis.mongo import Database
from tests.attacks.described import Operation, frames, operations
from tests.attacks.place import Answer, Place

OPERATORS: list[Any] = [{"$gt": ""}, {"$ne": None}, {"$regex": ".*"}, {"$where": "1"}, [{"$gt": ""}]]
TEXTS = ["$where", '{"$gt":""}', "[$ne]", "a.b", "$", "__proto__", "\u0000", "%00"]
NOTICES = {"events", "presence", "read", "typing"}  # come whenever they like
MARK = "mallory-was-here"
MASS = {
    **dict.fromkeys(
        ("_id", "id", "person", "by", "author", "sid", "session", "sub", "password_hash", "name_key"), MARK
    ),
    **dict.fromkeys(("role", "owner", "member", "created_by", "seq", "at", "code", "url", "epoch"), MARK),
    **dict.fromkeys(("administrator", "admin", "first", "program", "disabled_at", "counter", "uses_left"), MARK),
    "$set": {"administrator": MARK},
    "__class__": MARK,
    "__proto__": {"admin": MARK},
}


async def send(
    place: Place, asked: Operation, token: str, body: Any, changed: Mapping[str, str] | None = None
) -> Answer:
    path, changed = asked.path, changed or {}
    for name in asked.in_path:
        path = path.replace("{" + name + "}", quote(changed.get(name, "lobby" if name == "room" else "1"), safe=""))
    query = "&".join(f"{quote(name)}={quote(value)}" for name, value in changed.items() if name not in asked.in_path)
    headers = {} if asked.method == "GET" else {"Idempotency-Key": "attack"}
    return await place.ask(asked.method, f"{path}?{query}" if query else path, body, token, **headers)


def strings(value: Any) -> Iterator[str]:
    """Every name and text in a document."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
    elif isinstance(value, str):
        yield value


async def stored(*databases: Database) -> AsyncIterator[tuple[str, Any]]:
    """All that is in these databases."""
    for database in databases:
        for name in await database.list_collection_names():
            async for document in database[name].find():
                yield name, document


async def spare(place: Place) -> str:
    """A session to ask with, since some operations end it."""
    return str((await place.sign_in("Ada")).body["access_token"])


async def test_an_operator_in_the_place_of_any_value_is_refused(
    place: Place, database: Database, chat_database: Database
) -> None:
    await place.register("Ada")
    token = await spare(place)
    taken = {}
    for asked in operations():
        for field in asked.fields:
            for operator in OPERATORS:
                answer = await send(place, asked, token, {**(asked.body or {}), field: operator})
                if answer.status != 422 or field not in repr(answer.body):
                    taken[f"{asked.method} {asked.path} {field}={operator}"] = (answer.status, answer.body)
    assert taken == {}
    async for _, document in stored(database, chat_database):
        assert not [text for text in strings(document) if text.startswith("$") and not text.startswith("$argon2id$")]


async def test_an_operator_in_the_place_of_any_value_of_a_frame_is_refused(
    place: Place, chat_database: Database
) -> None:
    talker = await place.socket((await place.register("Ada"))["access_token"])
    taken = {}
    for frame, fields in frames():
        for field in fields:
            for operator in OPERATORS:
                await talker.socket.send_json({**frame, field: operator})
                while (answer := await talker.socket.receive_json())["op"] in NOTICES:
                    pass
                if answer["op"] != "error" or field not in repr(answer):
                    taken[f"{frame['op']} {field}={operator}"] = answer
        if frame["op"] == "hello":
            await talker.hello()
    assert taken == {}
    await talker.socket.close()
    async for _, document in stored(chat_database):
        assert not [text for text in strings(document) if text.startswith("$")]


async def test_an_operator_written_as_a_text_is_only_a_text(place: Place) -> None:
    await place.register("Ada")
    token = await spare(place)
    broken = {}
    for asked in operations():
        for text in TEXTS:
            for name in (*asked.in_path, *asked.query):
                answer = await send(place, asked, token, asked.body, {name: text})
                if answer.status >= 500:
                    broken[f"{asked.method} {asked.path} {name}={text!r}"] = answer.status
            for field in asked.fields:
                answer = await send(place, asked, token, {**(asked.body or {}), field: text})
                if answer.status >= 500:
                    broken[f"{asked.method} {asked.path} {field}: {text!r}"] = answer.status
            if asked.path.endswith(("logout", "sessions")):
                token = await spare(place)
    assert broken == {}


async def test_a_query_in_brackets_is_no_operator(place: Place) -> None:
    await place.register("Ada")
    token = await spare(place)
    for asked in operations():
        if asked.method == "GET":
            for name in asked.query:
                answer = await send(place, asked, token, None, {f"{name}[$ne]": "x", f"{name}[$regex]": ".*"})
                assert answer.status < 500, asked.path


async def test_no_field_that_nobody_asked_for_is_kept(
    place: Place, database: Database, chat_database: Database
) -> None:
    await place.register("Root")
    ada = await place.register("Ada")
    token = await spare(place)
    real = {
        "register": {"name": "Mallory", "password": "seven teal otters waltz"},
        "login": {"name": "Ada", "password": "seven teal otters waltz"},
        "refresh": {"refresh_token": ada["refresh_token"]},
    }
    statuses: dict[str, int] = {}
    for asked in operations():
        if asked.body is None or asked.path.endswith("logout"):
            continue
        body = {**asked.body, **real.get(asked.path.rsplit("/", 1)[1], {})}
        extra = {name: value for name, value in MASS.items() if name not in asked.fields}
        statuses[f"{asked.method} {asked.path}"] = (await send(place, asked, token, {**extra, **body})).status
    assert max(statuses.values()) < 500
    assert min(statuses[f"POST /api/auth/{name}"] for name in real) in {200, 201}  # they did what they are for
    assert [name async for name, document in stored(database, chat_database) if MARK in repr(document)] == []
    people = database["people"].find({"administrator": True})
    assert [person["name"] async for person in people] in ([], ["Root"])
