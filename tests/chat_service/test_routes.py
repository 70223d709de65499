"""The paths of the chat service."""

from aiohttp import web

from chat_service.routes import ROUTES


def test_every_path_has_its_name() -> None:
    app = web.Application()
    app.add_routes(ROUTES)
    names = {name: resource.canonical for name, resource in app.router.named_resources().items()}
    assert names == {"home": "/", "socket": "/ws", "api-rooms": "/api/rooms", "static": "/static"}
