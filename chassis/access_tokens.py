"""Verification of access tokens: who is asking, proved by a JWT that only the auth service can sign.

Source: RFC 9068 (JWT Profile for OAuth 2.0 Access Tokens) with the advice of RFC 8725: one algorithm, an explicit
type, and no header that could lead to another key.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import jwt
import msgspec
from aiohttp import hdrs, web

ALGORITHM = "EdDSA"
AUDIENCE = "parley"
TYPE = "at+jwt"
LIFETIME_SECONDS = 600
LEEWAY_SECONDS = 10  # for clocks that differ between machines
MAX_TOKEN_CHARS = 2048
HEADER_FIELDS = {"alg", "typ", "kid"}  # no jku, x5u, jwk or crit: nothing in a token chooses how it's verified
REQUIRED_CLAIMS = ["iss", "aud", "exp", "iat", "sub", "sid", "jti", "name"]
ACCESS_COOKIE = "__Host-access"
SCOPES = frozenset({"read", "write", "admin"})  # what a token for programs may be for
MAX_INVITATIONS = 5  # in one token: a cookie holds 4 KiB, and nobody is on their way into more rooms at once

FindKey = Callable[[str], Awaitable[jwt.PyJWK | None]]
IsRevoked = Callable[["Identity"], bool]


class InvalidToken(Exception):
    """No token, or none that says who is asking."""


class ExpiredToken(InvalidToken):
    """A token that was good: renew it."""


class RevokedToken(InvalidToken):
    """A token whose session was ended before its time."""


class RoomInvitation(msgspec.Struct, frozen=True):
    """An invitation into `room` that was accepted in the last day; whether `by` may give it is the chat's to say."""

    id: str
    room: str
    by: str


class Identity(msgspec.Struct, frozen=True):
    """Whom a token speaks for: `person` and `session` are ids, `expires_at` seconds since the epoch.

    Who signed in by hand has all `scopes`; a token for `program`s has those it was made with, and says `admin` only
    where that is among them.
    """

    person: str
    name: str
    session: str
    expires_at: float
    admin: bool = False
    program: bool = False
    scopes: frozenset[str] = SCOPES
    invitations: tuple[RoomInvitation, ...] = ()


class _Claims(msgspec.Struct):
    sub: str
    name: str
    sid: str
    exp: float
    admin: bool = False
    scope: str | None = None
    invitations: Annotated[tuple[RoomInvitation, ...], msgspec.Meta(max_length=MAX_INVITATIONS)] = ()


class AccessTokens:
    """Verifies access tokens of one issuer; `find_key` maps a `kid` to a public key, or to None."""

    def __init__(self, issuer: str, find_key: FindKey, is_revoked: IsRevoked = lambda _identity: False) -> None:
        self._issuer = issuer
        self._find_key = find_key
        self._is_revoked = is_revoked

    async def identify(self, token: str) -> Identity:
        """Who holds this token.

        Raises:
            ExpiredToken: it was signed here, and its time is over.
            RevokedToken: it was signed here, and its session ended.
            InvalidToken: anything else.
            Problem: what `find_key` or `is_revoked` raises while it can't tell.
        """
        if len(token) > MAX_TOKEN_CHARS:
            raise InvalidToken("too long")
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") != ALGORITHM or header.get("typ") != TYPE or not header.keys() <= HEADER_FIELDS:
                raise InvalidToken("wrong header")
            key = await self._find_key(str(header.get("kid")))
            if key is None:
                raise InvalidToken("unknown key")
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": REQUIRED_CLAIMS},
            )
        except jwt.ExpiredSignatureError as reason:
            raise ExpiredToken(str(reason)) from reason
        except (jwt.PyJWTError, ValueError) as reason:  # ValueError: some malformed base64 and JSON
            raise InvalidToken(str(reason)) from reason
        identity = _identity(claims)
        if self._is_revoked(identity):
            raise RevokedToken("its session ended")
        return identity


def _identity(claims: dict[str, Any]) -> Identity:
    try:
        said = msgspec.convert(claims, _Claims)
    except msgspec.ValidationError as reason:
        raise InvalidToken("wrong type of claim") from reason
    scopes = SCOPES if said.scope is None else SCOPES.intersection(said.scope.split())
    return Identity(
        said.sub,
        said.name,
        said.sid,
        said.exp,
        admin=said.admin and "admin" in scopes,
        program=said.scope is not None,
        scopes=scopes,
        invitations=said.invitations,
    )


def presented(request: web.Request) -> str | None:
    """The token of a request: of the Authorization header for programs, of the cookie for browsers."""
    bearer = bearer_token(request)
    return request.cookies.get(ACCESS_COOKIE) if bearer is None else bearer


def bearer_token(request: web.Request) -> str | None:
    """The token of the Authorization header, if that's what it has (RFC 6750, section 2.1)."""
    scheme, _, credentials = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" else None
