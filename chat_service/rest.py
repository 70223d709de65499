"""The same for programs that only post or ask: JSON under `/api/`, by the commands and the rules of the socket."""

import hashlib
import math
import re
import uuid
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from chassis import access_tokens, json_bodies
from chassis.access_tokens import Identity, InvalidToken
from chassis.browser_security import SAFE_METHODS
from chassis.problems import Problem
from chat_service import scopes
from chat_service.commands import AnyCommand
from chat_service.errors import ChatError, Unavailable
from chat_service.events import CLIENT_ID_PATTERN, Room
from chat_service.notices import Notice
from chat_service.operations import Operation, RoomChanges
from chat_service.replica import REPLICA
from chat_service.store import StoreUnavailable
from chat_service.visitor import Visitor

log = structlog.get_logger(__name__)

IDEMPOTENCY_KEY = "Idempotency-Key"  # the IETF's draft-ietf-httpapi-idempotency-key-header
STATUSES = {
    "malformed": 400,
    "unknown_op": 501,
    "hello_required": 400,
    "invalid": 422,
    "unknown_room": 404,
    "unknown_message": 404,
    "unknown_person": 404,
    "not_allowed": 403,
    "muted": 403,
    "banned": 403,
    "archived": 409,
    "slow_mode": 429,
    "rate_limited": 429,
    "name_taken": 409,
    "last_owner": 409,
    "limit_reached": 409,
    "unavailable": 503,
    "internal": 500,
}
"""Every code of errors.py, as HTTP says it."""

T = TypeVar("T")


def handler(operation: Operation) -> Handler:
    """Answers an operation's requests."""

    async def handle(request: web.Request) -> web.StreamResponse:
        visitor = await visiting(request)
        asked = command(operation.command, await _said(request, operation), _key(request, operation))
        return answer(request, await perform(request, visitor, asked), operation.status)

    return handle


async def rooms(request: web.Request) -> web.StreamResponse:
    """`GET /api/rooms`: the rooms one is in."""
    visitor = await visiting(request)
    try:
        found = await request.app[REPLICA].access.rooms_of(visitor.person.id)
    except StoreUnavailable:
        raise as_problem(Unavailable()) from None
    return answer(request, {"rooms": found})


async def room(request: web.Request) -> web.StreamResponse:
    """`GET /api/rooms/{room}`: a room that one may see."""
    return answer(request, await _seen(request, await visiting(request)))


async def change_room(request: web.Request) -> web.StreamResponse:
    """`PATCH /api/rooms/{room}`: answered by the room as it is then. What came before an error stays changed."""
    visitor = await visiting(request)
    said = await json_bodies.read(request, dict[str, Any])
    changes = _converted(said, RoomChanges)
    for asked in changes.commands(request.match_info["room"], str(uuid.uuid4())):
        await perform(request, visitor, asked)
    return answer(request, await _seen(request, visitor))


async def export(request: web.Request) -> web.StreamResponse:
    """`GET /api/export`: all that this service keeps of whoever asks, as a file."""
    visitor = await visiting(request)
    headers = {
        hdrs.CONTENT_TYPE: "application/json",
        hdrs.CONTENT_DISPOSITION: 'attachment; filename="parley-chat.json"',
        hdrs.CACHE_CONTROL: "no-store",
    }
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    try:
        async for piece in request.app[REPLICA].export.of(visitor.person):
            await response.write(piece)
    except StoreUnavailable:  # begun is begun: that it is broken off is how a reader knows
        log.warning("export broken off", person=visitor.person.id)
        response.force_close()
        if request.transport:
            request.transport.abort()
    return response


async def visiting(request: web.Request) -> Visitor:
    """Who asks; if they have never been here, they are in the lobby from now on.

    Raises:
        Problem: 401 `unauthenticated`, 503 `unavailable`.
    """
    identity = await authenticated(request)
    visitor = request.app[REPLICA].renames.visitor(identity)
    try:
        await request.app[REPLICA].lobby.visit(visitor)
    except ChatError as error:
        raise as_problem(error) from None
    return visitor


async def authenticated(request: web.Request) -> Identity:
    """Whose token came with a request.

    Raises:
        Problem: 401 `unauthenticated`, 403 `insufficient_scope` for a token for programs that was made for less.
    """
    try:
        identity = await request.app[REPLICA].access_tokens.identify(access_tokens.presented(request) or "")
    except InvalidToken:
        raise Problem(401, "unauthenticated", "Please sign in.", headers={"WWW-Authenticate": "Bearer"}) from None
    scope = scopes.READ if request.method in SAFE_METHODS else scopes.WRITE
    if scope not in identity.scopes:
        raise Problem(403, "insufficient_scope", f"This token was made without the scope {scope}.")
    return identity


async def perform(request: web.Request, visitor: Visitor, asked: AnyCommand) -> Notice:
    """What the visitor is told to that.

    Raises:
        Problem: why it can't be done.
    """
    try:
        return await request.app[REPLICA].requests.answer(visitor, asked)
    except ChatError as error:
        raise as_problem(error) from None


def as_problem(error: ChatError) -> Problem:
    """A request error as HTTP tells it."""
    return Problem(
        STATUSES[error.code],
        error.code,
        error.message,
        errors={error.field: error.message} if error.field else None,
        headers={"Retry-After": str(math.ceil(error.retry_after))} if error.retry_after is not None else None,
    )


def command(kind: type[AnyCommand], said: Mapping[str, Any], key: str) -> AnyCommand:
    """The command that a request is.

    Raises:
        Problem: 422 `invalid`, where a field is missing, of a wrong type or out of its limits.
    """
    return _converted({**said, "id": key, "op": kind.__struct_config__.tag}, kind)


def _converted(said: Mapping[str, Any], kind: type[T]) -> T:
    try:
        return msgspec.convert(said, kind)
    except msgspec.ValidationError as reason:  # "Expected `str`, got `int` - at `$.text`"
        what, _, where = str(reason).partition(" - at ")
        field = where.partition("`$.")[2].rstrip("`")
        if not field and "missing required field" in what:
            field = what.rsplit("`", 2)[-2]
        raise _invalid(field, what) from None


def answer(request: web.Request, told: object, status: int = 200) -> web.Response:
    """A notice as JSON, without what the socket alone needs. To a GET with a tag, which spares sending it again."""
    body = msgspec.to_builtins(told)
    if isinstance(told, Notice):
        body = {name: value for name, value in body.items() if name not in {"op", "id"}}
    response = json_bodies.answer(body, status=status)
    if request.method == hdrs.METH_GET:
        response.headers[hdrs.CACHE_CONTROL] = "private, no-cache"  # kept by whom it is for, and asked for each time
        response.etag = tag = hashlib.blake2b(msgspec.json.encode(body), digest_size=12).hexdigest()
        if any(known.value in {tag, "*"} for known in request.if_none_match or ()):
            headers = {name: response.headers[name] for name in (hdrs.CACHE_CONTROL, hdrs.ETAG)}
            return web.Response(status=304, headers=headers)
    return response


async def _seen(request: web.Request, visitor: Visitor) -> Room:
    try:
        return await request.app[REPLICA].access.seen(visitor, request.match_info["room"])
    except ChatError as error:
        raise as_problem(error) from None
    except StoreUnavailable:
        raise as_problem(Unavailable()) from None


async def _said(request: web.Request, operation: Operation) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if request.method == hdrs.METH_GET:
        fields = _from_text(request.query, operation)
    elif request.method != hdrs.METH_DELETE and request.body_exists:
        fields = await json_bodies.read(request, dict[str, Any])
    return fields | _from_text(request.match_info, operation)


def _from_text(texts: Mapping[str, str], operation: Operation) -> dict[str, Any]:
    """The values that these texts stand for, each of the type that its field has."""
    values = {}
    for field in msgspec.structs.fields(operation.command):
        if field.name in texts:
            try:
                values[field.name] = msgspec.convert(texts[field.name], field.type, strict=False)
            except msgspec.ValidationError as reason:
                raise _invalid(field.name, str(reason)) from None
    return values


def _key(request: web.Request, operation: Operation) -> str:
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is None:
        if operation.needs_key:
            detail = f"Send an {IDEMPOTENCY_KEY} of your own, the same one however often you try."
            raise Problem(400, "idempotency_key_required", detail)
        return str(uuid.uuid4())
    if not re.match(CLIENT_ID_PATTERN, key):
        raise _invalid(IDEMPOTENCY_KEY, "Expected 1 to 64 letters, digits, `_` or `-`")
    return key


def _invalid(field: str, what: str) -> Problem:
    return Problem(422, "invalid", f"{field}: {what}" if field else what, errors={field: what} if field else None)
