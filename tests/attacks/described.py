"""Each operation of docs/openapi.yaml and each frame of docs/asyncapi.yaml, made of its schema alone."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from tests.api import asyncapi, openapi

OPENAPI, ASYNCAPI = openapi.document(), asyncapi.document()

Schema = dict[str, Any]


class Operation(msgspec.Struct, frozen=True):
    """`body` is None where none is sent; `fields` are those that it may have."""

    method: str
    path: str
    body: dict[str, Any] | None
    fields: list[str]
    query: list[str]
    in_path: list[str]


def operations() -> Iterator[Operation]:
    for path, methods in OPENAPI["paths"].items():
        for method, described in methods.items():
            parameters = described.get("parameters", [])
            schema = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            yield Operation(
                method.upper(),
                path,
                None if schema is None else example(schema),
                [] if schema is None else list(resolved(schema).get("properties", {})),
                [one["name"] for one in parameters if one["in"] == "query"],
                [one["name"] for one in parameters if one["in"] == "path"],
            )


def frames() -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Each frame that a client may send, with the fields that it may have besides `op`."""
    for name, message in ASYNCAPI["components"]["messages"].items():
        if name.startswith("client-"):
            schema = resolved(message["payload"], ASYNCAPI)
            yield example(schema, ASYNCAPI), [field for field in schema["properties"] if field != "op"]


def resolved(schema: Schema, document: Schema = OPENAPI) -> Schema:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def example(schema: Schema, document: Schema = OPENAPI) -> Any:
    """Something of this schema, with what is required and nothing else."""
    schema = resolved(schema, document)
    if "anyOf" in schema:
        return example(schema["anyOf"][0], document)
    kinds: dict[str, Callable[[], Any]] = {
        "object": lambda: {name: example(schema["properties"][name], document) for name in schema.get("required", [])},
        "array": lambda: [example(schema["items"], document)] * schema.get("minItems", 0),
        "integer": lambda: schema.get("minimum", 1),
        "boolean": lambda: False,
        "string": lambda: "example",
    }
    return schema["enum"][0] if "enum" in schema else kinds[schema["type"]]()
