"""Path -> handler, all of the chat service."""

from aiohttp import web

from chat_service import pages, rest
from chat_service.socket import Socket

ROUTES = [
    web.view("/", pages.Home, name="home"),
    web.view("/ws", Socket, name="socket"),
    web.view("/api/rooms", rest.Rooms, name="api-rooms"),
    web.static(pages.STATIC_PREFIX, pages.STATIC, name="static"),
]
