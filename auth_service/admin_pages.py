"""`/admin`: people, who may sign up, and the audit log, for administrators; forms that need no JavaScript."""

from urllib.parse import urlencode

import aiohttp_jinja2
from aiohttp import web

from auth_service import forms, redirects, visits
from auth_service.audit import COMMAND_LINE, KEPT, PAGE_ENTRIES
from auth_service.invitations import MAX_USES, Asked
from auth_service.people import DELETED_PERSON, PAGE_PEOPLE, Listed
from auth_service.sign_up import Policy
from auth_service.visits import Visit
from chassis.problems import Problem

DONE = {
    "disable": "They are signed out everywhere and can't sign in.",
    "enable": "They can sign in again.",
    "end-sessions": "They are signed out everywhere.",
    "revoke-tokens": "Their tokens are revoked.",
    "turn-off-second-factor": "Their second factor is off.",
    "make-administrator": "They administer Parley now.",
    "unmake-administrator": "They don't administer Parley any more.",
    "policy": "Saved.",
    "revoke": "The invitation is revoked.",
}


class People(web.View):
    """`/admin`: the list of people."""

    async def get(self) -> web.StreamResponse:
        return await visits.administering(self.request, people)


class OnePerson(web.View):
    """`/admin/people/{person}`."""

    async def get(self) -> web.StreamResponse:
        return await visits.administering(self.request, one_person)

    async def post(self) -> web.StreamResponse:
        return await visits.administering(self.request, act_on_person)


class SignUp(web.View):
    """`/admin/sign-up`: the policy, and everybody's invitations."""

    async def get(self) -> web.StreamResponse:
        return await visits.administering(self.request, sign_up)

    async def post(self) -> web.StreamResponse:
        return await visits.administering(self.request, act_on_sign_up)


class AuditLog(web.View):
    """`/admin/audit`."""

    async def get(self) -> web.StreamResponse:
        return await visits.administering(self.request, audit_log)


async def people(visit: Visit) -> web.Response:
    search, after = visit.request.query.get("q", "")[:64], visit.request.query.get("after", "")
    found = list(await visit.services.people.page(search, after, PAGE_PEOPLE + 1))
    page = found[:PAGE_PEOPLE]
    more = urlencode({"q": search, "after": page[-1].name_key}) if len(found) > PAGE_PEOPLE else ""
    context = {"here": "/admin", "people": page, "search": search, "more": more}
    return aiohttp_jinja2.render_template("admin_people.html", visit.request, context)


async def one_person(visit: Visit) -> web.Response:
    return await _person_page(visit, await _person(visit), done=DONE.get(visit.request.query.get("done", ""), ""))


async def act_on_person(visit: Visit) -> web.Response:
    person = await _person(visit)
    act = (await forms.read(visit.request)).get("act", "")
    administration = visit.services.administration
    acts = {
        "disable": administration.disable,
        "enable": administration.enable,
        "end-sessions": administration.end_sessions,
        "revoke-tokens": administration.revoke_tokens,
        "turn-off-second-factor": administration.turn_off_second_factor,
        "make-administrator": administration.make_administrator,
        "unmake-administrator": administration.unmake_administrator,
    }
    if act == "reset-password":
        code = await administration.make_reset_link(visit.actor, person.id)
        return await _person_page(visit, person, link=visit.services.links.reset(code))
    if act not in acts:
        raise Problem(422, "invalid", "There is no such act.", errors={"act": "There is no such act."})
    try:
        await acts[act](visit.actor, person.id)
    except Problem as problem:
        return await _person_page(visit, person, error=problem)
    return redirects.see_other(f"/admin/people/{person.id}?done={act}")


async def sign_up(visit: Visit) -> web.Response:
    return await _sign_up_page(visit, done=DONE.get(visit.request.query.get("done", ""), ""))


async def act_on_sign_up(visit: Visit) -> web.Response:
    fields = await forms.read(visit.request)
    services = visit.services
    try:
        match fields.get("act"):
            case "policy" if fields.get("policy") in list(Policy):
                await services.administration.change_sign_up(visit.actor, Policy(fields["policy"]))
                return redirects.see_other("/admin/sign-up?done=policy")
            case "invite":
                asked = forms.convert(fields, Asked)
                _, code = await services.inviting.make(visit.actor, asked)
                return await _sign_up_page(visit, link=visit.services.links.invitation(code))
            case "revoke":
                await services.inviting.revoke(visit.actor, fields.get("invitation", ""), of_anybody=True)
                return redirects.see_other("/admin/sign-up?done=revoke")
            case _:
                raise Problem(422, "invalid", "There is no such act.")
    except Problem as problem:
        return await _sign_up_page(visit, error=problem)


async def audit_log(visit: Visit) -> web.Response:
    before = visit.request.query.get("before", "")
    found = list(await visit.services.audit.page(before, PAGE_ENTRIES + 1))
    page = found[:PAGE_ENTRIES]
    context = {
        "here": "/admin/audit",
        "entries": page,
        "names": await visit.services.people.names(one for entry in page for one in (entry.who, entry.whom)),
        "command_line": COMMAND_LINE,
        "deleted_person": DELETED_PERSON,
        "kept_days": KEPT.days,
        "before": before,
        "more": page[-1].id if len(found) > PAGE_ENTRIES else "",
    }
    return aiohttp_jinja2.render_template("admin_audit.html", visit.request, context)


async def _person(visit: Visit) -> Listed:
    found = await visit.services.people.find(visit.request.match_info["person"])
    if found is None:
        raise web.HTTPNotFound
    return found


async def _person_page(
    visit: Visit, person: Listed, *, done: str = "", link: str = "", error: Problem | None = None
) -> web.Response:
    context = {
        "here": "/admin",
        "current": "true",  # within it
        "person": person,
        "sessions": len(await visit.services.sessions.of(person.id)),
        "second_factor": await visit.services.second_factors.is_on(person.id),
        "tokens": len(await visit.services.personal_tokens.listed(person.id)),
        "done": done,
        "link": link,
        "error": error.detail if error else "",
    }
    status = error.status if error else 200
    return aiohttp_jinja2.render_template("admin_person.html", visit.request, context, status=status)


async def _sign_up_page(visit: Visit, *, done: str = "", link: str = "", error: Problem | None = None) -> web.Response:
    invitations = await visit.services.invitations.listed()
    context = {
        "here": "/admin/sign-up",
        "policy": (await visit.services.sign_up.policy()).value,
        "invitations": invitations,
        "names": await visit.services.people.names(one.by for one in invitations),
        "deleted_person": DELETED_PERSON,
        "max_uses": MAX_USES,
        "done": done,
        "link": link,
        "error": error.detail if error else "",
    }
    status = error.status if error else 200
    return aiohttp_jinja2.render_template("admin_sign_up.html", visit.request, context, status=status)
