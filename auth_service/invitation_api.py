"""Invitations for programs, the web client among them, as JSON."""

import msgspec
from aiohttp import web

from auth_service import audit, visitors
from auth_service.invitations import Asked
from auth_service.services import SERVICES
from auth_service.times import in_milliseconds
from chassis import json_bodies


class Listed(msgspec.Struct):
    """An open invitation of `by`, into `room` where there is one; times in milliseconds since the epoch."""

    id: str
    by: str
    room: str | None
    uses: int
    uses_left: int
    created_at: int
    ends_at: int


class Made(Listed):
    """A new one, with its `code`, alone and in a link, which are never told again."""

    url: str
    code: str


class All(msgspec.Struct):
    invitations: list[Listed]


class Invitations(web.View):
    """`GET` and `POST /api/auth/invitations`: one's own; to administrators all are listed."""

    async def get(self) -> web.Response:
        visitor = await visitors.allowed(self.request, "read")
        services = self.request.app[SERVICES]
        by = None if await visitors.administers(self.request, visitor) else visitor.person
        invitations = await services.invitations.listed(by)
        return json_bodies.answer(All([Listed(**in_milliseconds(one)) for one in invitations]))

    async def post(self) -> web.Response:
        visitor = await visitors.allowed(self.request, "write")
        services = self.request.app[SERVICES]
        asked = await json_bodies.read(self.request, Asked)
        invitation, code = await services.inviting.make(audit.by(self.request, visitor.person), asked)
        made = Made(**in_milliseconds(invitation), url=services.links.invitation(code), code=code)
        return json_bodies.answer(made, status=201)


class OneInvitation(web.View):
    """`DELETE /api/auth/invitations/{invitation}`: one's own; for an administrator anybody's."""

    async def delete(self) -> web.Response:
        visitor = await visitors.allowed(self.request, "write")
        everybodys = await visitors.administers(self.request, visitor)
        await self.request.app[SERVICES].inviting.revoke(
            audit.by(self.request, visitor.person), self.request.match_info["invitation"], of_anybody=everybodys
        )
        return web.Response(status=204)
