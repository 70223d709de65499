"""The parts of the auth service that its handlers use, as one typed value the application carries."""

import msgspec
from aiohttp import web

from auth_service.accounts import Accounts
from auth_service.changes import Changes
from auth_service.grants import Grants
from auth_service.keys import Keys
from auth_service.known_devices import KnownDevices
from auth_service.proofs import Proofs
from auth_service.second_factors import SecondFactors
from auth_service.second_steps import SecondSteps
from auth_service.sessions import Sessions
from chassis.access_tokens import AccessTokens


class Services(msgspec.Struct, frozen=True):
    accounts: Accounts
    changes: Changes
    sessions: Sessions
    grants: Grants
    proofs: Proofs
    second_factors: SecondFactors
    second_steps: SecondSteps
    known_devices: KnownDevices
    keys: Keys
    access_tokens: AccessTokens


SERVICES = web.AppKey("services", Services)
