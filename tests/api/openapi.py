"""The HTTP API of both services, in OpenAPI 3.1."""

import http
import re
from typing import Any

import msgspec

from chat_service.events import CLIENT_ID_PATTERN, Person, Room
from chat_service.export import ExportedRoom
from chat_service.operations import OPERATIONS, ROOM, ROOMS, Operation, RoomChanges
from chat_service.rest import IDEMPOTENCY_KEY
from tests.api import accounts
from tests.api.described import ALWAYS, ASKED, COMMON, WRITING, Described, Problem, in_path
from tests.api.schemas import Schema, components, without

PROBLEM = "application/problem+json"
SIGNED_IN: list[dict[str, list[str]]] = [{"token": []}, {"cookie": []}]


class Rooms(msgspec.Struct):
    rooms: list[Room]


class Exported(msgspec.Struct):
    person: Person
    rooms: list[ExportedRoom]


CHAT = (
    Described("rooms", "GET", ROOMS, "The rooms one is in", 200, Rooms),
    Described("room", "GET", ROOM, "A room that one may see", 200, Room, parameters=(in_path("room"),), problems=ASKED),
    Described("change-room", "PATCH", ROOM, "Change a room, in the order of the fields", 200, Room, RoomChanges,
              parameters=(in_path("room"),), problems=ASKED | WRITING),
    Described("export", "GET", "/api/export", "What the chat keeps of whoever asks, as a file", 200, Exported),
    Described("emoji", "GET", "/api/emoji", "Every emoji with its short names", 200, list[list[str]], open_to_all=True),
)  # fmt: skip


def document() -> dict[str, Any]:
    described = [*accounts.OPERATIONS, *CHAT, *map(_described, OPERATIONS)]
    types: list[Any] = [Problem]
    types += [one.body for one in described if one.body] + [one.answer for one in described if one.answer]
    types = list(dict.fromkeys(types))  # each once
    schemas, named = components(types)
    by_type = dict(zip(types, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for one in described:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, by_type)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Parley's HTTP API",
            "version": "1",
            "description": "docs/protocol.md says what it means: each request to the chat is a command of the socket.",
        },
        "tags": [{"name": "auth", "description": "Accounts and tokens"}, {"name": "chat", "description": "Rooms"}],
        "paths": paths,
        "components": {
            "responses": {_name(status): _problem(words) for status, words in COMMON.items()},
            "schemas": named,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "__Host-access"},
            },
        },
    }


def _described(operation: Operation) -> Described:
    """An operation of the chat, by its command's type."""
    fields = {field.name: field for field in msgspec.structs.fields(operation.command)}
    in_path = re.findall(r"{(\w+)}", operation.path)
    in_query = [name for name in fields if name not in {"id", *in_path}] if operation.method == "GET" else []
    parameters = [_parameter(fields[name], "path") for name in in_path]
    parameters += [_parameter(fields[name], "query") for name in in_query]
    key = {"name": IDEMPOTENCY_KEY, "in": "header", "required": operation.needs_key}
    key["schema"] = {"type": "string", "pattern": CLIENT_ID_PATTERN.removesuffix(r"(?!\n)")}
    body = None
    if operation.method == "GET":
        problems = ASKED
    else:
        parameters.append(key)
        problems = ASKED | WRITING
        if operation.method != "DELETE":
            left = without(operation.command, ("id", *in_path))
            body = left if msgspec.structs.fields(left) else None
    return Described(
        operation.name,
        operation.method,
        operation.path,
        _summary(operation),
        operation.status,
        without(operation.answer, ("id",)),
        body,
        tuple(parameters),
        problems,
    )


def _summary(operation: Operation) -> str:
    words = (operation.command.__doc__ or "").partition("\n")[0].rstrip(".")
    return words or operation.name.replace("-", " ").capitalize()


def _parameter(field: Any, place: str) -> Schema:
    [schema], _ = components([field.type])
    if "anyOf" in schema:  # what may be left out is left out: no text stands for null
        [schema] = [one for one in schema["anyOf"] if one != {"type": "null"}]
    if not field.required and field.default is not None:
        schema = schema | {"default": field.default}
    return {"name": field.name, "in": place, "required": place == "path", "schema": schema}


def _operation(one: Described, schemas: dict[Any, Schema]) -> dict[str, Any]:
    told: dict[str, Any] = {"operationId": one.name, "tags": [one.tag], "summary": one.summary}
    told["security"] = [] if one.open_to_all else SIGNED_IN
    if one.parameters:
        told["parameters"] = list(one.parameters)
    if one.body:
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": schemas[one.body]}}}
    answers: dict[str, Any] = {str(one.status): _answer(one, schemas)}
    if one.tag == "chat" and one.method == "GET":
        answers["304"] = {"description": "as it was by the tag in If-None-Match"}
    problems = {**ALWAYS, **one.problems}
    if one.tag == "chat" and not one.open_to_all:
        problems.setdefault(403, WRITING[403])  # a token for programs may have been made for less
    if one.open_to_all and 401 not in one.problems and one.name != "refresh":
        del problems[401]
    for status, words in sorted(problems.items()):
        common = COMMON[status] == words
        answers[str(status)] = {"$ref": f"#/components/responses/{_name(status)}"} if common else _problem(words)
    told["responses"] = answers
    return told


def _name(status: int) -> str:
    return http.HTTPStatus(status).phrase.replace(" ", "")


def _problem(words: str) -> dict[str, Any]:
    return {"description": words, "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def _answer(one: Described, schemas: dict[Any, Schema]) -> dict[str, Any]:
    if one.answer is None:
        return {"description": "done"}
    return {"description": "done", "content": {"application/json": {"schema": schemas[one.answer]}}}
