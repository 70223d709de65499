"""A name for each request: in our logs, in the answer's `X-Request-Id`, and so in the gateway's access log.

The gateway has no generator of its own; a caller's id is kept when it has the right shape.
"""

import re
import secrets
import time
from contextlib import nullcontext

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from chassis import logged_path, metrics, tracing

log = structlog.get_logger(__name__)

HEADER = "X-Request-Id"
REQUEST_ID_SHAPE = re.compile(r"[A-Za-z0-9_-]{8,64}")  # anything else could forge log lines or fill them

_key = web.RequestKey("request_id", str)


def of(request: web.Request) -> str:
    """The id of this request."""
    return request[_key]


@web.middleware
async def name_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Outermost of the middlewares: names the request, then logs and counts how it was answered."""
    given = request.headers.get(HEADER, "")
    name = given if REQUEST_ID_SHAPE.fullmatch(given) else secrets.token_hex(8)
    request[_key] = name
    began = time.perf_counter()
    # A socket is no request that takes long: each of the requests in it has a span of its own.
    of_request = (
        nullcontext() if hdrs.UPGRADE in request.headers else tracing.span(f"{request.method} {_route(request)}")
    )
    with structlog.contextvars.bound_contextvars(request_id=name), of_request:
        try:
            response = await handler(request)
        except web.HTTPException as redirect:  # raised instead of returned
            _account(request, redirect, time.perf_counter() - began)
            raise
        _account(request, response, time.perf_counter() - began)
    return response


async def set_header(request: web.Request, response: web.StreamResponse) -> None:
    """Signal handler: the id goes out with the answer."""
    if _key in request:
        response.headers[HEADER] = request[_key]


def _account(request: web.Request, response: web.StreamResponse, seconds: float) -> None:
    route = _route(request)
    metrics.HTTP_REQUESTS.labels(route, request.method, response.status).inc()
    if not isinstance(response, web.WebSocketResponse):  # a socket's seconds are its lifetime, not a latency
        metrics.HTTP_SECONDS.labels(route).observe(seconds)
    log.info(
        "request",
        method=request.method,
        path=logged_path.of(request),
        status=response.status,
        ms=round(seconds * 1000, 1),
    )


def _route(request: web.Request) -> str:
    return request.match_info.route.name or "unnamed"
