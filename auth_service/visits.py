"""A person at one of our pages: who is signed in, or who administers, and nobody else."""

from collections.abc import Awaitable, Callable

import aiohttp_jinja2
import msgspec
from aiohttp import web

from auth_service import audit, cookies, forms, redirects, visitors
from auth_service.accounts import Person
from auth_service.audit import Act, Actor
from auth_service.grants import Grant
from auth_service.services import SERVICES, Services
from chassis import access_tokens
from chassis.problems import Problem

ACCOUNT = "/account"


class Visit(msgspec.Struct, frozen=True):
    """`lent` is the access token that the browser gets with the answer, where its own was over."""

    request: web.Request
    person: Person
    session: str
    lent: Grant | None = None

    @property
    def services(self) -> Services:
        return self.request.app[SERVICES]

    @property
    def actor(self) -> Actor:
        """For the audit log."""
        return audit.by(self.request, self.person.id)

    async def note(self, what: Act) -> None:
        """Into the audit log: what they did to their own account."""
        await self.services.audit.record(self.actor, what, self.person.id)

    def rendered(self, template: str, context: dict[str, object], problem: Problem | None = None) -> web.Response:
        """A page, with what was wrong with its form, by field, as `errors`."""
        status, headers = (problem.status, problem.headers) if problem else (200, {})
        context = {"errors": forms.errors_of(problem), **context}
        response = aiohttp_jinja2.render_template(template, self.request, context, status=status)
        response.headers.update(headers)
        return response


Page = Callable[[Visit], Awaitable[web.Response]]


async def signed_in(request: web.Request, page: Page) -> web.Response:
    """The page for who is signed in; anybody else signs in first, and what they had posted is lost."""
    if visit := await of(request):
        return await shown(visit, page)
    return redirects.see_other(f"/login?next={request.path if request.method == 'GET' else ACCOUNT}")


async def administering(request: web.Request, page: Page) -> web.Response:
    """The page for who administers; for everybody else there is none here.

    Raises:
        HTTPNotFound: as for a path that leads nowhere.
    """
    visit = await of(request)
    standing = await visit.services.people.standing(visit.person.id) if visit else None
    if visit is None or standing is None or not standing.administrator:
        raise web.HTTPNotFound
    return await shown(visit, page)


async def of(request: web.Request) -> Visit | None:
    """Who is here, in a session that goes on; by the name that they have now, and not by that of their token."""
    services, lent = request.app[SERVICES], None
    visitor = await visitors.present(request)
    if visitor is None and (lent := await visitors.lent(request)):
        visitor = await services.access_tokens.identify(lent.access_token)
    person = await services.accounts.find(visitor.person) if visitor else None
    return Visit(request, person, visitor.session, lent) if visitor and person else None


async def shown(visit: Visit, page: Page) -> web.Response:
    """The page as an answer."""
    response = await page(visit)
    response.headers["Cache-Control"] = "no-store"
    if visit.lent and access_tokens.ACCESS_COOKIE not in response.cookies:  # unless the page has given or taken it
        cookies.lend(response, visit.lent.access_token)
    return response
