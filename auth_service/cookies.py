"""A grant as cookies that no script reads and no other site's form sends along.

The prefix `__Host-` lets no other host or subdomain set them (RFC 6265bis, section 4.1.3).
"""

from aiohttp import web

from auth_service import refresh_tokens
from auth_service.grants import Grant
from auth_service.sessions import IDLE_LIFETIME
from chassis import access_tokens

REFRESH_COOKIE_SECONDS = int(IDLE_LIFETIME.total_seconds())


def give(response: web.Response, grant: Grant) -> None:
    lend(response, grant.access_token)
    _set(response, refresh_tokens.COOKIE, grant.refresh_token, REFRESH_COOKIE_SECONDS)


def lend(response: web.Response, access_token: str) -> None:
    """The access token alone: a refresh cookie that is set late could overwrite a newer one."""
    _set(response, access_tokens.ACCESS_COOKIE, access_token, access_tokens.LIFETIME_SECONDS)


def take_back(response: web.Response) -> None:
    for name in (access_tokens.ACCESS_COOKIE, refresh_tokens.COOKIE):
        response.del_cookie(name, path="/", secure=True, httponly=True, samesite="Lax")


def leave_nothing(response: web.Response) -> None:
    """Take back the cookies and all that the browser has kept: drafts, unsent messages, names of rooms.

    "cache" is also what the way back would show (https://www.w3.org/TR/clear-site-data/).
    """
    take_back(response)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def _set(response: web.Response, name: str, value: str, max_age: int) -> None:
    response.set_cookie(name, value, max_age=max_age, path="/", secure=True, httponly=True, samesite="Lax")
