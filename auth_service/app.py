"""The auth service put together: the only module that knows every other."""

import socket
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

from aiohttp import web

from auth_service.accounts import Accounts
from auth_service.changes import Changes
from auth_service.grants import Grants
from auth_service.keys import Keys
from auth_service.known_devices import KnownDevices
from auth_service.passwords import Passwords
from auth_service.proofs import Proofs, Quotas
from auth_service.refresh_tokens import RefreshTokens
from auth_service.routes import ROUTES
from auth_service.second_factors import SecondFactors
from auth_service.second_steps import SecondSteps
from auth_service.services import SERVICES, Services
from auth_service.sessions import Sessions
from auth_service.settings import AuthSettings
from auth_service.throttle import Throttle
from chassis import application, background, mongo, tracing
from chassis.access_tokens import AccessTokens
from chassis.wake_up import Caller

TEMPLATES = Path(__file__).parent / "templates"
MAX_BODY_BYTES = 16 * 1024  # a name, a password of 1 KiB and where to go next, percent-encoded


def create_app(settings: AuthSettings) -> web.Application:
    app = application.create(settings, TEMPLATES, MAX_BODY_BYTES)
    app.add_routes(ROUTES)

    async def services(app: web.Application) -> AsyncIterator[None]:
        health = app[application.HEALTH]
        secret = settings.auth_secret.get_secret_value()
        async with (
            tracing.exported("auth", socket.gethostname(), settings.otel_exporter_otlp_endpoint),
            mongo.connect(settings.mongo_url, settings.mongo_database) as database,
        ):
            health.depends_on("mongodb", partial(mongo.check, database))
            await mongo.wait_until_there(database)
            passwords = Passwords()
            wake_up = Caller(settings.amqp_url, "auth", settings.amqp_accounts_exchange)
            changes = Changes(database, wake_up.call)
            accounts = Accounts(database, passwords, changes)
            sessions = Sessions(database, RefreshTokens(secret), changes)
            throttle = Throttle(database)
            second_factors, known_devices = SecondFactors(database, secret), KnownDevices(secret)
            keys = Keys(database, secret)
            for part in (accounts, changes, sessions, throttle, keys):
                await part.prepare()
            app[SERVICES] = Services(
                accounts=accounts,
                changes=changes,
                sessions=sessions,
                grants=Grants(settings.public_url, keys, accounts, sessions),
                proofs=Proofs(
                    accounts,
                    second_factors,
                    throttle,
                    known_devices,
                    Quotas(settings.sign_ins_failed_per_minute, settings.registrations_per_hour),
                ),
                second_factors=second_factors,
                second_steps=SecondSteps(secret),
                known_devices=known_devices,
                keys=keys,
                access_tokens=AccessTokens(settings.public_url, keys.find),
            )
            forever = {
                "key rotation": keys.keep_rotating(),
                "ended sessions": sessions.keep_finishing(),
                "wake-up calls": wake_up.run(),
            }
            async with background.running(forever):
                health.serving()
                yield
                passwords.close()

    app.cleanup_ctx.append(services)
    return app
