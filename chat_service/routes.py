"""Path -> handler, all of the chat service."""

from aiohttp import web

from chat_service import catalogue, pages, rest, shell
from chat_service.operations import OPERATIONS, ROOM, ROOMS
from chat_service.socket import Socket

ROUTES = [
    web.view("/", pages.Home, name="home"),
    web.view("/rooms/{room}", pages.Home, name="room"),
    web.view(r"/rooms/{room}/{seq:\d+}", pages.Home, name="message"),
    web.view("/sw.js", pages.ServiceWorker, name="service-worker"),
    web.view("/ws", Socket, name="socket"),
    web.get(ROOMS, rest.rooms, name="rooms"),
    web.get(ROOM, rest.room, name="api-room"),
    web.patch(ROOM, rest.change_room, name="change-room"),
    *(web.route(one.method, one.path, rest.handler(one), name=one.name) for one in OPERATIONS),
    web.get("/api/export", rest.export, name="export"),
    web.get("/api/emoji", catalogue.emoji, name="emoji"),
    web.static(shell.VERSIONED_PREFIX, shell.STATIC, name="versioned"),
    web.view(r"/static/{version:v-[0-9a-f]{16}}/{path:.+}", pages.OtherVersion, name="other-version"),
    web.static(shell.STATIC_PREFIX, shell.STATIC, name="static"),
]
