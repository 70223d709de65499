"""Refresh tokens: `session.counter.mac`, the mac by a key that only the auth service has.

A session's counter says which token is the current one, so nothing that could be stolen from the database is stored,
an older token is told from an invented one, and asking again for the same successor gives the same successor:
docs/decisions/0004-refresh-tokens.md. Source: RFC 9700, section 4.14 (rotation and reuse).
"""

import base64
import hashlib
import hmac

import msgspec

COOKIE = "__Host-refresh"


class RefreshToken(msgspec.Struct, frozen=True):
    session: str
    counter: int


class RefreshTokens:
    """Seals and opens refresh tokens; each mac has 256 bits."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(b"refresh tokens\0" + secret.encode()).digest()

    def seal(self, token: RefreshToken) -> str:
        named = f"{token.session}.{token.counter}"
        return f"{named}.{self._mac(named)}"

    def open(self, sealed: str) -> RefreshToken | None:
        """What was sealed, or None for anything that was not sealed here."""
        if not sealed.isascii():  # bytes of a cookie that are no UTF-8 come as lone surrogates
            return None
        named, _, mac = sealed.rpartition(".")
        if not hmac.compare_digest(self._mac(named).encode(), mac.encode()):
            return None
        session, _, counter = named.partition(".")
        return RefreshToken(session, int(counter))

    def _mac(self, named: str) -> str:
        digest = hmac.digest(self._key, named.encode(), "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
