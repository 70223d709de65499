"""The paths of the chat service."""

from aiohttp import web

from chat_service.operations import OPERATIONS, ROOM
from chat_service.routes import ROUTES


def test_every_path_has_its_name() -> None:
    app = web.Application()
    app.add_routes(ROUTES)
    names = {name: resource.canonical for name, resource in app.router.named_resources().items()}
    paths = {operation.path for operation in OPERATIONS}
    assert {names["home"], names["socket"], names["static"]} == {"/", "/ws", "/static"}
    assert {path for path in names.values() if path.startswith("/api/")} == {ROOM, "/api/emoji"} | paths
