"""The pages for people: signing in, registering and signing out, as forms that need no JavaScript."""

import re
from collections.abc import Mapping
from urllib.parse import quote

import aiohttp_jinja2
from aiohttp import web

from auth_service import cookies, refresh_tokens, visitors
from auth_service.grants import Grant
from auth_service.services import SERVICES
from chassis.problems import Problem

HOME = "/"
LOCAL_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")  # `//host` and `/\host` lead to other sites
MAX_NEXT_CHARS = 512


class Login(web.View):
    """`/login`: signing in."""

    async def get(self) -> web.StreamResponse:
        following = local_path(self.request.query.get("next"))
        if await visitors.identity(self.request):
            return see_other(following)
        if sealed := self.request.cookies.get(refresh_tokens.COOKIE):
            try:
                return welcome(following, await self.request.app[SERVICES].grants.refresh(sealed))
            except Problem:  # that session is over: signing in is what the page is for
                pass
        return form(self.request, "login.html", following)

    async def post(self) -> web.StreamResponse:
        fields = await self.request.post()
        name, password = text(fields, "name"), text(fields, "password")
        following = local_path(text(fields, "next"))
        try:
            return welcome(following, await self.request.app[SERVICES].grants.sign_in(name, password))
        except Problem as problem:
            return form(self.request, "login.html", following, {"name": name}, problem)


class Signin(web.View):
    """`/signin`: registering, under the name it has had since the first version."""

    async def get(self) -> web.StreamResponse:
        following = local_path(self.request.query.get("next"))
        if await visitors.identity(self.request):
            return see_other(following)
        return form(self.request, "signin.html", following)

    async def post(self) -> web.StreamResponse:
        fields = await self.request.post()
        name, password = text(fields, "name"), text(fields, "password")
        following = local_path(text(fields, "next"))
        try:
            if password != text(fields, "password_again"):
                raise Problem(422, "invalid", "", errors={"password_again": "The two passwords differ."})
            return welcome(following, await self.request.app[SERVICES].grants.register(name, password))
        except Problem as problem:
            return form(self.request, "signin.html", following, {"name": name}, problem)


class Signout(web.View):
    """`/signout`: asks on GET, since no link and no image may end a session; ends it on POST."""

    async def get(self) -> web.StreamResponse:
        person = await visitors.identity(self.request)
        if person is None and refresh_tokens.COOKIE not in self.request.cookies:
            return see_other("/login")
        return aiohttp_jinja2.render_template("signout.html", self.request, {"person": person})

    async def post(self) -> web.StreamResponse:
        await visitors.sign_out(self.request)
        response = see_other("/login")
        cookies.take_back(response)
        return response


def local_path(following: str | None) -> str:
    """Where to go afterwards: a path of this site, or home for anything else."""
    if following and len(following) <= MAX_NEXT_CHARS and LOCAL_PATH.fullmatch(following):
        return following
    return HOME


def see_other(path: str) -> web.Response:
    location = quote(path, safe="/?&=#%:@!$'()*+,;~-._")
    return web.Response(status=303, headers={"Location": location, "Cache-Control": "no-store"})


def welcome(following: str, grant: Grant) -> web.Response:
    response = see_other(following)
    cookies.give(response, grant)
    return response


def form(
    request: web.Request,
    template: str,
    following: str,
    values: dict[str, str] | None = None,
    problem: Problem | None = None,
) -> web.Response:
    """The form, empty or with what was wrong with it."""
    errors = (problem.errors or {"form": problem.detail}) if problem else {}
    context = {"values": values or {}, "errors": errors, "next": following}
    response = aiohttp_jinja2.render_template(template, request, context, status=problem.status if problem else 200)
    response.headers["Cache-Control"] = "no-store"
    return response


def text(fields: Mapping[str, object], name: str) -> str:
    """A field of a posted form; a missing one or a file counts as empty."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""
