"""Path -> handler, all of the chat service."""

from aiohttp import web

from chat_service import catalogue, pages, rest
from chat_service.operations import OPERATIONS
from chat_service.socket import Socket

ROUTES = [
    web.view("/", pages.Home, name="home"),
    web.view("/ws", Socket, name="socket"),
    web.get("/api/rooms", rest.rooms, name="rooms"),
    *(web.route(one.method, one.path, rest.handler(one), name=one.name) for one in OPERATIONS),
    web.get("/api/emoji", catalogue.emoji, name="emoji"),
    web.static(pages.STATIC_PREFIX, pages.STATIC, name="static"),
]
