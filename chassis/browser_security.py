"""What keeps other sites out of a person's browser session: headers on every answer, and the check of origins.

Sources: OWASP Cross-Site Request Forgery Prevention (Fetch Metadata), https://www.w3.org/TR/fetch-metadata/.
"""

from typing import NoReturn

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from chassis import logged_path
from chassis.problems import Problem

log = structlog.get_logger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SERVER = "Parley"  # which software this is, and its versions, are nobody's business
STRICT_TRANSPORT_SECURITY = "max-age=31536000"

_public_origin = web.AppKey("public_origin", str)


def protect(app: web.Application, public_url: str) -> None:
    """Set the headers on all answers of `app`, errors included, and remember which origin is ours."""
    app[_public_origin] = public_url
    strict = {hdrs.STRICT_TRANSPORT_SECURITY: STRICT_TRANSPORT_SECURITY} if public_url.startswith("https:") else {}

    async def set_headers(_request: web.Request, response: web.StreamResponse) -> None:
        for name, value in (HEADERS | strict).items():
            response.headers.setdefault(name, value)
        response.headers[hdrs.SERVER] = SERVER  # aiohttp has set its own by now

    app.on_response_prepare.append(set_headers)


@web.middleware
async def refuse_cross_site(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let an unsafe method pass only from our own pages, or from a program that carries no cookies."""
    if request.method not in SAFE_METHODS:
        site = request.headers.get("Sec-Fetch-Site")
        origin = request.headers.get(hdrs.ORIGIN)
        if site not in {None, "same-origin"}:
            _refuse(request)
        if origin is not None and origin != request.app[_public_origin]:
            _refuse(request)  # even where the browser calls it the same: the name may be another's that leads here
        if site is None and origin is None and hdrs.COOKIE in request.headers:
            _refuse(request)
    return await handler(request)


def require_own_origin(request: web.Request) -> None:
    """A socket opened with cookies must come from our own pages, before anything of it is read.

    Raises:
        Problem: 403 `cross_site`; a missing or `null` origin counts as foreign.
    """
    if request.headers.get(hdrs.ORIGIN) != request.app[_public_origin]:
        _refuse(request)


def _refuse(request: web.Request) -> NoReturn:
    log.warning("cross-site request refused", path=logged_path.of(request), origin=request.headers.get(hdrs.ORIGIN))
    detail = f"This request came from another site than {request.app[_public_origin]}."
    raise Problem(403, "cross_site", detail)
