"""The auth service as an application."""

import socket
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

from aiohttp import web

from auth_service import finishing
from auth_service.assembly import assemble
from auth_service.passwords import Passwords
from auth_service.routes import ROUTES
from auth_service.services import SERVICES
from auth_service.settings import AuthSettings
from chassis import application, background, mongo, tracing
from chassis.wake_up import Caller

TEMPLATES = Path(__file__).parent / "templates"
MAX_BODY_BYTES = 16 * 1024  # a name, a password of 1 KiB and where to go next, percent-encoded


def create_app(settings: AuthSettings) -> web.Application:
    app = application.create(settings, TEMPLATES, MAX_BODY_BYTES)
    app.add_routes(ROUTES)

    async def services(app: web.Application) -> AsyncIterator[None]:
        health = app[application.HEALTH]
        async with (
            tracing.exported("auth", socket.gethostname(), settings.otel_exporter_otlp_endpoint),
            mongo.connect(settings.mongo_url, settings.mongo_database) as database,
        ):
            health.depends_on("mongodb", partial(mongo.check, database))
            await mongo.wait_until_there(database)
            passwords = Passwords()
            wake_up = Caller(settings.amqp_url, "auth", settings.amqp_accounts_exchange)
            app[SERVICES] = await assemble(settings, database, passwords, wake_up)
            forever = {
                "key rotation": app[SERVICES].keys.keep_rotating(),
                "unfinished acts": finishing.keep_finishing(
                    {
                        "ended sessions": app[SERVICES].sessions.finish,
                        "revoked tokens": app[SERVICES].personal_tokens.finish,
                        "old passwords": app[SERVICES].old_passwords.finish,
                        "new names": app[SERVICES].renaming.finish,
                        "people disabled": app[SERVICES].administration.finish,
                        "deletions": app[SERVICES].deletion.finish,
                    }
                ),
                "wake-up calls": wake_up.run(),
            }
            async with background.running(forever):
                health.serving()
                yield
                passwords.close()

    app.cleanup_ctx.append(services)
    return app
