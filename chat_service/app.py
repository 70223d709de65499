"""A chat replica as a process: its servers, its parts, and what answers its paths."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import aiohttp
from aiohttp import web

from chassis import application, background, mongo, tracing
from chassis.access_tokens import AccessTokens
from chassis.health import State
from chassis.jwks import RemoteKeys
from chat_service import pages
from chat_service.account_changes import AccountChanges, AccountFeed, Applied, Handler
from chat_service.archive_mongo import MongoArchive
from chat_service.assembly import Assembly, Manner, Stores
from chat_service.connections import Connections
from chat_service.cursors import Cursors
from chat_service.directory_mongo import MongoMemberStore, MongoPeopleStore, MongoRoomStore
from chat_service.relay import Relay
from chat_service.relay_memory import MemoryRelay
from chat_service.relay_rabbitmq import RabbitMQRelay
from chat_service.replica import REPLICA
from chat_service.revocations import Revocations
from chat_service.routes import ROUTES
from chat_service.settings import ChatSettings
from chat_service.store_mongo import MongoEventStore

TEMPLATES = Path(__file__).parent / "templates"
MAX_BODY_BYTES = 64 * 1024


def create_app(settings: ChatSettings) -> web.Application:
    app = application.create(settings, TEMPLATES, MAX_BODY_BYTES)
    app.add_routes(ROUTES)
    app.on_response_prepare.append(pages.set_caching)

    async def services(app: web.Application) -> AsyncIterator[None]:
        health = app[application.HEALTH]
        relay: Relay = (
            RabbitMQRelay(settings.amqp_url, settings.replica, settings.amqp_exchange)
            if settings.amqp_url
            else MemoryRelay()
        )
        connections = Connections()

        async with (
            tracing.exported("chat", settings.replica, settings.otel_exporter_otlp_endpoint),
            mongo.connect(settings.mongo_url, settings.mongo_database) as database,
            aiohttp.ClientSession() as http,
        ):
            keys = RemoteKeys(settings.jwks_url, http)
            revocations = Revocations()
            handlers: dict[Applied, Handler] = {}
            account_changes = AccountChanges(
                AccountFeed(settings.account_changes_url, http),
                revocations,
                connections,
                Cursors(database),
                handlers,
                lambda change: assembly.changed(change),  # noqa: PLW0108 - the assembly is made below
            )
            health.depends_on("mongodb", partial(mongo.check, database))
            health.depends_on("auth keys", keys.check)
            health.depends_on("account changes", account_changes.check)
            health.depends_on("relay", partial(_check, relay))
            await mongo.wait_until_there(database)
            access_tokens = AccessTokens(settings.public_url, keys.find, revocations.covers)
            manner = Manner(
                settings.replica,
                settings.presence_grace_seconds,
                settings.writes_per_second,
                settings.rooms_per_second,
                settings.sockets_per_address,
            )
            async with mongo.connect(settings.mongo_url, settings.mongo_database, socket_timeout_ms=None) as patient:
                for store in _stores(patient):
                    await store.prepare()
            assembly = Assembly(Stores(*_stores(database)), relay, connections, access_tokens, manner)
            app[REPLICA] = await assembly.prepare()
            handlers["person_renamed"] = assembly.accounts.renamed
            handlers["person_deleted"] = assembly.accounts.deleted
            forever = {
                "keys": keys.keep_fresh(),
                "account changes": account_changes.run(
                    settings.amqp_url, settings.replica, settings.amqp_accounts_exchange
                ),
                **assembly.forever(),
            }
            async with background.running(forever):
                await keys.wait()  # who can recognise nobody has nobody to serve: the gateway may have others
                await revocations.wait()
                health.serving()
                yield
                await assembly.close()

    async def leave(app: web.Application) -> None:
        app[application.HEALTH].draining()
        await app[REPLICA].connections.send_away()

    app.cleanup_ctx.append(services)
    app.on_shutdown.append(leave)
    return app


def _stores(
    database: mongo.Database,
) -> tuple[MongoEventStore, MongoArchive, MongoRoomStore, MongoMemberStore, MongoPeopleStore]:
    return (
        MongoEventStore(database),
        MongoArchive(database),
        MongoRoomStore(database),
        MongoMemberStore(database),
        MongoPeopleStore(database),
    )


async def _check(relay: Relay) -> State:
    return "degraded" if relay.in_doubt else "ok"
