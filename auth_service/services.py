"""The parts of the auth service that its handlers use, as one typed value the application carries."""

import msgspec
from aiohttp import web

from auth_service.accounts import Accounts
from auth_service.administration import Administration
from auth_service.audit import Audit
from auth_service.changes import Changes
from auth_service.deletion import Deletion
from auth_service.grants import Grants
from auth_service.invitations import Invitations
from auth_service.inviting import Inviting
from auth_service.keys import Keys
from auth_service.known_devices import KnownDevices
from auth_service.links import Links
from auth_service.old_passwords import OldPasswords
from auth_service.own_data import OwnData
from auth_service.people import People
from auth_service.personal_tokens import PersonalTokens
from auth_service.programs import Programs
from auth_service.proofs import Proofs
from auth_service.renaming import Renaming
from auth_service.reset_links import ResetLinks
from auth_service.resetting import Resetting
from auth_service.second_factors import SecondFactors
from auth_service.second_steps import SecondSteps
from auth_service.sessions import Sessions
from auth_service.sign_up import SignUp
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
    administration: Administration
    audit: Audit
    deletion: Deletion
    invitations: Invitations
    inviting: Inviting
    links: Links
    old_passwords: OldPasswords
    own_data: OwnData
    people: People
    personal_tokens: PersonalTokens
    programs: Programs
    renaming: Renaming
    reset_links: ResetLinks
    resetting: Resetting
    sign_up: SignUp


SERVICES = web.AppKey("services", Services)
