"""The same for programs: JSON under `/api/auth/`, and the public keys."""

import msgspec
from aiohttp import web

from auth_service import audit, cookies, devices, refresh_tokens, visitors
from auth_service.accounts import Person
from auth_service.audit import Act
from auth_service.grants import Grant
from auth_service.services import SERVICES
from auth_service.sessions import OpenSession
from chassis import json_bodies
from chassis.problems import Problem

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


class Refresh(msgspec.Struct):
    refresh_token: str | None = None


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
        person = await services.proofs.password(self.request, asked.name, asked.password, asked.code)
        grant = await services.grants.begin(person, devices.of(self.request))
        return await visitors.arrive(self.request, shown(grant), grant)


class RefreshGrant(web.View):
    """`POST /api/auth/refresh`, with the token in the body or in the cookie."""

    async def post(self) -> web.Response:
        asked = await json_bodies.read(self.request, Refresh)
        sealed = asked.refresh_token or self.request.cookies.get(refresh_tokens.COOKIE)
        grant = await self.request.app[SERVICES].grants.refresh(sealed, devices.of(self.request))
        response = shown(grant, refresh_token=bool(asked.refresh_token))
        cookies.give(response, grant)
        return response


class LogOut(web.View):
    """`POST /api/auth/logout`, with a good access token, or with the refresh token in the body or in the cookie."""

    async def post(self) -> web.Response:
        """End the session; one that is over already is no mistake.

        Raises:
            Problem: 401 `unauthenticated`, where no token is one of ours: nothing was ended.
        """
        asked = await json_bodies.read(self.request, Refresh) if self.request.body_exists else Refresh()
        if not await visitors.sign_out(self.request, asked.refresh_token):
            raise visitors.unauthenticated()
        response = web.Response(status=204)
        cookies.take_back(response)
        return response


class Me(web.View):
    """`GET /api/auth/me`."""

    async def get(self) -> web.Response:
        visitor = await visitors.allowed(self.request, "read")
        return json_bodies.answer(Person(visitor.person, visitor.name))


class Session(msgspec.Struct):
    """One of one's sessions; times in milliseconds since the epoch."""

    id: str
    device: str
    address: str
    created_at: int
    used_at: int
    current: bool


class Sessions(web.View):
    """`/api/auth/sessions`: GET lists one's sessions, DELETE ends all but this one."""

    async def get(self) -> web.Response:
        visitor = await visitors.signed_in(self.request)
        found = await self.request.app[SERVICES].sessions.of(visitor.person)
        return json_bodies.answer({"sessions": [_described(session, visitor.session) for session in found]})

    async def delete(self) -> web.Response:
        visitor = await visitors.signed_in(self.request)
        services = self.request.app[SERVICES]
        await services.sessions.end_all(visitor.person, but=visitor.session)
        actor = audit.by(self.request, visitor.person)
        await services.audit.record(actor, Act.OTHER_SESSIONS_ENDED, visitor.person)
        return web.Response(status=204)


class OneSession(web.View):
    """`DELETE /api/auth/sessions/{id}`: end one of one's sessions."""

    async def delete(self) -> web.Response:
        visitor = await visitors.signed_in(self.request)
        services = self.request.app[SERVICES]
        if not await services.sessions.end(self.request.match_info["id"], visitor.person):
            raise Problem(404, "not_found", "You have no such session.")
        await services.audit.record(audit.by(self.request, visitor.person), Act.SESSION_ENDED, visitor.person)
        return web.Response(status=204)


class Jwks(web.View):
    """`GET /.well-known/jwks.json`: the public halves of the signing keys."""

    async def get(self) -> web.Response:
        response = json_bodies.answer(self.request.app[SERVICES].keys.jwks)
        response.headers["Cache-Control"] = f"public, max-age={JWKS_CACHE_SECONDS}"
        return response


def _described(session: OpenSession, current: str) -> Session:
    created_at, used_at = (int(time.timestamp() * 1000) for time in (session.created_at, session.used_at))
    return Session(session.id, session.device, session.address, created_at, used_at, session.id == current)


def shown(grant: Grant, *, status: int = 200, refresh_token: bool = True) -> web.Response:
    """`refresh_token` to who has shown one: a script in a page, whose cookie no script reads, gets none."""
    body = msgspec.to_builtins(grant)
    if not refresh_token:
        del body["refresh_token"]
    return json_bodies.answer(body, status=status)
