"""Somebody's programs: what they sign in with, made and revoked, and what they get for it."""

import time

import msgspec

from auth_service.accounts import Person
from auth_service.audit import Act, Actor, Audit
from auth_service.issuer import Issuer
from auth_service.people import People
from auth_service.personal_tokens import Asked, PersonalToken, PersonalTokens, bad_token, session_of
from chassis import access_tokens
from chassis.problems import Problem


class ProgramGrant(msgspec.Struct, frozen=True):
    """The answer to a program's token; `expires_in` in seconds, `scope` as in RFC 6749, section 3.3."""

    access_token: str
    person: Person
    scope: str
    expires_in: int
    token_type: str = "Bearer"  # noqa: S105 - the scheme's name (RFC 6750), no secret


class Programs:
    def __init__(self, personal_tokens: PersonalTokens, people: People, issuer: Issuer, audit: Audit) -> None:
        self._personal_tokens = personal_tokens
        self._people = people
        self._issuer = issuer
        self._audit = audit

    async def make(self, actor: Actor, asked: Asked) -> tuple[PersonalToken, str]:
        """As `PersonalTokens.make`.

        Raises:
            Problem: as there, and 403 `not_administrator` for the scope `admin`.
        """
        standing = await self._people.standing(actor.who)
        if "admin" in asked.scopes and not (standing and standing.administrator):
            detail = "Only administrators can make tokens with the scope admin."
            raise Problem(403, "not_administrator", detail, errors={"scopes": detail})
        token, code = await self._personal_tokens.make(actor.who, asked)
        await self._audit.record(actor, Act.TOKEN_MADE, token=token.id, scopes=" ".join(token.scopes))
        return token, code

    async def revoke(self, actor: Actor, token_id: str) -> None:
        """As `PersonalTokens.revoke`."""
        await self._personal_tokens.revoke(token_id, actor.who)
        await self._audit.record(actor, Act.TOKEN_REVOKED, token=token_id)

    async def exchange(self, code: str) -> ProgramGrant:
        """An access token for who shows a personal token, good for no longer than that one.

        Raises:
            Problem: 401 `bad_token`, whether it is over, was revoked, never was, or is of somebody who may not come in.
        """
        used = await self._personal_tokens.use(code)
        scope = " ".join(used.token.scopes)
        seconds = min(access_tokens.LIFETIME_SECONDS, int(used.token.expires_at.timestamp() - time.time()))
        try:
            token, person = await self._issuer.token(
                used.person, session_of(used.token.id), scope=scope, seconds=seconds
            )
        except Problem:
            raise bad_token() from None
        return ProgramGrant(token, person, scope, seconds)
