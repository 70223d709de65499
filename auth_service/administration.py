"""What administrators do to people's accounts: each act takes effect everywhere, and is in the audit log."""

from auth_service.access import Access
from auth_service.administrators import Administrators
from auth_service.audit import Act, Actor, Audit
from auth_service.people import People
from auth_service.second_factors import SecondFactors
from auth_service.sign_up import Policy, SignUp


class Administration:
    """The acts, each of which may be done twice without harm. Whether `actor` may do them, the caller has checked.

    The audit log has an act before the steps that may fail halfway: an error in these loses no entry.
    """

    def __init__(  # noqa: PLR0913 - keyword-only, one for each thing that its acts change
        self,
        *,
        people: People,
        administrators: Administrators,
        access: Access,
        second_factors: SecondFactors,
        sign_up: SignUp,
        audit: Audit,
    ) -> None:
        self._people = people
        self._administrators = administrators
        self._access = access
        self._second_factors = second_factors
        self._sign_up = sign_up
        self._audit = audit

    async def disable(self, actor: Actor, person_id: str) -> None:
        """Keep somebody out, at once: also of what is open now.

        Raises:
            Problem: 409 `last_administrator`.
        """
        await self._people.disable(person_id)  # first: whoever signs in from now on is refused, so none slips through
        await self._audit.record(actor, Act.PERSON_DISABLED, person_id)
        await self._follow_up(person_id)

    async def enable(self, actor: Actor, person_id: str) -> None:
        """Let somebody in again; what had ended stays so."""
        await self._people.enable(person_id)
        await self._audit.record(actor, Act.PERSON_ENABLED, person_id)
        await self._follow_up(person_id)

    async def end_sessions(self, actor: Actor, person_id: str) -> None:
        """Sign somebody out everywhere; their programs go on."""
        await self._audit.record(actor, Act.SESSIONS_ENDED, person_id)
        await self._access.end_sessions(person_id)

    async def revoke_tokens(self, actor: Actor, person_id: str) -> None:
        """End what somebody's programs sign in with."""
        await self._audit.record(actor, Act.TOKENS_REVOKED, person_id)
        await self._access.revoke_tokens(person_id)

    async def make_reset_link(self, actor: Actor, person_id: str) -> str:
        """The code of a new link; see `ResetLinks`."""
        code = await self._access.new_reset_link(person_id)
        await self._audit.record(actor, Act.RESET_LINK_MADE, person_id)
        return code

    async def turn_off_second_factor(self, actor: Actor, person_id: str) -> None:
        """For who lost the device and the recovery codes: the password alone signs them in."""
        await self._second_factors.turn_off(person_id)
        await self._audit.record(actor, Act.SECOND_FACTOR_REMOVED, person_id)

    async def make_administrator(self, actor: Actor, person_id: str) -> None:
        """From their next access token on."""
        await self._administrators.make(person_id)
        await self._audit.record(actor, Act.ADMINISTRATOR_MADE, person_id)

    async def unmake_administrator(self, actor: Actor, person_id: str) -> None:
        """At once: with the sessions and tokens that still say otherwise.

        Raises:
            Problem: as `Administrators.unmake`.
        """
        await self._administrators.unmake(person_id)
        await self._audit.record(actor, Act.ADMINISTRATOR_UNMADE, person_id)
        await self._access.end_sessions(person_id)
        await self._access.revoke_tokens(person_id, scope="admin")

    async def change_sign_up(self, actor: Actor, policy: Policy) -> None:
        """Say who may make an account."""
        await self._sign_up.change(policy)
        await self._audit.record(actor, Act.SIGN_UP_CHANGED, to=policy.value)

    async def finish(self) -> None:
        """Go on where an error came before it was known everywhere that somebody was disabled, or enabled."""
        for person_id in await self._people.unannounced():
            await self._follow_up(person_id)

    async def _follow_up(self, person_id: str) -> None:
        """What comes of whether somebody is disabled. Another may decide otherwise at the same time: each goes on until
        what they told is what holds, so that this is the last word in the feed, whoever's it is."""
        told = None
        while (out := await self._is_out(person_id)) != told:
            await (self._access.shut_out if out else self._access.let_in)(person_id)
            told = out
        await self._people.announced(person_id, disabled=out)

    async def _is_out(self, person_id: str) -> bool:
        standing = await self._people.standing(person_id)
        return standing is None or standing.disabled
