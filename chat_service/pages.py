"""The web client's page, for people who are signed in."""

from pathlib import Path

import aiohttp_jinja2
from aiohttp import web

from chassis import access_tokens
from chassis.access_tokens import InvalidToken
from chat_service.events import Person
from chat_service.replica import REPLICA

STATIC = Path(__file__).parent / "static"
STATIC_PREFIX = "/static"


class Home(web.View):
    """`/`: the chat, or the way to sign in."""

    async def get(self) -> web.StreamResponse:
        token = access_tokens.presented(self.request) or ""
        try:
            identity = await self.request.app[REPLICA].access_tokens.identify(token)
        except InvalidToken:  # the auth service knows whether it can be renewed
            return web.Response(status=303, headers={"Location": "/login?next=/", "Cache-Control": "no-store"})
        context = {"person": Person(identity.person, identity.name)}
        response = aiohttp_jinja2.render_template("chat.html", self.request, context)
        response.headers["Cache-Control"] = "no-store"
        return response


async def revalidate_static_files(request: web.Request, response: web.StreamResponse) -> None:
    """Signal handler: browsers ask each time whether a file changed, so that an update is never mixed with old code."""
    if request.path.startswith(STATIC_PREFIX):
        response.headers.setdefault("Cache-Control", "no-cache")
