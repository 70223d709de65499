"""A person at one of our pages: who is signed in, or who administers, and nobody else."""

from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from auth_service import audit, cookies, pages, visitors
from auth_service.audit import Actor
from auth_service.grants import Grant
from auth_service.services import SERVICES, Services
from chassis import access_tokens


class Visit(msgspec.Struct, frozen=True):
    """`lent` is the access token that the browser gets with the answer, where its own was over."""

    request: web.Request
    person: str
    name: str
    session: str
    lent: Grant | None = None

    @property
    def services(self) -> Services:
        return self.request.app[SERVICES]

    @property
    def actor(self) -> Actor:
        """For the audit log."""
        return audit.by(self.request, self.person)


Page = Callable[[Visit], Awaitable[web.Response]]


async def signed_in(request: web.Request, page: Page) -> web.Response:
    """The page for who is signed in; anybody else signs in first."""
    if visit := await of(request):
        return await shown(visit, page)
    return pages.see_other(f"/login?next={request.path}" if request.method == "GET" else "/login")


async def administering(request: web.Request, page: Page) -> web.Response:
    """The page for who administers; for everybody else there is none here.

    Raises:
        HTTPNotFound: as for a path that leads nowhere.
    """
    visit = await of(request)
    standing = await visit.services.people.standing(visit.person) if visit else None
    if visit is None or standing is None or not standing.administrator:
        raise web.HTTPNotFound
    return await shown(visit, page)


async def of(request: web.Request) -> Visit | None:
    """Who is here, in a session that goes on."""
    services = request.app[SERVICES]
    if visitor := await visitors.identity(request):
        if await services.sessions.is_open(visitor.session, visitor.person):
            return Visit(request, visitor.person, visitor.name, visitor.session)
    elif grant := await visitors.lent(request):
        visitor = await services.access_tokens.identify(grant.access_token)
        return Visit(request, visitor.person, visitor.name, visitor.session, grant)
    return None


async def shown(visit: Visit, page: Page) -> web.Response:
    """The page as an answer."""
    response = await page(visit)
    response.headers["Cache-Control"] = "no-store"
    if visit.lent and access_tokens.ACCESS_COOKIE not in response.cookies:  # unless the page has given or taken it
        cookies.lend(response, visit.lent.access_token)
    return response
