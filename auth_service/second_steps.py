"""Between the two pages of signing in with a second factor: a cookie that says whose password was right just now.

It signs nobody in: the code is still missing. So nothing secret has to be in an address or in the form.
"""

import time
from collections.abc import Callable

from aiohttp import web

from auth_service.accounts import Proof
from auth_service.seals import Seals

COOKIE = "__Host-second-step"
COOKIE_SECONDS = 300


class SecondSteps:
    def __init__(self, secret: str, now: Callable[[], float] = time.time) -> None:
        self._seals = Seals(secret, "second steps")
        self._now = now

    def begin(self, response: web.Response, proof: Proof) -> None:
        sealed = self._seals.seal(proof.person.id, str(proof.password), str(int(self._now()) + COOKIE_SECONDS))
        response.set_cookie(
            COOKIE, sealed, max_age=COOKIE_SECONDS, path="/", secure=True, httponly=True, samesite="Strict"
        )

    def proved(self, request: web.Request) -> tuple[str, int] | None:
        """Whose password was right in the last five minutes, and `Proof.password`."""
        match self._seals.open(request.cookies.get(COOKIE)):
            case [person, password, until] if int(until) > self._now():
                return person, int(password)
        return None

    def end(self, response: web.Response) -> None:
        response.del_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Strict")
