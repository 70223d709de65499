"""Who may make an account: everybody, whom somebody invites, or nobody new.

The setting SIGN_UP says so until an administrator says otherwise; what they said is in `settings`: {_id: "sign_up",
policy}. The first account can always be made.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum

from auth_service.accounts import Accounts, Person
from auth_service.invitations import Invitations
from chassis.mongo import Database, Document
from chassis.problems import Problem


class Policy(StrEnum):
    OPEN = "open"
    INVITATION = "invitation"
    CLOSED = "closed"


class SignUp:
    """`told` is the policy of the settings."""

    def __init__(self, database: Database, accounts: Accounts, invitations: Invitations, told: Policy) -> None:
        self._settings = database["settings"]
        self._accounts = accounts
        self._invitations = invitations
        self._told = told

    async def policy(self) -> Policy:
        stored = await self._settings.find_one({"_id": "sign_up"})
        return Policy(stored["policy"]) if stored else self._told

    async def change(self, policy: Policy) -> None:
        await self._settings.update_one({"_id": "sign_up"}, {"$set": {"policy": policy.value}}, upsert=True)

    async def check(self, code: str | None = None) -> None:
        """Whether somebody with this invitation, or with none, may make an account now.

        Raises:
            Problem: 403 `sign_up_closed` or `invitation_needed`, 404 `invitation_over`.
        """
        if not await self._accounts.any():
            return
        policy = await self.policy()
        if policy is Policy.CLOSED:
            raise Problem(403, "sign_up_closed", "No new accounts can be made here.")
        if code:
            await self._invitations.find(code)
        elif policy is Policy.INVITATION:
            raise Problem(403, "invitation_needed", "An account here needs an invitation: ask somebody who has one.")

    async def register(self, name: str, password: str, code: str | None = None) -> Person:
        """As `Accounts.register`, for who may.

        Raises:
            Problem: as `check` and `Accounts.register`.
        """
        await self.check(code)  # first: who may not sign up learns nothing of names, and costs no hash

        @asynccontextmanager
        async def admission(person_id: str) -> AsyncIterator[Document]:
            await self.check(code)  # the first account may have been somebody else's, a moment ago
            remembered = await self._invitations.use(code, person_id) if code else None
            try:
                yield {"invitations": [remembered]} if remembered else {}
            except Problem:  # the name was taken meanwhile
                if code:
                    await self._invitations.give_back(code, person_id)
                raise

        return await self._accounts.register(name, password, admission)
