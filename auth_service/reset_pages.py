"""`/reset/CODE`: setting a new password by a link that an administrator made."""

import aiohttp_jinja2
from aiohttp import web

from auth_service import forms
from auth_service.people import Listed
from auth_service.services import SERVICES
from chassis import client_address
from chassis.problems import Problem


class Reset(web.View):
    """The form on GET; what only looks at a link, as a preview does, uses nothing up."""

    async def get(self) -> web.StreamResponse:
        return form(self.request, await self._person())

    async def post(self) -> web.StreamResponse:
        person = await self._person()
        fields = await forms.read(self.request)
        password = fields.get("password", "")
        try:
            if password != fields.get("password_again", ""):
                raise Problem(422, "invalid", "", errors={"password_again": "The two passwords differ."})
            code = self.request.match_info["code"]
            await self.request.app[SERVICES].resetting.reset(code, password, client_address.of(self.request))
        except Problem as problem:
            if problem.status == web.HTTPNotFound.status_code:
                raise
            return form(self.request, person, problem)
        response = aiohttp_jinja2.render_template("reset_done.html", self.request, {})
        response.headers["Cache-Control"] = "no-store"
        return response

    async def _person(self) -> Listed:
        services = self.request.app[SERVICES]
        person = await services.people.find(await services.reset_links.person(self.request.match_info["code"]))
        if person is None:
            raise web.HTTPNotFound
        return person


def form(request: web.Request, person: Listed, problem: Problem | None = None) -> web.Response:
    """The form, empty or with what was wrong with it."""
    context = {"name": person.name, "action": request.path, "errors": forms.errors_of(problem)}
    response = aiohttp_jinja2.render_template("reset.html", request, context, status=problem.status if problem else 200)
    response.headers["Cache-Control"] = "no-store"
    return response
