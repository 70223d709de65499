"""The web client's page, for people who are signed in, and the files it is made of."""

import aiohttp_jinja2
from aiohttp import hdrs, web

from chassis import access_tokens
from chassis.access_tokens import InvalidToken
from chat_service import shell
from chat_service.replica import REPLICA

FOR_EVER = "public, max-age=31536000, immutable"
VERSION_HEADER = "Parley-Version"


class Home(web.View):
    """`/` and `/rooms/...`: the chat, or the way to sign in."""

    async def get(self) -> web.StreamResponse:
        token = access_tokens.presented(self.request) or ""
        try:
            identity = await self.request.app[REPLICA].access_tokens.identify(token)
        except InvalidToken:  # the auth service knows whether it can be renewed
            headers = {"Location": f"/login?next={self.request.rel_url.raw_path}", "Cache-Control": "no-store"}
            return web.Response(status=303, headers=headers)
        context = {
            "person": self.request.app[REPLICA].renames.visitor(identity).person,
            "version": shell.VERSION,
            "static": shell.VERSIONED_PREFIX,
            "modules": shell.MODULES,
        }
        response = aiohttp_jinja2.render_template("chat.html", self.request, context)
        response.headers["Cache-Control"] = "no-store"
        response.headers[VERSION_HEADER] = shell.VERSION
        return response


class ServiceWorker(web.View):
    """`/sw.js`: at the top, since a service worker is in charge of what lies beside and below it."""

    async def get(self) -> web.StreamResponse:
        headers = {"Cache-Control": "no-cache"}
        return web.Response(text=shell.worker(), content_type="text/javascript", headers=headers)


class OtherVersion(web.View):
    """A file of another version than ours, while an update is under way: ours in its place, and not for long."""

    async def get(self) -> web.StreamResponse:
        location = f"{shell.STATIC_PREFIX}/{self.request.match_info['path']}"
        return web.Response(status=307, headers={"Location": location, "Cache-Control": "no-store"})


async def set_caching(request: web.Request, response: web.StreamResponse) -> None:
    """Signal handler: what has its version in its address is kept; of the rest, browsers ask whether it changed."""
    if request.path.startswith(f"{shell.VERSIONED_PREFIX}/") and response.status == web.HTTPOk.status_code:
        response.headers.setdefault(hdrs.CACHE_CONTROL, FOR_EVER)
    elif request.path.startswith(shell.STATIC_PREFIX):
        response.headers.setdefault(hdrs.CACHE_CONTROL, "no-cache")
