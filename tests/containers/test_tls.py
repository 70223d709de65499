"""Https by docker-compose.tls.yml, with a certificate that one has."""

import http.client
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers.installation import Installation
from tests.services import free_ports

WAIT_SECONDS = 30.0
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
    }
    with installation.told(told):
        installation.command("docker", "compose", "up", "--detach", "--wait", "gateway", "auth")  # /login is auth's
        yield port, plain_port, folder
    installation.compose("up", "--detach", "--wait", "--remove-orphans", "gateway", "auth")
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
