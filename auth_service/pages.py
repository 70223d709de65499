"""The pages for people: signing in, registering and signing out, as forms that need no JavaScript."""

import aiohttp_jinja2
from aiohttp import web

from auth_service import cookies, devices, forms, visitors
from auth_service.accounts import Proof
from auth_service.proofs import SecondFactorRequired
from auth_service.redirects import local_path, see_other
from auth_service.services import SERVICES
from chassis.problems import Problem

NO_SIGN_UP = {
    "sign_up_closed": "Sign-up is closed",
    "invitation_needed": "By invitation only",
    "invitation_over": "This invitation is over",
}


class Login(web.View):
    """`/login`: signing in."""

    async def get(self) -> web.StreamResponse:
        following = local_path(self.request.query.get("next"))
        if await visitors.present(self.request):
            return see_other(following)
        if grant := await visitors.lent(self.request):
            response = see_other(following)
            cookies.lend(response, grant.access_token)
            return response
        return form(self.request, "login.html", following)

    async def post(self) -> web.StreamResponse:
        """Both steps: name and password, and where that is not enough a code."""
        fields = await forms.read(self.request)
        following = local_path(fields.get("next"))
        if "code" in fields:
            return await self._second_step(fields["code"], following)
        services, name = self.request.app[SERVICES], fields.get("name", "")
        try:
            proof = await services.proofs.password(self.request, name, fields.get("password", ""), None)
        except SecondFactorRequired as required:
            response = form(self.request, "code.html", following)
            services.second_steps.begin(response, required.proof)
            return response
        except Problem as problem:
            return form(self.request, "login.html", following, {"name": name}, problem)
        return await self._arrive(proof, following)

    async def _second_step(self, code: str, following: str) -> web.Response:
        services = self.request.app[SERVICES]
        person_id, password = services.second_steps.proved(self.request) or ("", 0)
        person = await services.accounts.find(person_id)
        if person is None:
            late = Problem(401, "signed_out", "That took too long. Please start again.")
            return form(self.request, "login.html", following, None, late)
        try:
            await services.proofs.code(self.request, person, code)
        except Problem as problem:
            return form(self.request, "code.html", following, None, problem)
        response = await self._arrive(Proof(person, password), following)
        services.second_steps.end(response)
        return response

    async def _arrive(self, proof: Proof, following: str) -> web.Response:
        try:
            grant = await self.request.app[SERVICES].grants.begin(proof, devices.of(self.request))
        except Problem as problem:  # disabled, or another password since
            return form(self.request, "login.html", following, {"name": proof.person.name}, problem)
        return await visitors.arrive(self.request, see_other(following), grant)


class Signin(web.View):
    """`/signin`: registering; the name comes from the tutorial chat that Parley grew out of."""

    async def get(self) -> web.StreamResponse:
        following = local_path(self.request.query.get("next"))
        if await visitors.present(self.request):
            return see_other(following)
        try:
            await self.request.app[SERVICES].sign_up.check()
        except Problem as problem:
            return no_sign_up(self.request, problem, following)
        return form(self.request, "signin.html", following)

    async def post(self) -> web.StreamResponse:
        fields = await forms.read(self.request)
        name, password = fields.get("name", ""), fields.get("password", "")
        following, invitation = local_path(fields.get("next")), fields.get("invitation", "")
        try:
            if password != fields.get("password_again", ""):
                raise Problem(422, "invalid", "", errors={"password_again": "The two passwords differ."})
            services = self.request.app[SERVICES]
            await services.proofs.registering(self.request)
            grant = await services.grants.register(name, password, devices.of(self.request), invitation)
        except Problem as problem:
            if problem.code in NO_SIGN_UP:
                return no_sign_up(self.request, problem, following)
            return form(self.request, "signin.html", following, {"name": name, "invitation": invitation}, problem)
        return await visitors.arrive(self.request, see_other(following), grant)


class Signout(web.View):
    """`/signout`: asks on GET, since no link and no image may end a session; ends it on POST."""

    async def get(self) -> web.StreamResponse:
        if visitor := await visitors.present(self.request):
            return question(self.request, visitor.name)
        if grant := await visitors.lent(self.request):
            response = question(self.request, grant.person.name)
            cookies.lend(response, grant.access_token)
            return response
        return see_other("/login")

    async def post(self) -> web.StreamResponse:
        await visitors.sign_out(self.request)
        response = see_other("/login")
        cookies.leave_nothing(response)
        return response


def question(request: web.Request, name: str) -> web.Response:
    response = aiohttp_jinja2.render_template("signout.html", request, {"person": {"name": name}})
    response.headers["Cache-Control"] = "no-store"
    return response


def no_sign_up(request: web.Request, problem: Problem, following: str) -> web.Response:
    """In the place of the form to sign up, where nobody may."""
    context = {"title": NO_SIGN_UP[problem.code], "detail": problem.detail, "next": following}
    response = aiohttp_jinja2.render_template("no_sign_up.html", request, context, status=problem.status)
    response.headers["Cache-Control"] = "no-store"
    return response


def form(
    request: web.Request,
    template: str,
    following: str,
    values: dict[str, str] | None = None,
    problem: Problem | None = None,
) -> web.Response:
    """The form, empty or with what was wrong with it."""
    context = {"values": values or {}, "errors": forms.errors_of(problem), "next": following}
    response = aiohttp_jinja2.render_template(template, request, context, status=problem.status if problem else 200)
    response.headers.update({"Cache-Control": "no-store"} | (problem.headers if problem else {}))
    return response
