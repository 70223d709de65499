"""What people get in by, sessions, tokens and links, and the end of it, which reaches open sockets."""

from auth_service.changes import Changes
from auth_service.invitations import Invitations
from auth_service.personal_tokens import PersonalTokens
from auth_service.reset_links import ResetLinks
from auth_service.sessions import Sessions


class Access:
    """Each act may be done twice without harm."""

    def __init__(
        self,
        sessions: Sessions,
        personal_tokens: PersonalTokens,
        invitations: Invitations,
        reset_links: ResetLinks,
        changes: Changes,
    ) -> None:
        self._sessions = sessions
        self._personal_tokens = personal_tokens
        self._invitations = invitations
        self._reset_links = reset_links
        self._changes = changes

    async def new_reset_link(self, person_id: str) -> str:
        """As `ResetLinks.make`."""
        return await self._reset_links.make(person_id)

    async def end_sessions(self, person_id: str) -> None:
        """Sign somebody out everywhere; their programs go on."""
        await self._sessions.end_all(person_id)

    async def revoke_tokens(self, person_id: str, scope: str | None = None) -> None:
        """End what somebody's programs sign in with, or that part of it which has this scope."""
        await self._personal_tokens.revoke_all(person_id, scope)

    async def shut_out(self, person_id: str) -> None:
        """Of somebody who was just disabled: all that is open, and the ways that they opened for others."""
        await self._end(person_id)
        await self._changes.record("person_disabled", person_id)

    async def let_in(self, person_id: str) -> None:
        """Of somebody who was just enabled."""
        await self._changes.record("person_enabled", person_id)

    async def delete(self, person_id: str, *, erase: bool) -> None:
        """Of somebody whose account goes; `erase` what they wrote, too."""
        await self._end(person_id)
        await self._personal_tokens.revoke_all(person_id)
        await self._changes.record("person_deleted", person_id, erase=erase)

    async def _end(self, person_id: str) -> None:
        await self._sessions.end_all(person_id)
        await self._reset_links.revoke(person_id)
        await self._invitations.revoke_all(person_id)
