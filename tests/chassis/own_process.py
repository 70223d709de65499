"""A small service in a process of its own, to be stopped and looked at from outside."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from standalone.readiness import probe
from tests.services import free_ports

WAIT_SECONDS = 30.0
POLL_SECONDS = 0.02
SERVICE = """
import sys
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
"""
RUN = "application.run(app, settings)\n"


@dataclass
class OwnProcess:
    process: "subprocess.Popen[bytes]"
    port: int
    ops_port: int

    @property
    def unready(self) -> str:
        """Why it isn't ready, or "" if it is."""
        return probe(f"http://127.0.0.1:{self.ops_port}/health/ready")

    @property
    def closed(self) -> str:
        """Why nobody answers at its port, or ""."""
        return probe(f"tcp://127.0.0.1:{self.port}")

    def wait(self, holds: Callable[[], object]) -> None:
        """Until it is so."""
        began = time.monotonic()
        while not holds():
            assert self.process.poll() is None
            assert time.monotonic() - began < WAIT_SECONDS
            time.sleep(POLL_SECONDS)


@contextmanager
def own_process(more: str = "", *arguments: str, leave_seconds: float = 0.0) -> Iterator[OwnProcess]:
    """Start it, with more of its code and arguments if there are; not ready yet."""
    port, ops_port = free_ports(2)
    environment = {
        "PORT": str(port),
        "OPS_PORT": str(ops_port),
        "PUBLIC_URL": "http://localhost",
        "MONGO_URL": "mongodb://nobody/",
        "LEAVE_SECONDS": str(leave_seconds),
    }
    process = subprocess.Popen(  # noqa: S603 - our own
        [sys.executable, "-c", SERVICE + more + RUN, *arguments], env=os.environ | environment
    )
    try:
        yield OwnProcess(process, port, ops_port)
    finally:
        process.kill()
        process.wait()
