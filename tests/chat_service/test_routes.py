"""The paths of the chat service."""

from aiohttp import web

from chat_service import shell
from chat_service.operations import OPERATIONS, ROOM
from chat_service.routes import ROUTES


def test_every_path_has_its_name() -> None:
    app = web.Application()
    app.add_routes(ROUTES)
    names = {name: resource.canonical for name, resource in app.router.named_resources().items()}
    paths = {operation.path for operation in OPERATIONS}
    assert {names["home"], names["socket"], names["static"]} == {"/", "/ws", "/static"}
    page = {"/", "/rooms/{room}", "/rooms/{room}/{seq}", "/sw.js"}
    files = {"/static", shell.VERSIONED_PREFIX, "/static/{version}/{path}"}
    assert set(names.values()) == page | files | {"/ws", "/api/emoji", "/api/export", ROOM} | paths
