"""Deleting one's account: nobody signs in to it from then on; what was written stays or is erased, as its owner says.

The account is marked before anything else happens. Who dies in between, or meets an error, leaves the rest to `finish`.
The name stays taken for a while: docs/decisions/0041-deleted-people.md.
"""

from datetime import timedelta

from auth_service.access import Access
from auth_service.administrators import Administrators
from auth_service.audit import Act, Actor, Audit
from auth_service.closing import Closing
from auth_service.second_factors import SecondFactors

NAME_RESERVED = timedelta(days=90)


class Deletion:
    def __init__(
        self,
        closing: Closing,
        administrators: Administrators,
        access: Access,
        second_factors: SecondFactors,
        audit: Audit,
    ) -> None:
        self._closing = closing
        self._administrators = administrators
        self._access = access
        self._second_factors = second_factors
        self._audit = audit

    async def delete(self, actor: Actor, *, erase: bool) -> None:
        """Delete the account of who asks, and has proved to be its owner; `erase` their texts too.

        Raises:
            Problem: 409 `last_administrator` or `named_in_settings`.
        """
        await self._administrators.unmake(actor.who)
        await self._closing.begin(actor.who, erase=erase)
        await self._audit.record(actor, Act.ACCOUNT_DELETED, actor.who)
        await self._finish(actor.who, erase=erase)

    async def finish(self) -> None:
        """Delete the accounts whose deletion was begun and left."""
        for person_id, erase in await self._closing.left():
            await self._finish(person_id, erase=erase)

    async def _finish(self, person_id: str, *, erase: bool) -> None:
        await self._access.delete(person_id, erase=erase)
        await self._second_factors.turn_off(person_id)
        await self._closing.finish(person_id, NAME_RESERVED)
