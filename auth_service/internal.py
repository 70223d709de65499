"""What the auth service tells other services, inside the network only: the gateway routes nothing of it here."""

from datetime import timedelta
from typing import Annotated

import msgspec
from aiohttp import hdrs, web

from auth_service.changes import Change, Kind
from auth_service.services import SERVICES
from chassis import json_bodies
from chassis.problems import Problem

MAX_SEQ = 2**53 - 1
MAX_WITHIN_SECONDS = 24 * 3600


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """Either a place in the feed, or how many seconds back to begin."""

    after: Annotated[int, msgspec.Meta(ge=0, le=MAX_SEQ)] | None = None
    within: Annotated[int, msgspec.Meta(ge=1, le=MAX_WITHIN_SECONDS)] | None = None
    kind: Kind | None = None


class Page(msgspec.Struct):
    """`head` is the feed's highest seq; there is more as long as a page is not empty."""

    changes: list[Change]
    head: int


class AccountChanges(web.View):
    """`GET /internal/account-changes?after=SEQ`, or `?within=SECONDS` to begin with what happened lately."""

    async def get(self) -> web.Response:
        # A proxy tells for whom it asks, a service asks for itself: so a gateway with too wide a rule shows nothing.
        if hdrs.X_FORWARDED_FOR in self.request.headers:
            raise web.HTTPNotFound
        try:
            asked = msgspec.convert(dict(self.request.query), Asked, strict=False)
        except msgspec.ValidationError as reason:  # it names the field
            raise Problem(422, "invalid", str(reason)) from reason
        changes = self.request.app[SERVICES].changes
        head = await changes.head()  # first: who compares it with their place must not find it behind what follows
        after = asked.after or 0
        if asked.within is not None:
            after = await changes.before(timedelta(seconds=asked.within))
        return json_bodies.answer(Page(await changes.after(after, asked.kind), head))
