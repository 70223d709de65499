"""`/invite/CODE`: signing up by an invitation, or accepting it with an account that one has."""

import aiohttp_jinja2
from aiohttp import web

from auth_service import cookies, pages, redirects, visitors, visits
from auth_service.invitations import Invitation
from auth_service.people import DELETED_PERSON
from auth_service.services import SERVICES
from auth_service.sign_up import Policy
from auth_service.visits import Visit
from chassis.problems import Problem


class Invite(web.View):
    """Asks on GET, accepts on POST: what only looks at a link, as a preview does, uses nothing up."""

    async def get(self) -> web.StreamResponse:
        if visit := await visits.of(self.request):
            return await visits.shown(visit, ask)
        return await offer(self.request)

    async def post(self) -> web.StreamResponse:
        if visit := await visits.of(self.request):
            return await visits.shown(visit, accept)
        return redirects.see_other(self.request.path)


def destination(invitation: Invitation) -> str:
    """Where it leads in the end."""
    return f"/rooms/{invitation.room}" if invitation.room else redirects.HOME


async def offer(request: web.Request) -> web.Response:
    """The form to sign up, to somebody whom we don't know."""
    services = request.app[SERVICES]
    code = request.match_info["code"]
    invitation = await services.invitations.find(code)
    if await services.sign_up.policy() is Policy.CLOSED:
        detail = "New accounts can't be made at the moment. If you have one, log in to accept the invitation."
        return pages.no_sign_up(request, Problem(403, "sign_up_closed", detail), request.path)
    by = (await services.people.names([invitation.by])).get(invitation.by, DELETED_PERSON)
    return pages.form(request, "signin.html", destination(invitation), {"invitation": code, "by": by})


async def ask(visit: Visit) -> web.Response:
    """Whether to accept, to somebody who is signed in."""
    invitation = await visit.services.invitations.find(visit.request.match_info["code"])
    names = await visit.services.people.names([invitation.by])
    context = {
        "by": names.get(invitation.by, DELETED_PERSON),
        "room": invitation.room,
        "name": visit.person.name,
        "action": visit.request.path,
    }
    return aiohttp_jinja2.render_template("invite.html", visit.request, context)


async def accept(visit: Visit) -> web.Response:
    """Into the room, with an access token that says so."""
    invitation = await visit.services.inviting.accept(visit.actor, visit.request.match_info["code"])
    response = redirects.see_other(destination(invitation))
    if grant := await visitors.lent(visit.request):  # with what was just accepted
        cookies.lend(response, grant.access_token)
    return response
