"""One method of one path, as a document describes it, and what can go wrong with it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from tests.api.schemas import Schema

ALWAYS = {401: "nobody, or nobody that we know", 503: "not now: come back after so many seconds"}
ASKED = {
    404: "no such thing, or none that one may see",
    422: "a field is missing, of a wrong type or out of its limits",
}
WRITING = {
    400: "no JSON, or no key",
    403: "one may not do that",
    409: "the state of things does not allow that",
    413: "the body is too large",
    415: "no JSON by its content type",
    429: "too fast: come back after so many seconds",
}
COMMON = ALWAYS | ASKED | WRITING


class Problem(msgspec.Struct, omit_defaults=True):
    """What went wrong (RFC 9457); `code` is a stable word, `errors` maps a field to what is wrong with it."""

    title: str
    status: int
    code: str
    detail: str
    errors: dict[str, str] = {}


class Described(NamedTuple):
    """One method of one path."""

    name: str
    method: str
    path: str
    summary: str
    status: int
    answer: Any
    body: type[msgspec.Struct] | None = None
    parameters: tuple[Schema, ...] = ()
    problems: Mapping[int, str] = MappingProxyType({})
    open_to_all: bool = False
    tag: str = "chat"


def in_path(name: str) -> Schema:
    """A parameter of which nothing is known but that it is there."""
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
