"""Devices on which a person has signed in before: they keep their own way in, however often others fail elsewhere.

A cookie that lasts a year names the person and the device, under our seal. It signs nobody in.
"""

import secrets

from aiohttp import web

from auth_service.seals import Seals

COOKIE = "__Host-device"
COOKIE_SECONDS = 365 * 24 * 3600


class KnownDevices:
    def __init__(self, secret: str) -> None:
        self._seals = Seals(secret, "known devices")

    def recognise(self, request: web.Request, person: str | None) -> str | None:
        """This person on this device, where they have signed in on it: another's sign-in there is not theirs."""
        owner, device = self._told(request)
        return f"{owner}.{device}" if owner is not None and owner == person else None

    def remember(self, request: web.Request, response: web.Response, person: str) -> None:
        """Whoever signs in last is the one whom it is known for."""
        _, device = self._told(request)
        sealed = self._seals.seal(person, device or secrets.token_urlsafe(16))
        response.set_cookie(
            COOKIE, sealed, max_age=COOKIE_SECONDS, path="/", secure=True, httponly=True, samesite="Lax"
        )

    def _told(self, request: web.Request) -> tuple[str | None, str | None]:
        match self._seals.open(request.cookies.get(COOKIE)):
            case [owner, device]:
                return owner, device
        return None, None
