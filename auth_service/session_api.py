"""Going on with a session, ending it, and the list of one's sessions, as JSON."""

import msgspec
from aiohttp import web

from auth_service import api, audit, cookies, devices, refresh_tokens, visitors
from auth_service.audit import Act
from auth_service.services import SERVICES
from auth_service.sessions import OpenSession
from chassis import json_bodies
from chassis.problems import Problem


class Refresh(msgspec.Struct):
    refresh_token: str | None = None


class RefreshGrant(web.View):
    """`POST /api/auth/refresh`, with the token in the body or in the cookie."""

    async def post(self) -> web.Response:
        asked = await json_bodies.read(self.request, Refresh)
        sealed = asked.refresh_token or self.request.cookies.get(refresh_tokens.COOKIE)
        grant = await self.request.app[SERVICES].grants.refresh(sealed, devices.of(self.request))
        response = api.shown(grant, refresh_token=bool(asked.refresh_token))
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
        actor = audit.by(self.request, visitor.person)
        await services.audit.record(actor, Act.OTHER_SESSIONS_ENDED, visitor.person)
        await services.sessions.end_all(visitor.person, but=visitor.session)
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


def _described(session: OpenSession, current: str) -> Session:
    created_at, used_at = (int(time.timestamp() * 1000) for time in (session.created_at, session.used_at))
    return Session(session.id, session.device, session.address, created_at, used_at, session.id == current)
