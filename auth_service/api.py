"""Signing in and registering for programs: JSON under `/api/auth/`, and the public keys."""

import msgspec
from aiohttp import web

from auth_service import devices, visitors
from auth_service.accounts import Person
from auth_service.grants import Grant
from auth_service.services import SERVICES
from chassis import json_bodies

JWKS_CACHE_SECONDS = 300


class NewAccount(msgspec.Struct):
    name: str
    password: str
    invitation: str | None = None


class Credentials(msgspec.Struct):
    """`code` of the second factor, where there is one."""

    name: str
    password: str
    code: str | None = None


class Register(web.View):
    """`POST /api/auth/register`."""

    async def post(self) -> web.Response:
        asked = await json_bodies.read(self.request, NewAccount)
        services = self.request.app[SERVICES]
        await services.proofs.registering(self.request)
        grant = await services.grants.register(asked.name, asked.password, devices.of(self.request), asked.invitation)
        return await visitors.arrive(self.request, shown(grant, status=201), grant)


class LogIn(web.View):
    """`POST /api/auth/login`."""

    async def post(self) -> web.Response:
        asked = await json_bodies.read(self.request, Credentials)
        services = self.request.app[SERVICES]
        proof = await services.proofs.password(self.request, asked.name, asked.password, asked.code)
        grant = await services.grants.begin(proof, devices.of(self.request))
        return await visitors.arrive(self.request, shown(grant), grant)


class Me(web.View):
    """`GET /api/auth/me`."""

    async def get(self) -> web.Response:
        visitor = await visitors.allowed(self.request, "read")
        return json_bodies.answer(Person(visitor.person, visitor.name))


class Jwks(web.View):
    """`GET /.well-known/jwks.json`: the public halves of the signing keys."""

    async def get(self) -> web.Response:
        response = json_bodies.answer(self.request.app[SERVICES].keys.jwks)
        response.headers["Cache-Control"] = f"public, max-age={JWKS_CACHE_SECONDS}"
        return response


def shown(grant: Grant, *, status: int = 200, refresh_token: bool = True) -> web.Response:
    """`refresh_token` to who has shown one: a script in a page, whose cookie no script reads, gets none."""
    body = msgspec.to_builtins(grant)
    if not refresh_token:
        del body["refresh_token"]
    return json_bodies.answer(body, status=status)
