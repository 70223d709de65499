"""The gateway gets its certificate by itself, as docker-compose.acme.yml sets it up: Traefik at a real ACME server.

Pebble stands in for Let's Encrypt: the same protocol, by the same people. It looks the name up at a DNS server for
which every name is this machine, and proves it by the same challenge on the gateway's own port.
"""

import asyncio
import json
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from deploy import gateway_files
from standalone.parts import ROOT
from tests.conftest import missing
from tests.gateway.backends import Backend
from tests.services import free_ports

HOST = "chat.example.org"
WAIT_SECONDS = 60.0
POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Ports:
    https: int
    plain: int
    ping: int
    acme: int
    management: int
    dns: int
    dns_management: int
    service: int
    ops: int


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Ports]:
    ports = Ports(*free_ports(9, "0.0.0.0"))  # noqa: S104 - free on every address
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(_acme_server(tmp_path, ports))
        auth, chat = (
            Backend(host, name, ports.service, ports.ops)
            for host, name in (("127.0.0.61", "auth"), ("127.0.0.71", "chat"))
        )
        for backend in (auth, chat):
            await backend.start()
            stack.push_async_callback(backend.stop)
        _write_files(tmp_path, ports, auth, chat)
        told = os.environ | {"OPS_PORT": str(ports.ops), "LEGO_CA_CERTIFICATES": str(tmp_path / "acme.pem")}
        command = (str(Path(sys.executable).with_name("traefik")), f"--configFile={tmp_path / 'traefik.yml'}")
        await stack.enter_async_context(_running(tmp_path / "traefik.log", *command, cwd=tmp_path, env=told))
        yield ports


async def test_a_certificate_for_the_name_is_fetched_and_http_leads_to_https(gateway: Ports) -> None:
    async with aiohttp.ClientSession(headers={"Host": HOST}) as http:
        root = f"https://127.0.0.1:{gateway.management}/roots/0"  # new at each start of the server
        async with http.get(root, ssl=False) as answer:
            trusting = ssl.create_default_context(cadata=await answer.text())
        async with asyncio.timeout(WAIT_SECONDS):
            while (status := await _status(http, gateway.https, trusting)) is None:
                await asyncio.sleep(POLL_SECONDS)
        assert status == 200
        async with http.get(f"http://127.0.0.1:{gateway.plain}/login", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (301, f"https://{HOST}/login")


async def _status(http: aiohttp.ClientSession, port: int, trusting: ssl.SSLContext) -> int | None:
    try:
        async with http.get(f"https://127.0.0.1:{port}/login", ssl=trusting, server_hostname=HOST) as answer:
            return answer.status
    except aiohttp.ClientConnectionError:  # it does not listen yet, or shows the certificate that it makes itself
        return None


@asynccontextmanager
async def _acme_server(folder: Path, ports: Ports) -> AsyncIterator[None]:
    pebble, dns = shutil.which("pebble"), shutil.which("pebble-challtestsrv")
    if not (pebble and dns):
        missing("pebble is not installed (Debian's package of that name)")
    key, certificate = folder / "acme.key", folder / "acme.pem"
    made = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=acme")
    named = ("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate))
    subprocess.run([*made, *named], check=True, capture_output=True)  # noqa: ASYNC221, S603 - a moment, our own command
    told = {
        "listenAddress": f"127.0.0.1:{ports.acme}",
        "managementListenAddress": f"127.0.0.1:{ports.management}",
        "certificate": str(certificate),
        "privateKey": str(key),
        "httpPort": ports.plain,
        "tlsPort": ports.https,
    }
    (folder / "pebble.json").write_text(json.dumps({"pebble": told}))
    others = (f"-{name}=" for name in ("http01", "https01", "tlsalpn01", "defaultIPv6"))
    names = (dns, f"-dns01=127.0.0.1:{ports.dns}", f"-management=127.0.0.1:{ports.dns_management}", *others)
    server = (pebble, f"-config={folder / 'pebble.json'}", f"-dnsserver=127.0.0.1:{ports.dns}")
    quick = os.environ | {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
    async with _running(folder / "dns.log", *names), _running(folder / "pebble.log", *server, env=quick):
        async with asyncio.timeout(WAIT_SECONDS):
            for port in (ports.acme, ports.management):
                while not await _listens(port):
                    await asyncio.sleep(POLL_SECONDS)
        yield


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:  # not yet
        return False
    writer.close()
    await writer.wait_closed()
    return True


def _write_files(folder: Path, ports: Ports, auth: Backend, chat: Backend) -> None:
    """As deploy.routes does, only with other ports and another ACME server."""
    static = gateway_files.static(ROOT / "gateway" / "traefik.yml", "acme")
    for old, new in (
        ('":8420"', f'"127.0.0.1:{ports.https}"'),
        ('":8480"', f'"127.0.0.1:{ports.plain}"'),
        ('":8424"', f'"127.0.0.1:{ports.ping}"'),
        (
            "storage: /acme/acme.json",
            f"storage: {folder}/acme.json\n      caServer: https://127.0.0.1:{ports.acme}/dir",
        ),
    ):
        assert static.count(old) == 1
        static = static.replace(old, new)
    (folder / "traefik.yml").write_text(static)
    (folder / "gateway").mkdir()
    listed = {"AUTH_URLS": [auth.url], "CHAT_URLS": [chat.url]}
    routes = gateway_files.routes(ROOT / "gateway" / "routes.yml", listed, "acme", HOST)
    (folder / "gateway" / "routes.yml").write_text(routes)
    (folder / "gateway" / "tls.yml").write_text(gateway_files.certificates("acme"))


@asynccontextmanager
async def _running(said: Path, *command: str, **options: Any) -> AsyncIterator[None]:
    with said.open("w") as log:
        process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log, **options)
    try:
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
