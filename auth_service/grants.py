"""What a person gets for signing in: an access token to show, and a refresh token to get the next one."""

import msgspec

from auth_service.accounts import Person, Proof
from auth_service.audit import Act, Actor, Audit
from auth_service.devices import NOWHERE, Device
from auth_service.issuer import Issuer
from auth_service.sessions import Session, Sessions
from auth_service.sign_up import SignUp
from chassis import access_tokens
from chassis.problems import Problem


class Grant(msgspec.Struct, frozen=True):
    """The answer to signing in, registering and refreshing; `expires_in` in seconds (RFC 6749, section 5.1)."""

    access_token: str
    refresh_token: str
    person: Person
    token_type: str = "Bearer"  # noqa: S105 - the scheme's name (RFC 6750), no secret
    expires_in: int = access_tokens.LIFETIME_SECONDS


class Grants:
    def __init__(self, issuer: Issuer, sessions: Sessions, sign_up: SignUp, audit: Audit) -> None:
        self._issuer = issuer
        self._sessions = sessions
        self._sign_up = sign_up
        self._audit = audit

    async def register(
        self, name: str, password: str, device: Device = NOWHERE, invitation: str | None = None
    ) -> Grant:
        """As `SignUp.register`, and signed in at once."""
        person = await self._sign_up.register(name, password, invitation)
        await self._audit.record(Actor(person.id, device.address), Act.REGISTERED, person.id)
        return await self.begin(Proof(person, password=0), device)

    async def begin(self, proof: Proof, device: Device = NOWHERE) -> Grant:
        """A new session for somebody who has proved who they are.

        Raises:
            Problem: 403 `disabled`, which only the right password brings to light, or 401 `signed_out` where the
                password was changed meanwhile.
        """
        await self._issuer.check(proof.person.id, proof.password)
        return await self._continue(await self._sessions.begin(proof.person.id, device, proof.password))

    async def refresh(self, refresh_token: str | None, device: Device = NOWHERE) -> Grant:
        """As `Sessions.renew`.

        Raises:
            Problem: as there, and as `begin`.
        """
        return await self._continue(await self._sessions.renew(refresh_token, device))

    async def lend(self, refresh_token: str | None) -> Grant | None:
        """As `Sessions.current`: a new access token beside the same refresh token; None where there's no session.

        For a page that is only opened: it must change nothing, whoever led there, and may be given up at any moment.
        """
        session = await self._sessions.current(refresh_token)
        try:
            return await self._grant(session) if session else None
        except Problem:  # disabled, gone or of an old password: the session ends elsewhere
            return None

    async def access_token(self, person_id: str, session_id: str) -> str:
        """For a session that goes on."""
        token, _ = await self._issuer.token(person_id, session_id)
        return token

    async def _continue(self, session: Session) -> Grant:
        """Who is disabled or gone has no sessions, and nobody has one by an old password: one that was not ended then,
        since it only began or the database was away, ends here."""
        try:
            return await self._grant(session)
        except Problem:
            await self._sessions.end(session.id)
            raise

    async def _grant(self, session: Session) -> Grant:
        token, person = await self._issuer.token(session.person, session.id, proved_by=session.password)
        return Grant(token, session.refresh_token, person)
