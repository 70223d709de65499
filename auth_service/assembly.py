"""The parts of the auth service put together on a database: for the service itself, and for its command line."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from auth_service.access import Access
from auth_service.accounts import Accounts
from auth_service.administration import Administration
from auth_service.administrators import Administrators
from auth_service.audit import Audit
from auth_service.changes import Changes
from auth_service.closing import Closing
from auth_service.deletion import Deletion
from auth_service.grants import Grants
from auth_service.invitations import Invitations
from auth_service.inviting import Inviting
from auth_service.issuer import Issuer
from auth_service.keys import Keys
from auth_service.known_devices import KnownDevices
from auth_service.links import Links
from auth_service.old_passwords import OldPasswords
from auth_service.own_data import OwnData
from auth_service.passwords import Passwords
from auth_service.people import People
from auth_service.personal_tokens import PersonalTokens
from auth_service.programs import Programs
from auth_service.proofs import Proofs, Quotas
from auth_service.refresh_tokens import RefreshTokens
from auth_service.renaming import Renaming
from auth_service.reset_links import ResetLinks
from auth_service.resetting import Resetting
from auth_service.second_factors import SecondFactors
from auth_service.second_steps import SecondSteps
from auth_service.services import Services
from auth_service.sessions import Sessions
from auth_service.settings import AuthSettings
from auth_service.sign_up import SignUp
from auth_service.throttle import Throttle
from chassis import background, mongo
from chassis.access_tokens import AccessTokens
from chassis.mongo import Database
from chassis.wake_up import Caller

WAKE_UP_SECONDS = 5.0


async def assemble(settings: AuthSettings, database: Database, passwords: Passwords, wake_up: Caller) -> Services:
    """All parts, with the indexes and keys that they need in place."""
    secret = settings.auth_secret.get_secret_value()
    administrators = Administrators(database, settings.administrator_keys)
    audit = Audit(database)
    changes = Changes(database, wake_up.call)
    renaming = Renaming(database, changes)
    accounts = Accounts(database, passwords, renaming, administrators)
    invitations = Invitations(database)
    keys = Keys(database, secret)
    known_devices = KnownDevices(secret)
    people = People(database, administrators)
    personal_tokens = PersonalTokens(database, changes)
    reset_links = ResetLinks(database)
    second_factors = SecondFactors(database, secret)
    sessions = Sessions(database, RefreshTokens(secret), changes)
    old_passwords = OldPasswords(database, sessions, reset_links)
    throttle = Throttle(database)
    quotas = Quotas(settings.sign_ins_failed_per_minute, settings.registrations_per_hour)
    sign_up = SignUp(database, accounts, invitations, settings.sign_up)
    access = Access(sessions, personal_tokens, invitations, reset_links, changes)
    closing = Closing(database)
    issuer = Issuer(settings.public_url, keys, people)
    for part in (
        accounts,
        administrators,
        audit,
        changes,
        closing,
        invitations,
        keys,
        old_passwords,
        people,
        personal_tokens,
        renaming,
        reset_links,
        sessions,
        throttle,
    ):
        await part.prepare()
    return Services(
        accounts=accounts,
        administration=Administration(
            people=people,
            administrators=administrators,
            access=access,
            second_factors=second_factors,
            sign_up=sign_up,
            audit=audit,
        ),
        audit=audit,
        changes=changes,
        deletion=Deletion(closing, administrators, access, second_factors, audit),
        sessions=sessions,
        grants=Grants(issuer, sessions, sign_up, audit),
        invitations=invitations,
        inviting=Inviting(invitations, audit),
        keys=keys,
        known_devices=known_devices,
        links=Links(settings.public_url),
        old_passwords=old_passwords,
        own_data=OwnData(people, sessions, personal_tokens, invitations, audit),
        people=people,
        personal_tokens=personal_tokens,
        programs=Programs(personal_tokens, people, issuer, audit),
        renaming=renaming,
        proofs=Proofs(accounts, second_factors, throttle, known_devices, quotas),
        reset_links=reset_links,
        resetting=Resetting(accounts, reset_links, old_passwords, audit),
        second_factors=second_factors,
        second_steps=SecondSteps(secret),
        sign_up=sign_up,
        access_tokens=AccessTokens(settings.public_url, keys.find),
    )


@asynccontextmanager
async def opened(settings: AuthSettings) -> AsyncIterator[Services]:
    """All parts, for as long as a command takes; the chat hears of what it did before it ends, if the broker is there.

    Raises:
        PyMongoError: the database can't be reached.
    """
    passwords = Passwords()
    wake_up = Caller(settings.amqp_url, "auth command", settings.amqp_accounts_exchange)
    try:
        async with mongo.connect(settings.mongo_url, settings.mongo_database) as database:
            yield await assemble(settings, database, passwords, wake_up)
            if wake_up.called:  # else no connection is begun, which would be broken off at once
                async with background.running({"wake-up calls": wake_up.run()}):
                    with contextlib.suppress(TimeoutError):  # without the broker the chat looks by itself
                        async with asyncio.timeout(WAKE_UP_SECONDS):
                            await wake_up.made()
    finally:
        passwords.close()
