"""A chat replica put together: the only module that knows every other."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import aiohttp
from aiohttp import web

from chassis import application, background, mongo, tracing
from chassis.access_tokens import AccessTokens
from chassis.health import State
from chassis.jwks import RemoteKeys
from chat_service import pages, signals
from chat_service.access import Access
from chat_service.account_changes import AccountChanges, AccountFeed
from chat_service.chat import Chat
from chat_service.connections import Connections
from chat_service.cursors import Cursors
from chat_service.events import ROOM_TOPIC_PREFIX
from chat_service.handover import Handover
from chat_service.hub import Hub
from chat_service.lobby import Lobby
from chat_service.log import Log
from chat_service.presence import PRESENCE_TOPIC, Presence
from chat_service.relay import Relay
from chat_service.relay_memory import MemoryRelay
from chat_service.relay_rabbitmq import RabbitMQRelay
from chat_service.replica import REPLICA, Replica
from chat_service.requests import Requests
from chat_service.revocations import Revocations
from chat_service.routes import ROUTES
from chat_service.settings import ChatSettings
from chat_service.signalling import Signalling
from chat_service.store_mongo import MongoEventStore, MongoRoomStore

TEMPLATES = Path(__file__).parent / "templates"
MAX_BODY_BYTES = 64 * 1024


class Incoming:
    """What other replicas send, to the part that it concerns."""

    def __init__(self, hub: Hub, presence: Presence, signalling: Signalling, room_log: Log) -> None:
        self._hub = hub
        self._presence = presence
        self._signalling = signalling
        self._log = room_log

    def receive(self, topic: str, payload: bytes) -> None:
        if topic == PRESENCE_TOPIC:
            self._presence.receive(payload)
            return
        if not topic.startswith(ROOM_TOPIC_PREFIX):
            self._log.receive(payload)
            return
        room = topic.removeprefix(ROOM_TOPIC_PREFIX)
        said = signals.decode(payload)
        if isinstance(said, list):
            self._hub.receive(room, said)
            self._log.stored_elsewhere(room, said)
        else:
            self._signalling.heard(room, said)

    def recovered(self) -> None:
        self._presence.recovered()
        self._hub.compare_heads_now()


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
            account_changes = AccountChanges(
                AccountFeed(settings.account_changes_url, http),
                revocations,
                connections,
                Cursors(database),
                handlers={},  # what renames and deletions mean to rooms and texts
            )
            health.depends_on("mongodb", partial(mongo.check, database))
            health.depends_on("auth keys", keys.check)
            health.depends_on("account changes", account_changes.check)
            health.depends_on("relay", partial(_check, relay))
            await mongo.wait_until_there(database)
            events, rooms = MongoEventStore(database), MongoRoomStore(database)
            await events.prepare()
            await rooms.prepare()
            hub = Hub(events, relay)
            handover = Handover(settings.replica, relay, hub.hears)
            room_log = Log(events, hub.committed, handover)
            await handover.listen()
            presence = Presence(settings.replica, relay, settings.presence_grace_seconds)
            access = Access(rooms)
            chat = Chat(access, events, room_log)
            lobby = Lobby(rooms, room_log)
            signalling = Signalling(access, hub, presence, relay, rooms)
            app[REPLICA] = Replica(
                name=settings.replica,
                epoch=await lobby.prepare(),
                access=access,
                chat=chat,
                lobby=lobby,
                requests=Requests(chat),
                hub=hub,
                presence=presence,
                signalling=signalling,
                connections=connections,
                access_tokens=AccessTokens(settings.public_url, keys.find, revocations.covers),
            )
            forever = {
                "keys": keys.keep_fresh(),
                "account changes": account_changes.run(
                    settings.amqp_url, settings.replica, settings.amqp_accounts_exchange
                ),
                "relay": relay.run(Incoming(hub, presence, signalling, room_log)),
                "heads": hub.keep_comparing_heads(),
                "presence": presence.keep_announcing(),
                "markers": signalling.markers.keep_writing(),
            }
            async with background.running(forever):
                health.serving()
                yield
                presence.close()
                await signalling.close()
                await room_log.drain()
                await relay.drain()  # else the others would find the last events only by comparing heads

    async def leave(app: web.Application) -> None:
        app[application.HEALTH].draining()
        await app[REPLICA].connections.send_away()

    app.cleanup_ctx.append(services)
    app.on_shutdown.append(leave)
    return app


async def _check(relay: Relay) -> State:
    return "degraded" if relay.in_doubt else "ok"
