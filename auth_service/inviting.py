"""Inviting: making, revoking and accepting invitations, with what the audit log has to know of it."""

from auth_service.audit import Act, Actor, Audit
from auth_service.invitations import Asked, Invitation, Invitations


class Inviting:
    def __init__(self, invitations: Invitations, audit: Audit) -> None:
        self._invitations = invitations
        self._audit = audit

    async def make(self, actor: Actor, asked: Asked) -> tuple[Invitation, str]:
        """As `Invitations.make`."""
        invitation, code = await self._invitations.make(actor.who, asked)
        await self._audit.record(actor, Act.INVITATION_MADE, invitation=invitation.id)
        return invitation, code

    async def revoke(self, actor: Actor, invitation_id: str, *, of_anybody: bool = False) -> None:
        """As `Invitations.revoke`."""
        await self._invitations.revoke(invitation_id, None if of_anybody else actor.who)
        await self._audit.record(actor, Act.INVITATION_REVOKED, invitation=invitation_id)

    async def accept(self, actor: Actor, code: str) -> Invitation:
        """As `Invitations.accept`; which one it was."""
        invitation = await self._invitations.find(code)
        await self._invitations.accept(code, actor.who)
        await self._audit.record(actor, Act.INVITATION_ACCEPTED, invitation.by, invitation=invitation.id)
        return invitation
