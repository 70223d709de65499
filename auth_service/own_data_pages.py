"""`/account/data` and `/account/delete`: taking one's data along, and ending one's account."""

from aiohttp import hdrs, web

from auth_service import cookies, forms, visits
from auth_service.deletion import NAME_RESERVED
from auth_service.people import DELETED_PERSON
from auth_service.visits import Visit
from chassis import json_bodies
from chassis.problems import Problem

FILE_NAME = "parley-account.json"


class Data(web.View):
    """`POST /account/data`: a file; that it was taken is written down, so no link may do it."""

    async def post(self) -> web.StreamResponse:
        return await visits.signed_in(self.request, data)


class Delete(web.View):
    """`/account/delete`: asks on GET, deletes on POST with the password, and where there is a second factor a code."""

    async def get(self) -> web.StreamResponse:
        return await visits.signed_in(self.request, question)

    async def post(self) -> web.StreamResponse:
        return await visits.signed_in(self.request, delete)


async def data(visit: Visit) -> web.Response:
    response = json_bodies.answer(await visit.services.own_data.of(visit.actor))
    response.headers[hdrs.CONTENT_DISPOSITION] = f'attachment; filename="{FILE_NAME}"'
    return response


async def question(visit: Visit) -> web.Response:
    return await form(visit)


async def delete(visit: Visit) -> web.Response:
    fields = await forms.read(visit.request)
    erase = fields.get("messages") == "erase"
    try:
        await visit.services.proofs.owner(visit.person, visit.session, fields.get("password", ""), "password")
        if await visit.services.second_factors.is_on(visit.person.id):
            await visit.services.proofs.owner_code(visit.person, fields.get("code", ""))
        await visit.services.deletion.delete(visit.actor, erase=erase)
    except Problem as problem:
        return await form(visit, fields.get("messages", ""), problem)
    response = visit.rendered("deleted.html", {"erase": erase, "deleted_person": DELETED_PERSON})
    cookies.leave_nothing(response)
    return response


async def form(visit: Visit, messages: str = "", problem: Problem | None = None) -> web.Response:
    """The form, empty or with what was wrong with it."""
    context: dict[str, object] = {
        "name": visit.person.name,
        "values": {"messages": messages},
        "second_factor": await visit.services.second_factors.is_on(visit.person.id),
        "deleted_person": DELETED_PERSON,
        "reserved_days": NAME_RESERVED.days,
    }
    return visit.rendered("delete.html", context, problem)
