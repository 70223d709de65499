"""What the auth service keeps of somebody, for them to take along."""

from typing import Any

import msgspec

from auth_service.audit import Act, Actor, Audit, Entry
from auth_service.invitations import Invitations
from auth_service.people import People
from auth_service.personal_tokens import PersonalTokens
from auth_service.sessions import Sessions

MAX_ENTRIES = 10_000


class OwnData:
    def __init__(
        self,
        people: People,
        sessions: Sessions,
        personal_tokens: PersonalTokens,
        invitations: Invitations,
        audit: Audit,
    ) -> None:
        self._people = people
        self._sessions = sessions
        self._personal_tokens = personal_tokens
        self._invitations = invitations
        self._audit = audit

    async def of(self, actor: Actor) -> dict[str, Any]:
        """All of it but what signs in: no hash is anybody's to have."""
        await self._audit.record(actor, Act.DATA_DOWNLOADED, actor.who)
        return {
            "account": await self._people.find(actor.who),
            "sessions": await self._sessions.of(actor.who),
            "tokens": await self._personal_tokens.listed(actor.who),
            "invitations": await self._invitations.listed(actor.who),
            "audit": [_without_others(entry, actor.who) for entry in await self._audit.about(actor.who, MAX_ENTRIES)],
        }


def _without_others(entry: Entry, person: str) -> Entry:
    """What others did to somebody is theirs to know, who it was and from where is not."""
    return entry if entry.who == person else msgspec.structs.replace(entry, who="", address=None)
