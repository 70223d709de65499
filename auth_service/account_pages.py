"""`/account`: what a person can change about their account, as forms that need no JavaScript.

Each form posts to a path of its own. What went well leads back to the page, which says so by a word in its address;
what went wrong is shown at its field. Whoever comes without a session is sent to sign in first.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TypeVar

import aiohttp_jinja2
import msgspec
from aiohttp import web

from auth_service import account_sections, audit, cookies, forms, visitors
from auth_service.accounts import Person
from auth_service.audit import Act
from auth_service.grants import Grant
from auth_service.services import SERVICES, Services
from chassis import access_tokens
from chassis.problems import Problem

PAGE = "/account"
DONE = {
    "name": "You have a new name.",
    "password": "Your password is changed. All your other sessions have ended.",
    "session": "That session has ended.",
    "sessions": "All other sessions have ended.",
    "second-factor-off": "Your second factor is off.",
}


class Owner(msgspec.Struct, frozen=True):
    """Who looks at their own account, in which session; `lent` where their access cookie was over."""

    person: Person
    session: str
    lent: Grant | None = None


Page = TypeVar("Page", bound=web.View)
Handler = Callable[[Page, Owner], Awaitable[web.Response]]


def owned(handler: "Handler[Page]") -> Callable[[Page], Awaitable[web.StreamResponse]]:
    """Hand the page's owner to its handler, or send whoever is not signed in to do that."""

    @wraps(handler)
    async def handle(view: Page) -> web.StreamResponse:
        owner = await _owner(view.request)
        if owner is None:
            return web.Response(status=303, headers={"Location": f"/login?next={PAGE}", "Cache-Control": "no-store"})
        response = await handler(view, owner)
        if owner.lent and access_tokens.ACCESS_COOKIE not in response.cookies:
            cookies.lend(response, owner.lent.access_token)
        return response

    return handle


class Account(web.View):
    """`/account`."""

    @owned
    async def get(self, owner: Owner) -> web.Response:
        return await page(self.request, owner)


class Name(web.View):
    """`/account/name`: another name."""

    @owned
    async def post(self, owner: Owner) -> web.Response:
        fields, services = await forms.read(self.request), self.request.app[SERVICES]
        try:
            await services.proofs.renaming(owner.person)
            renamed = await services.accounts.rename(owner.person.id, fields.get("name", ""))
        except Problem as problem:
            return await page(self.request, owner, "name", problem, fields)
        await note(self.request, owner, Act.RENAMED)
        response = done("name")
        cookies.lend(response, await services.grants.access_token(renamed.id, owner.session))
        return response


class Password(web.View):
    """`/account/password`: another password."""

    @owned
    async def post(self, owner: Owner) -> web.Response:
        fields, services = await forms.read(self.request), self.request.app[SERVICES]
        new = fields.get("new_password", "")
        try:
            if new != fields.get("new_password_again", ""):
                raise Problem(422, "invalid", "", errors={"new_password_again": "The two passwords differ."})
            await services.proofs.owner(owner.person, fields.get("password", ""), "password")
            await services.accounts.change_password(owner.person, new)
        except Problem as problem:
            return await page(self.request, owner, "password", problem)
        await services.sessions.end_all(owner.person.id, but=owner.session)
        await note(self.request, owner, Act.PASSWORD_CHANGED)
        return done("password")


class Sessions(web.View):
    """`/account/sessions`: end the one named by `session`, or all others."""

    @owned
    async def post(self, owner: Owner) -> web.Response:
        session = (await forms.read(self.request)).get("session")
        sessions = self.request.app[SERVICES].sessions
        if session is None:
            await sessions.end_all(owner.person.id, but=owner.session)
            await note(self.request, owner, Act.OTHER_SESSIONS_ENDED)
            return done("sessions")
        if await sessions.end(session, owner.person.id):  # one that is over already is no mistake
            await note(self.request, owner, Act.SESSION_ENDED)
        return done("session")


async def page(
    request: web.Request,
    owner: Owner,
    section: str = "",
    problem: Problem | None = None,
    values: dict[str, str] | None = None,
) -> web.Response:
    """The page, with what is wrong in one of its sections."""
    services = request.app[SERVICES]
    context = {
        "person": owner.person,
        "current": owner.session,
        "sessions": await services.sessions.of(owner.person.id),
        "done": DONE.get(request.query.get("done", "")) if problem is None else None,
        "problems": {section: errors_of(problem)} if problem else {},
        "values": values or {},
        **await _second_factor(services, owner.person.id),
        **await account_sections.context(services, owner.person.id),
    }
    return rendered(request, "account.html", context, problem)


async def note(request: web.Request, owner: Owner, what: Act) -> None:
    """Into the audit log."""
    await request.app[SERVICES].audit.record(audit.by(request, owner.person.id), what, owner.person.id)


def rendered(
    request: web.Request, template: str, context: dict[str, object], problem: Problem | None = None
) -> web.Response:
    response = aiohttp_jinja2.render_template(template, request, context, status=problem.status if problem else 200)
    response.headers.update({"Cache-Control": "no-store"} | (problem.headers if problem else {}))
    return response


def errors_of(problem: Problem | None) -> dict[str, str]:
    """What is wrong by field, or with the form as a whole."""
    return (problem.errors or {"form": problem.detail}) if problem else {}


def done(what: str) -> web.Response:
    return web.Response(status=303, headers={"Location": f"{PAGE}?done={what}", "Cache-Control": "no-store"})


async def _owner(request: web.Request) -> Owner | None:
    services, lent = request.app[SERVICES], None
    visitor = await visitors.present(request)
    if visitor is None and (lent := await visitors.lent(request)):
        visitor = await services.access_tokens.identify(lent.access_token)
    if visitor is None:
        return None
    person = await services.accounts.find(visitor.person)  # by its name of now, not by that of the token
    return Owner(person, visitor.session, lent) if person else None


async def _second_factor(services: Services, person: str) -> dict[str, object]:
    return {
        "second_factor": await services.second_factors.is_on(person),
        "codes_left": await services.second_factors.codes_left(person),
    }
