"""`/account/second-factor`: turning the second factor on in two steps, and off again."""

import io

import segno
from aiohttp import web

from auth_service import forms
from auth_service.account_pages import Owner, done, errors_of, note, owned, page, rendered
from auth_service.audit import Act
from auth_service.services import SERVICES
from chassis.problems import Problem

PATH = "/account/second-factor"
GROUP = 4  # letters of the secret that are read at once


class SecondFactor(web.View):
    """GET shows what to scan; POST begins (with `password`) or ends (with `code`) turning it on."""

    @owned
    async def get(self, owner: Owner) -> web.Response:
        return await self._to_scan(owner)

    @owned
    async def post(self, owner: Owner) -> web.Response:
        fields, services = await forms.read(self.request), self.request.app[SERVICES]
        if await services.second_factors.is_on(owner.person.id):
            return see_other("/account")
        if "code" in fields:
            try:
                codes = await services.second_factors.turn_on(owner.person.id, fields["code"])
            except Problem as problem:
                return await self._to_scan(owner, problem)
            await note(self.request, owner, Act.SECOND_FACTOR_ON)
            return rendered(self.request, "recovery_codes.html", {"codes": codes})
        try:
            await services.proofs.owner(owner.person, fields.get("password", ""), "password")
        except Problem as problem:
            return await page(self.request, owner, "second_factor", problem)
        await services.second_factors.begin(owner.person.id)
        return see_other(PATH)

    async def _to_scan(self, owner: Owner, problem: Problem | None = None) -> web.Response:
        secret = await self.request.app[SERVICES].second_factors.pending(owner.person.id)
        if secret is None:
            return see_other("/account")
        grouped = " ".join(secret[start : start + GROUP] for start in range(0, len(secret), GROUP))
        context: dict[str, object] = {"secret": grouped, "errors": errors_of(problem)}
        return rendered(self.request, "second_factor.html", context, problem)


class QrCode(web.View):
    """`/account/second-factor/qr.svg`: the same as the page's letters; an address of its own since the policy allows no
    inline images."""

    @owned
    async def get(self, owner: Owner) -> web.Response:
        factors = self.request.app[SERVICES].second_factors
        secret = await factors.pending(owner.person.id)
        if secret is None:
            raise web.HTTPNotFound
        drawn = io.BytesIO()
        # Black on white also in the dark: many readers can't read it the other way round.
        address = factors.address(secret, owner.person.name)
        segno.make(address, error="m").save(drawn, kind="svg", scale=6, dark="#000", light="#fff")
        return web.Response(body=drawn.getvalue(), content_type="image/svg+xml", headers={"Cache-Control": "no-store"})


class SecondFactorOff(web.View):
    """`/account/second-factor/off`, with the password and a code."""

    @owned
    async def post(self, owner: Owner) -> web.Response:
        fields, services = await forms.read(self.request), self.request.app[SERVICES]
        try:
            await services.proofs.owner(owner.person, fields.get("password", ""), "password")
            await services.proofs.owner_code(owner.person, fields.get("code", ""))
        except Problem as problem:
            return await page(self.request, owner, "second_factor", problem)
        await services.second_factors.turn_off(owner.person.id)
        await note(self.request, owner, Act.SECOND_FACTOR_OFF)
        return done("second-factor-off")


def see_other(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path, "Cache-Control": "no-store"})
