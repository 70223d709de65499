"""Https by docker-compose.tls.yml, with a certificate that one has, and a proxy in front of it."""

import asyncio
import http.client
import json
import ssl
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.containers.installation import Installation
from tests.containers.sockets import PASSWORD
from tests.services import free_ports

WAIT_SECONDS = 30.0
# What signs in from a container that is no proxy, and says it is; prints from which address it does.
SIGN_IN = """
import socket, ssl, sys, urllib.request
headers = {"Content-Type": "application/json", "X-Forwarded-For": sys.argv[2]}
asked = urllib.request.Request("https://gateway:8420/api/auth/login", sys.argv[1].encode(), headers)
urllib.request.urlopen(asked, context=ssl._create_unverified_context())
print(socket.gethostbyname(socket.gethostname()))
"""
FILES = "docker-compose.yml:docker-compose.tls.yml"


@pytest.fixture(scope="module")
def https(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int, Path]]:
    """The installation with the second file: its ports for https and http, and the folder with the certificate."""
    folder = tmp_path_factory.mktemp("certificates")
    make_certificate(folder)
    port, plain_port = free_ports(2)
    told = {
        "COMPOSE_FILE": FILES,
        "PUBLIC_URL": f"https://localhost:{port}",
        "PARLEY_HTTPS_PORT": str(port),
        "PARLEY_HTTP_PORT": str(plain_port),
        "PARLEY_CERTIFICATES": str(folder),
        "TRUSTED_IPS": this_machine(installation),
    }
    installation.compose("kill", "gateway", "auth")  # a goodbye takes its time
    with installation.told(told):
        installation.command("docker", "compose", "up", "--detach", "gateway", "auth")  # /login is auth's
        installation.wait_until_well(*installation.container_ids("auth"))
        yield port, plain_port, folder
    installation.compose("kill", "gateway", "auth")
    installation.compose("up", "--detach", "--remove-orphans", "gateway", "auth")
    installation.command("docker", "volume", "rm", f"{installation.project}_certificates")
    installation.wait_until_it_answers()


def test_the_sign_in_page_comes_by_https_alone(https: tuple[int, int, Path]) -> None:
    port, plain_port, folder = https
    status, headers = ask(port, folder)
    assert status == 200
    assert headers["Strict-Transport-Security"]
    plain = http.client.HTTPConnection("localhost", plain_port, timeout=10)
    plain.request("GET", "/login")
    answer = plain.getresponse()
    assert answer.status in {301, 308}
    assert answer.headers["Location"].startswith("https://localhost")
    plain.close()


def test_a_renewed_certificate_is_taken_without_a_break(
    installation: Installation, https: tuple[int, int, Path]
) -> None:
    port, _, folder = https
    ask(port, folder)
    make_certificate(folder)
    installation.command("docker", "compose", "run", "--rm", "certificates")
    installation.command("docker", "compose", "kill", "-s", "HUP", "gateway")
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            assert ask(port, folder)[0] == 200
        except ssl.SSLCertVerificationError:  # still the one before
            assert time.monotonic() < deadline
            time.sleep(0.2)
        else:
            return


def test_the_key_is_readable_for_the_gateway_alone(installation: Installation, https: tuple[int, int, Path]) -> None:
    status = installation.inside("gateway", "stat", "-c", "%a %u", "/certificates/privkey.pem")
    assert status.split() == ["600", "10001"]


async def test_a_clients_address_is_what_the_trusted_proxy_says_and_not_what_others_say(
    installation: Installation, https: tuple[int, int, Path]
) -> None:
    port, _, folder = https
    url, trusting = f"https://localhost:{port}", ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
    told, forged = {"X-Forwarded-For": "203.0.113.5"}, "6.6.6.6"
    somebody = {"name": f"t-{uuid.uuid4().hex[:12]}", "password": PASSWORD}
    connector = aiohttp.TCPConnector(ssl=trusting)
    async with aiohttp.ClientSession(url, connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as proxy:
        async with proxy.post("/api/auth/register", json=somebody, headers=told) as answer:
            bearer = {"Authorization": f"Bearer {(await answer.json())['access_token']}"}
        beside = ("--network", f"{installation.project}_public", installation.image("deploy"))
        sign_in = ("python", "-c", SIGN_IN, json.dumps(somebody), forged)
        another = await asyncio.to_thread(installation.command, "docker", "run", "--rm", *beside, *sign_in)
        async with proxy.get("/api/auth/sessions", headers=bearer) as answer:
            sessions = (await answer.json())["sessions"]
    assert {session["address"] for session in sessions} == {told["X-Forwarded-For"], another.strip()}


def this_machine(installation: Installation) -> str:
    """Its address as the gateway sees it, where everything that comes by the published port comes from."""
    asked = ("docker", "network", "inspect", "--format", "{{(index .IPAM.Config 0).Gateway}}")
    return installation.command(*asked, f"{installation.project}_public").strip()


def ask(port: int, folder: Path) -> tuple[int, http.client.HTTPMessage]:
    """GET /login, trusting nothing but the certificate in the folder."""
    trusting = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
    connection = http.client.HTTPSConnection("localhost", port, timeout=10, context=trusting)
    try:
        connection.request("GET", "/login")
        answer = connection.getresponse()
        return answer.status, answer.headers
    finally:
        connection.close()


def make_certificate(folder: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    subprocess.run([*command, *names, *files], check=True, capture_output=True)  # noqa: S603 - our own command
