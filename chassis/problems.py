"""What can go wrong with a request, said once: as `application/problem+json` to programs, as a page to people.

Source: RFC 9457, Problem Details for HTTP APIs. `code` is ours: a stable word that programs may compare.
"""

import http
from collections.abc import Mapping

import aiohttp_jinja2
import msgspec
import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from pymongo.errors import ConnectionFailure

from chassis import logged_path, request_id

log = structlog.get_logger(__name__)

PROBLEM_TYPE = "application/problem+json"


class Problem(Exception):
    """A request that can't be answered as asked; `errors` maps a field to what is wrong with it."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = dict(errors or {})
        self.headers = dict(headers or {})


@web.middleware
async def answer_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every exception of a handler into an answer; what nobody foresaw is logged and told to nobody."""
    try:
        return await handler(request)
    except Problem as problem:
        return _answer(request, problem)
    except web.HTTPException as answer:
        if answer.status < http.HTTPStatus.BAD_REQUEST:  # a redirect is an answer, not a problem
            raise
        code = http.HTTPStatus(answer.status).name.lower()
        allow = {"Allow": answer.headers[hdrs.ALLOW]} if hdrs.ALLOW in answer.headers else {}
        return _answer(request, Problem(answer.status, code, answer.text or answer.reason, headers=allow))
    except web.RequestPayloadError:  # the sender's mistake, like a body that says gzip and isn't
        return _answer(request, Problem(400, "malformed", "The body can't be read."))
    except ConnectionFailure as reason:  # the database is away: nothing was done, and the same request may be repeated
        log.warning("database unavailable", path=logged_path.of(request), reason=str(reason)[:200])
        detail = "The database can't be reached right now. Please try again."
        return _answer(request, Problem(503, "unavailable", detail, headers={"Retry-After": "2"}))
    except Exception:  # a programming error: its trace is for us, the client learns only that it is ours
        log.exception("unhandled error", method=request.method, path=logged_path.of(request))
        return _answer(request, Problem(500, "internal", "Something went wrong on our side."))


def _answer(request: web.Request, problem: Problem) -> web.Response:
    title = http.HTTPStatus(problem.status).phrase
    if _wants_page(request):
        response = aiohttp_jinja2.render_template(
            "error.html",
            request,
            {
                "status": problem.status,
                "title": title,
                "detail": problem.detail,
                "request_id": request_id.of(request),
            },
            status=problem.status,
        )
    else:
        body: dict[str, object] = {"title": title, "status": problem.status, "code": problem.code}
        body["detail"] = problem.detail
        if problem.errors:
            body["errors"] = problem.errors
        response = web.Response(
            body=msgspec.json.encode(body), status=problem.status, headers={hdrs.CONTENT_TYPE: PROBLEM_TYPE}
        )
    # Else a cache may keep a 404 for as long as it likes (RFC 9111, section 4.2.2).
    response.headers.update({hdrs.CACHE_CONTROL: "no-store"} | problem.headers)
    return response


def _wants_page(request: web.Request) -> bool:
    return not request.path.startswith("/api/") and "text/html" in request.headers.get(hdrs.ACCEPT, "")
