"""`/account`: what a person can change about their account, as forms that need no JavaScript.

Each form posts to a path of its own. What went well leads back to the page, which says so by a word in its address;
what went wrong is shown at its field.
"""

from aiohttp import web

from auth_service import account_sections, cookies, devices, forms, redirects, visitors, visits
from auth_service.audit import Act
from auth_service.visits import ACCOUNT, Visit
from chassis.problems import Problem

DONE = {
    "name": "You have a new name.",
    "password": "Your password is changed. All your other sessions have ended.",
    "session": "That session has ended.",
    "sessions": "All other sessions have ended.",
    "second-factor-off": "Your second factor is off.",
}


class Account(web.View):
    """`/account`."""

    async def get(self) -> web.StreamResponse:
        return await visits.signed_in(self.request, page)


class Name(web.View):
    """`POST /account/name`: another name."""

    async def post(self) -> web.StreamResponse:
        return await visits.signed_in(self.request, rename)


class Password(web.View):
    """`POST /account/password`: another password."""

    async def post(self) -> web.StreamResponse:
        return await visits.signed_in(self.request, change_password)


class Sessions(web.View):
    """`POST /account/sessions`: end the one named by `session`, or all others."""

    async def post(self) -> web.StreamResponse:
        return await visits.signed_in(self.request, end_sessions)


async def rename(visit: Visit) -> web.Response:
    fields, services = await forms.read(visit.request), visit.services
    try:
        await services.proofs.renaming(visit.person)
        await services.accounts.rename(visit.person.id, fields.get("name", ""))
    except Problem as problem:
        return await page(visit, "name", problem, fields)
    await visit.note(Act.RENAMED)
    response = done("name")
    cookies.lend(response, await services.grants.access_token(visit.person.id, visit.session))
    return response


async def change_password(visit: Visit) -> web.Response:
    fields, services = await forms.read(visit.request), visit.services
    new = fields.get("new_password", "")
    try:
        if new != fields.get("new_password_again", ""):
            raise Problem(422, "invalid", "", errors={"new_password_again": "The two passwords differ."})
        proof = await services.proofs.owner(visit.person, visit.session, fields.get("password", ""), "password")
        proof = await services.accounts.change_password(proof, new)
        await visit.note(Act.PASSWORD_CHANGED)
        await services.sessions.end_all(visit.person.id, but=visit.session)
        # This session too is a new one: whoever had stolen a token of the old one is out. That ends last, since the
        # chats open in this browser come back as it does, and the new cookies have to be there before them.
        grant = await services.grants.begin(proof, devices.of(visit.request))
        await services.old_passwords.end(visit.person.id, proof.password)
    except Problem as problem:
        return await page(visit, "password", problem)
    return await visitors.arrive(visit.request, done("password"), grant)


async def end_sessions(visit: Visit) -> web.Response:
    session = (await forms.read(visit.request)).get("session")
    sessions = visit.services.sessions
    if session is None:
        await visit.note(Act.OTHER_SESSIONS_ENDED)
        await sessions.end_all(visit.person.id, but=visit.session)
        return done("sessions")
    if await sessions.end(session, visit.person.id):  # one that is over already is no mistake
        await visit.note(Act.SESSION_ENDED)
    return done("session")


async def page(
    visit: Visit, section: str = "", problem: Problem | None = None, values: dict[str, str] | None = None
) -> web.Response:
    """The page, with what is wrong in one of its sections."""
    services, person = visit.services, visit.person
    context = {
        "person": person,
        "current": visit.session,
        "sessions": await services.sessions.of(person.id),
        "done": DONE.get(visit.request.query.get("done", "")) if problem is None else None,
        "problems": {section: forms.errors_of(problem)} if problem else {},
        "values": values or {},
        "second_factor": await services.second_factors.is_on(person.id),
        "codes_left": await services.second_factors.codes_left(person.id),
        **await account_sections.context(services, person.id),
    }
    return visit.rendered("account.html", context, problem)


def done(what: str) -> web.Response:
    return redirects.see_other(f"{ACCOUNT}?done={what}")
