"""`/account/second-factor`: turning the second factor on in two steps, and off again."""

import io

import segno
from aiohttp import web

from auth_service import account_pages, forms, redirects, visits
from auth_service.audit import Act
from auth_service.visits import ACCOUNT, Visit
from chassis.problems import Problem

PATH = "/account/second-factor"
GROUP = 4  # letters of the secret that are read at once


class SecondFactor(web.View):
    """GET shows what to scan; POST begins (with `password`) or ends (with `code`) turning it on."""

    async def get(self) -> web.StreamResponse:
        return await visits.signed_in(self.request, to_scan)

    async def post(self) -> web.StreamResponse:
        return await visits.signed_in(self.request, turn_on)


class QrCode(web.View):
    """`/account/second-factor/qr.svg`: the same as the page's letters; an address of its own since the policy allows no
    inline images."""

    async def get(self) -> web.StreamResponse:
        return await visits.signed_in(self.request, qr_code)


class SecondFactorOff(web.View):
    """`POST /account/second-factor/off`, with the password and a code."""

    async def post(self) -> web.StreamResponse:
        return await visits.signed_in(self.request, turn_off)


async def pending(visit: Visit) -> str | None:
    return await visit.services.second_factors.pending(visit.person.id, visit.session)


async def too_late(visit: Visit) -> web.Response:
    problem = Problem(422, "invalid", "That took too long: the key is over. Please start again.")
    return await account_pages.page(visit, "second_factor", problem)


async def to_scan(visit: Visit, problem: Problem | None = None) -> web.Response:
    secret = await pending(visit)
    if secret is None:
        return redirects.see_other(ACCOUNT)
    grouped = " ".join(secret[start : start + GROUP] for start in range(0, len(secret), GROUP))
    return visit.rendered("second_factor.html", {"secret": grouped}, problem)


async def turn_on(visit: Visit) -> web.Response:
    fields, services = await forms.read(visit.request), visit.services
    if await services.second_factors.is_on(visit.person.id):
        return redirects.see_other(ACCOUNT)
    if "code" in fields:
        try:
            codes = await services.second_factors.turn_on(visit.person.id, visit.session, fields["code"])
        except Problem as problem:
            return await to_scan(visit, problem) if await pending(visit) else await too_late(visit)
        await visit.note(Act.SECOND_FACTOR_ON)
        return visit.rendered("recovery_codes.html", {"codes": codes})
    try:
        await services.proofs.owner(visit.person, visit.session, fields.get("password", ""), "password")
    except Problem as problem:
        return await account_pages.page(visit, "second_factor", problem)
    await services.second_factors.begin(visit.person.id, visit.session)
    return redirects.see_other(PATH)


async def qr_code(visit: Visit) -> web.Response:
    secret = await pending(visit)
    if secret is None:
        raise web.HTTPNotFound
    drawn = io.BytesIO()
    # Black on white also in the dark: many readers can't read it the other way round.
    address = visit.services.second_factors.address(secret, visit.person.name)
    segno.make(address, error="m").save(drawn, kind="svg", scale=6, dark="#000", light="#fff")
    return web.Response(body=drawn.getvalue(), content_type="image/svg+xml")


async def turn_off(visit: Visit) -> web.Response:
    fields, services = await forms.read(visit.request), visit.services
    try:
        await services.proofs.owner(visit.person, visit.session, fields.get("password", ""), "password")
        await services.proofs.owner_code(visit.person, fields.get("code", ""))
    except Problem as problem:
        return await account_pages.page(visit, "second_factor", problem)
    await services.second_factors.turn_off(visit.person.id)
    await visit.note(Act.SECOND_FACTOR_OFF)
    return redirects.see_other(f"{ACCOUNT}?done=second-factor-off")
