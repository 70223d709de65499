"""Personal access tokens for programs: making, listing, revoking and exchanging them, as JSON."""

import msgspec
from aiohttp import web

from auth_service import audit, visitors
from auth_service.personal_tokens import Asked
from auth_service.services import SERVICES
from auth_service.times import in_milliseconds
from chassis import json_bodies


class Shown(msgspec.Struct):
    """What a program has."""

    token: str


class Listed(msgspec.Struct):
    """One of one's tokens; times in milliseconds since the epoch."""

    id: str
    name: str
    scopes: list[str]
    created_at: int
    last_used_at: int | None
    expires_at: int


class Made(Listed):
    """A new one, with `token`, which is never told again."""

    token: str


class All(msgspec.Struct):
    tokens: list[Listed]


class Tokens(web.View):
    """`GET` and `POST /api/auth/tokens`, for who signed in by hand: no program makes itself another token."""

    async def get(self) -> web.Response:
        visitor = await visitors.signed_in(self.request)
        tokens = await self.request.app[SERVICES].personal_tokens.listed(visitor.person)
        return json_bodies.answer(All([Listed(**in_milliseconds(token)) for token in tokens]))

    async def post(self) -> web.Response:
        visitor = await visitors.signed_in(self.request)
        asked = await json_bodies.read(self.request, Asked)
        actor = audit.by(self.request, visitor.person)
        token, code = await self.request.app[SERVICES].programs.make(actor, asked)
        return json_bodies.answer(Made(**in_milliseconds(token), token=code), status=201)


class OneToken(web.View):
    """`DELETE /api/auth/tokens/{token}`."""

    async def delete(self) -> web.Response:
        visitor = await visitors.signed_in(self.request)
        actor = audit.by(self.request, visitor.person)
        await self.request.app[SERVICES].programs.revoke(actor, self.request.match_info["token"])
        return web.Response(status=204)


class Exchange(web.View):
    """`POST /api/auth/token`: a personal token -> an access token, and no cookies."""

    async def post(self) -> web.Response:
        shown = await json_bodies.read(self.request, Shown)
        return json_bodies.answer(await self.request.app[SERVICES].programs.exchange(shown.token))
