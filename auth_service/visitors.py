"""Who sends a request, as the auth service sees them."""

from aiohttp import web

from auth_service import refresh_tokens
from auth_service.services import SERVICES
from chassis import access_tokens
from chassis.access_tokens import Identity, InvalidToken


async def identity(request: web.Request) -> Identity | None:
    """Whom the access token speaks for; None for no token or a bad one."""
    token = access_tokens.presented(request)
    if not token:
        return None
    try:
        return await request.app[SERVICES].access_tokens.identify(token)
    except InvalidToken:  # no better than none: signing in mends it
        return None


async def sign_out(request: web.Request) -> None:
    """End the session of the request's tokens, whichever of them is still good."""
    sessions = request.app[SERVICES].sessions
    if visitor := await identity(request):
        await sessions.end(visitor.session)
    elif sealed := request.cookies.get(refresh_tokens.COOKIE):
        await sessions.end_by_token(sealed)
