"""Setting a new password by a link: once, and everybody who is signed in with the old one is out."""

from auth_service.accounts import Accounts
from auth_service.audit import Act, Actor, Audit
from auth_service.old_passwords import OldPasswords
from auth_service.reset_links import ResetLinks, link_over


class Resetting:
    def __init__(self, accounts: Accounts, reset_links: ResetLinks, old_passwords: OldPasswords, audit: Audit) -> None:
        self._accounts = accounts
        self._reset_links = reset_links
        self._old_passwords = old_passwords
        self._audit = audit

    async def reset(self, code: str, password: str, address: str) -> None:
        """Set the password; it opens no session, so a second factor is still asked for.

        Raises:
            Problem: 404 `link_over`, 422 `invalid` for a password that won't do, with which the link stays good.
        """
        person = await self._accounts.find(await self._reset_links.person(code))
        if person is None:
            raise link_over()
        hashed = await self._accounts.new_hash(person, password, "password")
        await self._reset_links.use(code)  # of two at once one gets here
        proof = await self._accounts.set_hash(person, hashed)
        if proof is None:  # the account went meanwhile
            raise link_over()
        await self._audit.record(Actor(person.id, address), Act.PASSWORD_RESET, person.id)
        await self._old_passwords.end(person.id, proof.password)
