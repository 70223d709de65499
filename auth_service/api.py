"""The same for programs: JSON under `/api/auth/`, and the public keys."""

import msgspec
from aiohttp import web

from auth_service import cookies, refresh_tokens, visitors
from auth_service.accounts import Person
from auth_service.grants import Grant
from auth_service.services import SERVICES
from chassis import json_bodies
from chassis.problems import Problem

JWKS_CACHE_SECONDS = 300


class Credentials(msgspec.Struct):
    name: str
    password: str


class Refresh(msgspec.Struct):
    refresh_token: str | None = None


class Register(web.View):
    """`POST /api/auth/register`."""

    async def post(self) -> web.Response:
        asked = await json_bodies.read(self.request, Credentials)
        return granted(await self.request.app[SERVICES].grants.register(asked.name, asked.password), status=201)


class LogIn(web.View):
    """`POST /api/auth/login`."""

    async def post(self) -> web.Response:
        asked = await json_bodies.read(self.request, Credentials)
        return granted(await self.request.app[SERVICES].grants.sign_in(asked.name, asked.password))


class RefreshGrant(web.View):
    """`POST /api/auth/refresh`, with the token in the body or in the cookie."""

    async def post(self) -> web.Response:
        asked = await json_bodies.read(self.request, Refresh)
        sealed = asked.refresh_token or self.request.cookies.get(refresh_tokens.COOKIE)
        grant = await self.request.app[SERVICES].grants.refresh(sealed)
        return granted(grant, show_refresh_token=bool(asked.refresh_token))


class LogOut(web.View):
    """`POST /api/auth/logout`."""

    async def post(self) -> web.Response:
        await visitors.sign_out(self.request)
        response = web.Response(status=204)
        cookies.take_back(response)
        return response


class Me(web.View):
    """`GET /api/auth/me`."""

    async def get(self) -> web.Response:
        visitor = await visitors.identity(self.request)
        if visitor is None:
            raise Problem(401, "unauthenticated", "Please sign in.", headers={"WWW-Authenticate": "Bearer"})
        return json_bodies.answer(Person(visitor.person, visitor.name))


class Jwks(web.View):
    """`GET /.well-known/jwks.json`: the public halves of the signing keys."""

    async def get(self) -> web.Response:
        response = json_bodies.answer(self.request.app[SERVICES].keys.jwks)
        response.headers["Cache-Control"] = f"public, max-age={JWKS_CACHE_SECONDS}"
        return response


def granted(grant: Grant, *, status: int = 200, show_refresh_token: bool = True) -> web.Response:
    """`show_refresh_token` to who has shown one: a script in a page, whose cookie no script reads, gets none."""
    body = msgspec.to_builtins(grant)
    if not show_refresh_token:
        del body["refresh_token"]
    response = json_bodies.answer(body, status=status)
    cookies.give(response, grant)
    return response
