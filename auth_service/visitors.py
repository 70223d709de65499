"""Who sends a request, as the auth service sees them."""

from aiohttp import web

from auth_service import cookies, refresh_tokens
from auth_service.grants import Grant
from auth_service.people import Standing
from auth_service.services import SERVICES
from chassis import access_tokens
from chassis.access_tokens import Identity, InvalidToken
from chassis.problems import Problem


async def identity(request: web.Request) -> Identity | None:
    """Whom the access token speaks for; None for no token or a bad one, or for one of a program.

    What is here is for people: no program changes its person's password or makes itself another token. What programs
    may do too asks `allowed`.
    """
    visitor = await _presented(request)
    return None if visitor and visitor.program else visitor


async def present(request: web.Request) -> Identity | None:
    """As `identity`, of a session that goes on, of somebody who may come in: one that ended, or is about to, leaves
    tokens behind, which the chat refuses."""
    visitor = await identity(request)
    standing = await _admitted(request, visitor) if visitor else None
    if visitor is None or standing is None:
        return None
    sessions = request.app[SERVICES].sessions
    return visitor if await sessions.is_open(visitor.session, visitor.person, standing.passwords) else None


async def signed_in(request: web.Request) -> Identity:
    """Who asks for what is theirs alone.

    Raises:
        Problem: 401 `unauthenticated`.
    """
    visitor = await present(request)
    if visitor is None:
        raise unauthenticated()
    return visitor


async def allowed(request: web.Request, scope: str) -> Identity:
    """Who asks for what a program may do too, with a token that was made for that.

    Raises:
        Problem: 401 `unauthenticated`, 403 `insufficient_scope`.
    """
    visitor = await _presented(request)
    if visitor is None or not visitor.program:
        return await signed_in(request)
    is_good = request.app[SERVICES].personal_tokens.is_good
    if not await _admitted(request, visitor) or not await is_good(visitor.session):
        raise unauthenticated()
    if scope not in visitor.scopes:
        raise Problem(403, "insufficient_scope", f"This token was made without the scope {scope}.")
    return visitor


async def administers(request: web.Request, visitor: Identity) -> bool:
    """Whether they do now: what the token says may be minutes old."""
    standing = await request.app[SERVICES].people.standing(visitor.person)
    return bool(standing and standing.administrator and "admin" in visitor.scopes)


async def lent(request: web.Request) -> Grant | None:
    """A new access token, where the access cookie is over and the refresh cookie is not; nothing changes by it."""
    return await request.app[SERVICES].grants.lend(request.cookies.get(refresh_tokens.COOKIE))


async def sign_out(request: web.Request, refresh_token: str | None = None) -> bool:
    """End the session of the request's tokens, whichever of them is still good; whether one was."""
    sessions = request.app[SERVICES].sessions
    if visitor := await identity(request):
        await sessions.end(visitor.session)
        return True
    return await sessions.end_by_token(refresh_token or request.cookies.get(refresh_tokens.COOKIE))


async def arrive(request: web.Request, response: web.Response, grant: Grant) -> web.Response:
    """Give whoever has just signed in their cookies, in place of the session that this browser had."""
    services = request.app[SERVICES]
    await services.sessions.end_by_token(request.cookies.get(refresh_tokens.COOKIE))
    cookies.give(response, grant)
    services.known_devices.remember(request, response, grant.person.id)
    return response


async def _admitted(request: web.Request, visitor: Identity) -> Standing | None:
    """How they stand now, who may come in; what the token says may be minutes old."""
    standing = await request.app[SERVICES].people.standing(visitor.person)
    return standing if standing and not standing.disabled else None


async def _presented(request: web.Request) -> Identity | None:
    token = access_tokens.presented(request)
    if not token:
        return None
    try:
        return await request.app[SERVICES].access_tokens.identify(token)
    except InvalidToken:  # no better than none: signing in mends it
        return None


def unauthenticated() -> Problem:
    return Problem(401, "unauthenticated", "Please sign in.", headers={"WWW-Authenticate": "Bearer"})
