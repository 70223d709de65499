"""A stop that the gateway notices before anybody is turned away."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from standalone.readiness import probe
from tests.services import free_ports

LEAVE_SECONDS = 1.0
SERVICE = """
from pathlib import Path
from aiohttp import web
from chassis import application
from chassis.settings import ServiceSettings
settings = ServiceSettings()
app = application.create(settings, Path("."), 1000)
async def hello(request):
    return web.Response(text="hello")
async def serving(app):
    app[application.HEALTH].serving()
    yield
app.router.add_get("/", hello)
app.cleanup_ctx.append(serving)
application.run(app, settings)
"""


def test_a_replica_told_to_stop_is_unready_at_once_and_serves_on_for_a_while() -> None:
    with _service(LEAVE_SECONDS) as (process, port, ops_port):
        told = time.monotonic()
        process.send_signal(signal.SIGTERM)
        while not probe(f"http://127.0.0.1:{ops_port}/health/ready").startswith("503"):
            assert time.monotonic() - told < LEAVE_SECONDS
        assert _get(port) == 200
        assert process.wait(20) == 0
        assert time.monotonic() - told >= LEAVE_SECONDS


def test_a_second_signal_ends_it_at_once() -> None:
    with _service(60.0) as (process, _, ops_port):
        process.send_signal(signal.SIGTERM)
        while not probe(f"http://127.0.0.1:{ops_port}/health/ready").startswith("503"):
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_without_a_gateway_it_ends_at_once() -> None:
    with _service(0.0) as (process, _, _):
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


@contextmanager
def _service(leave_seconds: float) -> Iterator[tuple[subprocess.Popen[bytes], int, int]]:
    """A service of its own process, ready; with its two ports."""
    port, ops_port = free_ports(2)
    environment = {
        "PORT": str(port),
        "OPS_PORT": str(ops_port),
        "PUBLIC_URL": "http://localhost",
        "MONGO_URL": "mongodb://nobody/",
        "LEAVE_SECONDS": str(leave_seconds),
    }
    process = subprocess.Popen([sys.executable, "-c", SERVICE], env=os.environ | environment)  # noqa: S603 - our own
    try:
        began = time.monotonic()
        while probe(f"http://127.0.0.1:{ops_port}/health/ready") or probe(f"http://127.0.0.1:{port}/"):
            assert time.monotonic() - began < 30
            time.sleep(0.05)
        yield process, port, ops_port
    finally:
        process.kill()
        process.wait()


def _get(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/")
    status = connection.getresponse().status
    connection.close()
    return status
