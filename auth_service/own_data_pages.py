"""`/account/data` and `/account/delete`: taking one's data along, and ending one's account."""

import aiohttp_jinja2
from aiohttp import hdrs, web

from auth_service import cookies, forms, visits
from auth_service.accounts import Person
from auth_service.deletion import NAME_RESERVED
from auth_service.people import DELETED_PERSON
from auth_service.visits import Visit
from chassis import json_bodies
from chassis.problems import Problem

FILE_NAME = "parley-account.json"


class Data(web.View):
    """`GET /account/data`: a file."""

    async def get(self) -> web.StreamResponse:
        return await visits.signed_in(self.request, data)


class Delete(web.View):
    """`/account/delete`: asks on GET, deletes on POST with the password."""

    async def get(self) -> web.StreamResponse:
        return await visits.signed_in(self.request, question)

    async def post(self) -> web.StreamResponse:
        return await visits.signed_in(self.request, delete)


async def data(visit: Visit) -> web.Response:
    response = json_bodies.answer(await visit.services.own_data.of(visit.actor))
    response.headers[hdrs.CONTENT_DISPOSITION] = f'attachment; filename="{FILE_NAME}"'
    return response


async def question(visit: Visit) -> web.Response:
    return form(visit)


async def delete(visit: Visit) -> web.Response:
    fields = await forms.read(visit.request)
    erase = fields.get("messages") == "erase"
    try:
        owner = Person(visit.person, visit.name)
        await visit.services.proofs.owner(owner, fields.get("password", ""), "password")
        await visit.services.deletion.delete(visit.actor, erase=erase)
    except Problem as problem:
        return form(visit, fields.get("messages", ""), problem)
    context = {"erase": erase, "deleted_person": DELETED_PERSON}
    response = aiohttp_jinja2.render_template("deleted.html", visit.request, context)
    cookies.leave_nothing(response)
    return response


def form(visit: Visit, messages: str = "", problem: Problem | None = None) -> web.Response:
    """The form, empty or with what was wrong with it."""
    context = {
        "name": visit.name,
        "values": {"messages": messages},
        "errors": (problem.errors or {"form": problem.detail}) if problem else {},
        "deleted_person": DELETED_PERSON,
        "reserved_days": NAME_RESERVED.days,
    }
    return aiohttp_jinja2.render_template(
        "delete.html", visit.request, context, status=problem.status if problem else 200
    )
