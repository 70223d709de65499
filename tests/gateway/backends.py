"""Small stand-ins for the services behind a real Traefik with the committed files."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import WSMsgType, web

from deploy import gateway_files
from standalone.parts import ROOT
from standalone.readiness import probe

START_TIMEOUT_SECONDS = 20.0
POLL_SECONDS = 0.05


@dataclass
class Backend:
    """One replica on an address of its own: everything it is asked, it tells back; /metrics only on the ops port."""

    host: str
    name: str
    port: int
    ops_port: int
    ready: bool = True
    sockets: int = 0
    runners: list[web.AppRunner] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def start(self) -> None:
        public, ops = web.Application(), web.Application()
        public.router.add_get("/ws", self._socket)
        public.router.add_route("*", "/{path:.*}", self._echo)
        ops.router.add_get("/health/ready", self._health)
        ops.router.add_route("*", "/{path:.*}", self._secret)
        for app, port in ((public, self.port), (ops, self.ops_port)):
            runner = web.AppRunner(app, shutdown_timeout=0.1)
            await runner.setup()
            await web.TCPSite(runner, self.host, port).start()
            self.runners.append(runner)

    async def stop(self) -> None:
        while self.runners:
            await self.runners.pop().cleanup()

    async def _echo(self, request: web.Request) -> web.Response:
        told = {"backend": self.name, "path": request.path, "headers": dict(request.headers)}
        status = 404 if "metrics" in request.path or "health" in request.path else 200
        return web.json_response(told, status=status, headers={"X-Request-Id": "from-the-service"})

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        self.sockets += 1
        try:
            await socket.send_str(self.name)
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await socket.send_str(message.data)
        finally:
            self.sockets -= 1
        return socket

    async def _health(self, _request: web.Request) -> web.Response:
        return web.Response(status=200 if self.ready else 503)

    async def _secret(self, _request: web.Request) -> web.Response:
        return web.Response(text="for operators only")


@dataclass(frozen=True)
class Gateway:
    """A running Traefik. `log` is its stdout."""

    url: str
    ping_url: str
    log: Path

    def access_lines(self) -> Iterator[dict[str, object]]:
        for line in self.log.read_text().splitlines():
            entry = json.loads(line)
            if "RequestPath" in entry:
                yield entry


@asynccontextmanager
async def traefik(  # noqa: PLR0913 - what varies between its tests
    folder: Path,
    ports: tuple[int, int],
    auth: Backend,
    chats: list[Backend],
    *,
    read_timeout: str = "60s",
    trusted: str = "",
) -> AsyncIterator[Gateway]:
    """The committed files, only with other ports (public, ping), to be quick another timeout, and a proxy in front."""
    port, ping_port = ports
    text = gateway_files.static(ROOT / "gateway" / "traefik.yml", "", gateway_files.networks(trusted))
    for old, new in (
        ('":8420"', f'"127.0.0.1:{port}"'),
        ('":8424"', f'"127.0.0.1:{ping_port}"'),
        ("readTimeout: 60s", f"readTimeout: {read_timeout}"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    (folder / "traefik.yml").write_text(text)
    environment = os.environ | {
        "AUTH_URLS": auth.url,
        "CHAT_URLS": ", ".join(backend.url for backend in chats),  # a space is forgiven
        "OPS_PORT": str(chats[0].ops_port),
    }
    gateway = Gateway(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{ping_port}", folder / "log")
    with gateway.log.open("w") as log:
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("traefik")),
            f"--configFile={folder / 'traefik.yml'}",
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        async with asyncio.timeout(START_TIMEOUT_SECONDS):
            while await asyncio.to_thread(probe, f"{gateway.url}/"):
                assert process.returncode is None, gateway.log.read_text()
                await asyncio.sleep(POLL_SECONDS)
        yield gateway
    finally:
        process.kill()  # a goodbye takes it more than a second
        await process.wait()
