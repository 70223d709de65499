"""What a person gets for signing in: an access token to show, and a refresh token to get the next one."""

import secrets
import time

import jwt
import msgspec

from auth_service.accounts import Accounts, Person
from auth_service.devices import NOWHERE, Device
from auth_service.keys import Keys
from auth_service.sessions import Session, Sessions
from chassis import access_tokens
from chassis.problems import Problem


class Grant(msgspec.Struct, frozen=True):
    """The answer to signing in, registering and refreshing; `expires_in` in seconds (RFC 6749, section 5.1)."""

    access_token: str
    refresh_token: str
    person: Person
    token_type: str = "Bearer"  # noqa: S105 - a scheme's name
    expires_in: int = access_tokens.LIFETIME_SECONDS


class Grants:
    """Issues grants; `issuer` is the public address, in the tokens' `iss`."""

    def __init__(self, issuer: str, keys: Keys, accounts: Accounts, sessions: Sessions) -> None:
        self._issuer = issuer
        self._keys = keys
        self._accounts = accounts
        self._sessions = sessions

    async def register(self, name: str, password: str, device: Device = NOWHERE) -> Grant:
        """As `Accounts.register`, and signed in at once."""
        return await self.begin(await self._accounts.register(name, password), device)

    async def begin(self, person: Person, device: Device = NOWHERE) -> Grant:
        """A new session for somebody who has proved who they are."""
        return self._grant(person, await self._sessions.begin(person.id, device))

    async def refresh(self, refresh_token: str | None, device: Device = NOWHERE) -> Grant:
        """As `Sessions.renew`."""
        session = await self._sessions.renew(refresh_token, device)
        person = await self._accounts.find(session.person)
        if person is None:  # the account is gone, its session should be too
            await self._sessions.end(session.id)
            raise Problem(401, "signed_out", "Please sign in.")
        return self._grant(person, session)

    async def lend(self, refresh_token: str | None) -> Grant | None:
        """As `Sessions.current`: a new access token beside the same refresh token; None where there's no session.

        For a page that is only opened: it must change nothing, whoever led there, and may be given up at any moment.
        """
        session = await self._sessions.current(refresh_token)
        person = await self._accounts.find(session.person) if session else None
        return self._grant(person, session) if session and person else None

    def access_token(self, person: Person, session_id: str) -> str:
        """For a session that goes on."""
        now = int(time.time())
        key = self._keys.signing
        claims = {
            "iss": self._issuer,
            "aud": access_tokens.AUDIENCE,
            "sub": person.id,
            "name": person.name,
            "sid": session_id,
            "jti": secrets.token_urlsafe(12),
            "iat": now,
            "exp": now + access_tokens.LIFETIME_SECONDS,
        }
        headers = {"kid": key.kid, "typ": access_tokens.TYPE}
        return jwt.encode(claims, key.private, access_tokens.ALGORITHM, headers)

    def _grant(self, person: Person, session: Session) -> Grant:
        return Grant(self.access_token(person, session.id), session.refresh_token, person)
