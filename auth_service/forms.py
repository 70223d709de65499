"""Posted forms: read into their fields, or refused."""

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from chassis.problems import Problem

FieldsT = TypeVar("FieldsT")

CONTENT_TYPE = "application/x-www-form-urlencoded"
MAX_FIELDS = 20


async def read(request: web.Request) -> dict[str, str]:
    """The fields of a form as browsers post it; of several with one name the last.

    aiohttp's own `request.post()` believes the sender about the charset and fails on what doesn't fit it.

    Raises:
        Problem: 415 for another content type, 400 for what no browser sends.
    """
    if request.content_type != CONTENT_TYPE:
        raise Problem(415, "unsupported_media_type", f"Send a form, as content type {CONTENT_TYPE}.")
    try:
        text = (await request.read()).decode()
        return dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS))
    except ValueError as reason:  # no UTF-8, or too many fields
        raise Problem(400, "malformed", "The form can't be read.") from reason


def convert(fields: Mapping[str, object], into: type[FieldsT]) -> FieldsT:
    """Fields as a type that says what they may be; those it doesn't know are ignored.

    Raises:
        Problem: 422 `invalid`, which names the field.
    """
    try:
        return msgspec.convert(fields, into, strict=False)
    except msgspec.ValidationError as reason:
        raise Problem(422, "invalid", str(reason)) from reason


def errors_of(problem: Problem | None) -> dict[str, str]:
    """What is wrong with a form by field, or with `form` as a whole."""
    return (problem.errors or {"form": problem.detail}) if problem else {}
