"""Each operation of docs/openapi.yaml with a request that it would take, made of its schema alone."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from tests.api import openapi

DOCUMENT = openapi.document()


class Operation(msgspec.Struct, frozen=True):
    """`body` is None where none is sent; `fields` are those that it may have."""

    method: str
    path: str
    body: dict[str, Any] | None
    fields: list[str]
    query: list[str]
    in_path: list[str]


def operations() -> Iterator[Operation]:
    for path, methods in DOCUMENT["paths"].items():
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


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def example(schema: dict[str, Any]) -> Any:
    """Something of this schema, with what is required and nothing else."""
    schema = resolved(schema)
    if "anyOf" in schema:
        return example(schema["anyOf"][0])
    kinds: dict[str, Callable[[], Any]] = {
        "object": lambda: {name: example(schema["properties"][name]) for name in schema.get("required", [])},
        "array": lambda: [example(schema["items"])] * schema.get("minItems", 0),
        "integer": lambda: schema.get("minimum", 1),
        "boolean": lambda: False,
        "string": lambda: "example",
    }
    return schema["enum"][0] if "enum" in schema else kinds[schema["type"]]()
