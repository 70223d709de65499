"""What the sections of `/account` about tokens and invitations post; what is shown once has a page of its own."""

import aiohttp_jinja2
from aiohttp import web

from auth_service import forms, personal_tokens, redirects, visits
from auth_service.invitations import Asked
from auth_service.visits import Visit
from chassis.problems import Problem


class Tokens(web.View):
    """`POST /account/tokens`."""

    async def post(self) -> web.StreamResponse:
        return await visits.signed_in(self.request, change_tokens)


class Invitations(web.View):
    """`POST /account/invitations`."""

    async def post(self) -> web.StreamResponse:
        return await visits.signed_in(self.request, change_invitations)


async def change_tokens(visit: Visit) -> web.Response:
    fields = await forms.read(visit.request)
    match fields.get("act"):
        case "make":
            scopes = [scope for scope in ("read", "write", "admin") if scope in fields]
            asked = forms.convert({**fields, "scopes": scopes}, personal_tokens.Asked)
            token, code = await visit.services.programs.make(visit.actor, asked)
            return shown_once(
                visit,
                title="Your new token",
                label=f"Token “{token.name}”",
                value=code,
                hint="Copy it now: it is shown only this once. Whoever has it can act in your name.",
            )
        case "revoke":
            await visit.services.programs.revoke(visit.actor, fields.get("token", ""))
            return redirects.see_other("/account#tokens")
    raise Problem(422, "invalid", "There is no such act.")


async def change_invitations(visit: Visit) -> web.Response:
    fields = await forms.read(visit.request)
    match fields.get("act"):
        case "make":
            _, code = await visit.services.inviting.make(visit.actor, forms.convert(fields, Asked))
            return shown_once(
                visit,
                title="Your invitation",
                label="Invitation link",
                value=visit.services.links.invitation(code),
                hint="Give it to whom you want to invite. It is shown only this once.",
            )
        case "revoke":
            await visit.services.inviting.revoke(visit.actor, fields.get("invitation", ""))
            return redirects.see_other("/account#invitations")
    raise Problem(422, "invalid", "There is no such act.")


def shown_once(visit: Visit, **context: str) -> web.Response:
    return aiohttp_jinja2.render_template("shown_once.html", visit.request, context)
