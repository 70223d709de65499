"""JSON bodies: read into a type, or refused with what is wrong and where."""

from typing import TypeVar

import msgspec
from aiohttp import web

from chassis.problems import Problem

BodyT = TypeVar("BodyT")


async def read(request: web.Request, body_type: type[BodyT]) -> BodyT:
    """The body as `body_type`; fields it doesn't know are ignored.

    Raises:
        Problem: 415 for another content type, 400 for no JSON, 422 for a missing field or one of a wrong type.
    """
    if request.content_type != "application/json":
        raise Problem(415, "unsupported_media_type", "Send JSON, as content type application/json.")
    try:
        return msgspec.json.decode(await request.read(), type=body_type)
    except msgspec.ValidationError as reason:  # it names the field: "Expected `str`, got `int` - at `$.name`"
        raise Problem(422, "invalid", str(reason)) from reason
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as reason:  # the last: nested without end
        raise Problem(400, "malformed", f"The body is no JSON: {reason}") from reason


def answer(body: object, *, status: int = 200) -> web.Response:
    """Any msgspec-encodable object as an answer; never cached, since it is about one person."""
    return web.Response(
        body=msgspec.json.encode(body),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
