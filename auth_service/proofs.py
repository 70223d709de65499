"""Proving who one is: the password, the second factor where there is one, and how often that may be tried.

An attempt counts for the account, the address and all together; on a device where its person has signed in before,
for that device alone. So whoever fails for ever shuts out strangers, and never the owner on their own device.
"""

import msgspec
import structlog
from aiohttp import web

from auth_service import known_devices
from auth_service.accounts import Accounts, Person, Proof, key_of
from auth_service.known_devices import KnownDevices
from auth_service.second_factors import SecondFactors
from auth_service.throttle import Attempt, Limit, Quota, Throttle
from chassis import client_address
from chassis.problems import Problem

log = structlog.get_logger(__name__)

ACCOUNT = Limit("account", free=10)
ADDRESS = Limit("address", free=200)  # an office behind one address that comes in at nine
DEVICE = Limit("device", free=10)
OWNER = Limit("owner", free=10)  # somebody signed in, who confirms by their password
OWNER_CODE = Limit("owner code", free=10)  # apart from it: who knows the password must not guess codes without end
RENAMES = Quota("renames", attempts=10, seconds=24 * 3600)  # each is told to everybody and kept


class SecondFactorRequired(Problem):
    """The password is right, and a code is needed too."""

    def __init__(self, proof: Proof) -> None:
        super().__init__(401, "second_factor_required", "Send a code of your second factor too.")
        self.proof = proof


class Quotas(msgspec.Struct, frozen=True):
    """How many failed sign-ins a minute all people together have, and how many registrations an hour each address."""

    failures: int
    registrations: int


class Proofs:
    def __init__(
        self,
        accounts: Accounts,
        second_factors: SecondFactors,
        throttle: Throttle,
        known_devices: KnownDevices,
        quotas: Quotas,
    ) -> None:
        self._accounts = accounts
        self._second_factors = second_factors
        self._throttle = throttle
        self._known_devices = known_devices
        self._everybody = Quota("everybody", quotas.failures, 60)
        self._registrations = Quota("registrations", quotas.registrations, 3600)

    async def password(self, request: web.Request, name: str, password: str, code: str | None) -> Proof:
        """Who sends these.

        Raises:
            SecondFactorRequired: all is right, but there is no code.
            Problem: 401 `wrong_credentials` or `wrong_code`, 429 `throttled`.
        """
        attempts = await self._charge(request, name)
        with structlog.contextvars.bound_contextvars(address=client_address.of(request)):
            proof = await self._accounts.prove(name, password)
        if await self._second_factors.is_on(proof.person.id):
            if code is None:
                await self._throttle.settle(taken_back=_apart(attempts)[1])
                raise SecondFactorRequired(proof)
            await self._second_factors.check(proof.person.id, code)
        await self._succeeded(attempts)
        return proof

    async def code(self, request: web.Request, person: Person, code: str) -> None:
        """After a right password: the code that was missing.

        Raises:
            Problem: 401 `wrong_code`, 429 `throttled`.
        """
        attempts = await self._charge(request, person.name)
        await self._second_factors.check(person.id, code)
        await self._succeeded(attempts)

    async def owner(self, person: Person, session: str, password: str, field: str) -> Proof:
        """That somebody who is signed in, in this session, still knows the password, sent in this field of a form.

        Counted for the session: whoever stole one guesses ten times, and the owner signs in and has another.

        Raises:
            Problem: 422 `invalid`, 429 `throttled`.
        """
        await self._throttle.charge((OWNER, session))
        proof = await self._accounts.proof_of(person, password)
        if proof is None:
            log.warning("password not confirmed", person=person.id)
            detail = "That is not your password."
            raise Problem(422, "invalid", detail, errors={field: detail})
        await self._throttle.settle(forgotten=[(OWNER, session)])
        return proof

    async def owner_code(self, person: Person, code: str) -> None:
        """As `owner`, for a code of the second factor, in the field `code`, and counted for the person: whoever comes
        so far knows the password, and may have made sessions without number before there was a second factor."""
        await self._throttle.charge((OWNER_CODE, person.id))
        try:
            await self._second_factors.check(person.id, code)
        except Problem as wrong:
            raise Problem(422, "invalid", wrong.detail, errors={"code": wrong.detail}) from wrong
        await self._throttle.settle(forgotten=[(OWNER_CODE, person.id)])

    async def registering(self, request: web.Request) -> None:
        """Count somebody who registers.

        Raises:
            Problem: 429 `throttled`.
        """
        await self._throttle.charge((self._registrations, client_address.network(client_address.of(request))))

    async def renaming(self, person: Person) -> None:
        """As `registering`, for who takes another name."""
        await self._throttle.charge((RENAMES, person.id))

    async def _charge(self, request: web.Request, name: str) -> list[Attempt]:
        known = None
        if known_devices.COOKIE in request.cookies:  # else nobody need be looked up, whether or not they are there
            known = self._known_devices.recognise(request, await self._accounts.named(name))
        address = client_address.network(client_address.of(request))
        attempts: list[Attempt] = (
            [(DEVICE, known)] if known else [(self._everybody, ""), (ADDRESS, address), (ACCOUNT, key_of(name))]
        )
        await self._throttle.charge(*attempts)
        return attempts

    async def _succeeded(self, attempts: list[Attempt]) -> None:
        own, shared = _apart(attempts)
        await self._throttle.settle(taken_back=shared, forgotten=own)


def _apart(attempts: list[Attempt]) -> tuple[list[Attempt], list[Attempt]]:
    """What was counted for the person alone, and what for others too."""
    own = [attempt for attempt in attempts if attempt[0] in {ACCOUNT, DEVICE}]
    return own, [attempt for attempt in attempts if attempt not in own]
