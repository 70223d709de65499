import asyncio
import re
from pathlib import Path
from typing import Any

import aiohttp
import aiohttp_jinja2
import prometheus_client
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from jinja2 import UndefinedError
from pytest_aiohttp.plugin import AiohttpServer

from chassis import application
from chassis.settings import ServiceSettings
from tests.chassis.conftest import MAX_BODY_BYTES, Client, Serve
from tests.chassis.own_process import own_process

SLOW_START = """
import asyncio
async def slow(app):
    while not Path(sys.argv[1]).exists():
        await asyncio.sleep(0.01)
app.on_startup.append(slow)
"""
GATEWAY = Path(__file__).parents[2] / "gateway"


@pytest.fixture
async def server(aiohttp_server: AiohttpServer, settings: ServiceSettings, tmp_path: Path) -> TestServer:
    return await aiohttp_server(application.create(settings, tmp_path, MAX_BODY_BYTES))


async def ask_ops(settings: ServiceSettings, path: str) -> tuple[int, dict[str, Any]]:
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{settings.ops_port}{path}") as answer:
        return answer.status, await answer.json()


@pytest.mark.usefixtures("server")
async def test_health_is_asked_on_a_port_of_its_own(settings: ServiceSettings) -> None:
    assert await ask_ops(settings, "/health/live") == (200, {"status": "alive"})
    assert await ask_ops(settings, "/health/ready") == (503, {"status": "starting", "dependencies": {}})


async def test_what_the_service_says_of_its_health_is_what_is_told(
    server: TestServer, settings: ServiceSettings
) -> None:
    assert server.app is not None
    server.app[application.HEALTH].serving()
    assert await ask_ops(settings, "/health/ready") == (200, {"status": "ready", "dependencies": {}})


@pytest.mark.usefixtures("server")
async def test_every_service_tells_how_late_its_loop_is() -> None:
    def measured() -> float:
        return prometheus_client.REGISTRY.get_sample_value("parley_loop_lag_seconds_count") or 0.0

    before = measured()
    async with asyncio.timeout(5):
        while measured() == before:
            await asyncio.sleep(0.01)


async def test_health_is_asked_already_while_the_service_starts(settings: ServiceSettings, tmp_path: Path) -> None:
    app = application.create(settings, tmp_path, MAX_BODY_BYTES)
    answered = asyncio.Event()

    async def slow_start(_app: web.Application) -> None:
        assert (await ask_ops(settings, "/health/ready"))[1]["status"] == "starting"
        answered.set()

    app.on_startup.append(slow_start)
    runner = web.AppRunner(app)
    await runner.setup()
    await runner.cleanup()
    assert answered.is_set()


def test_nobody_is_sent_to_a_port_that_is_not_open_yet(tmp_path: Path) -> None:
    """On the way from being prepared to listening there is a collection of garbage, among other things."""
    done = tmp_path / "done"
    with own_process(SLOW_START, str(done)) as service:
        service.wait(lambda: "starting" in service.unready)
        assert service.closed
        done.touch()
        service.wait(lambda: not service.unready)
        assert not service.closed


async def test_the_port_for_health_is_free_again_afterwards(server: TestServer, settings: ServiceSettings) -> None:
    await server.close()
    with pytest.raises(aiohttp.ClientConnectorError):
        await ask_ops(settings, "/health/live")


async def test_templates_of_the_service_and_of_the_chassis_are_found(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "hello.html").write_text(
        '{% extends "layout.html" %}{% block title %}Hi{% endblock %}{% block body %}{{ name }}{% endblock %}'
    )

    async def hello(request: web.Request) -> web.Response:
        return aiohttp_jinja2.render_template("hello.html", request, {"name": "<b>Ada</b>"})

    client: Client = await serve([web.get("/", hello)])
    page = await (await client.get("/")).text()
    assert "<title>Hi</title>" in page
    assert "&lt;b&gt;Ada&lt;/b&gt;" in page


async def test_a_template_that_misses_a_value_fails_instead_of_showing_nothing(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "hello.html").write_text("{{ nmae }}")

    async def hello(request: web.Request) -> web.Response:
        with pytest.raises(UndefinedError, match="nmae"):
            aiohttp_jinja2.render_template("hello.html", request, {"name": "Ada"})
        return web.Response(text="it failed")

    client: Client = await serve([web.get("/", hello)])
    assert await (await client.get("/")).text() == "it failed"


def test_a_connection_is_kept_longer_than_the_gateway_keeps_it() -> None:
    [idle_seconds] = re.findall(r"^ *idleConnTimeout: (\d+)s", (GATEWAY / "routes.yml").read_text(), re.MULTILINE)
    assert float(idle_seconds) < application.KEEPALIVE_SECONDS
