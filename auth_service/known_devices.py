"""Devices on which a person has signed in before: they keep their own way in, however often others fail elsewhere.

A cookie that lasts a year names the device and the last people on it, under our seal: a family shares one. It signs
nobody in.
"""

import secrets

from aiohttp import web

from auth_service.seals import Seals

COOKIE = "__Host-device"
COOKIE_SECONDS = 365 * 24 * 3600
MAX_PEOPLE = 8  # who share a device; a cookie is sent with every request


class KnownDevices:
    def __init__(self, secret: str) -> None:
        self._seals = Seals(secret, "known devices")

    def recognise(self, request: web.Request, person: str | None) -> str | None:
        """This person on this device, where they have signed in on it: another's sign-in there is not theirs."""
        people, device = self._told(request)
        return f"{person}.{device}" if person in people else None

    def remember(self, request: web.Request, response: web.Response, person: str) -> None:
        """Whoever signed in there the longest ago is forgotten first."""
        people, device = self._told(request)
        last = [person, *(one for one in people if one != person)][:MAX_PEOPLE]
        sealed = self._seals.seal(*last, device or secrets.token_urlsafe(16))
        response.set_cookie(
            COOKIE, sealed, max_age=COOKIE_SECONDS, path="/", secure=True, httponly=True, samesite="Lax"
        )

    def _told(self, request: web.Request) -> tuple[list[str], str | None]:
        match self._seals.open(request.cookies.get(COOKIE)):
            case [*people, device]:
                return people, device
        return [], None
