"""`python -m deploy.routes`: keeps the gateway's list of replicas true, from nothing but Docker's DNS.

Docker answers a service's name with the addresses of all its running containers, but Traefik takes only one of them,
and giving it the Docker socket would give it the machine. See docs/decisions/0010-routes-from-dns.md.

A replica joins the list once it says that it is ready (Traefik holds a new server for healthy until its first check,
and all of them after each change), and leaves it when it says that it is not, or when its name is gone. The last list
stays where there would be none. Once this process has made a list, there is the file `LISTED`.
"""

import http.client
import json
import os
import re
import signal
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

from deploy import gateway_files

COMMITTED = Path(__file__).resolve().parents[1] / "gateway"
CONFIG = Path("/config")
LISTED = CONFIG / "listed"
VARIABLES = {"auth": "AUTH_URLS", "chat": "CHAT_URLS"}
SECONDS_BETWEEN_LOOKS = 1.0
PROBE_TIMEOUT_SECONDS = 1.0
PROBES_AT_ONCE = 16
GIVE_UP_SECONDS = 60.0  # unless told; without a first list: started again, so that nobody takes it for broken later
TLS: dict[str, gateway_files.Tls] = {"": "", "certificates": "certificates", "acme": "acme"}
HOST_SHAPE = re.compile(r"[A-Za-z0-9.-]*")

Answer = Literal["yes", "no", "silence"]


class Replicas:
    """The replicas of one service that the gateway should know."""

    def __init__(self, service: str, port: int, ops_port: int) -> None:
        self.service = service
        self.listed: list[str] = []
        self._port = port
        self._ops_port = ops_port

    def look(self, pool: ThreadPoolExecutor) -> bool:
        """Ask who is there and who is ready; whether the list changed."""
        found = addresses(self.service)
        answers = dict(zip(found, pool.map(lambda address: ready(address, self._ops_port), found), strict=True))
        now = self.choose(answers)
        changed = now != self.listed
        self.listed = now
        return changed

    def choose(self, answers: dict[str, Answer]) -> list[str]:
        """Who is listed now. One that is silent may be busy, and Traefik's own check watches it: it stays."""
        chosen = [
            address
            for address, answer in answers.items()
            if answer == "yes" or (answer == "silence" and address in self.listed)
        ]
        return sorted(chosen) or self.listed

    @property
    def urls(self) -> list[str]:
        return [f"http://{address}:{self._port}" for address in self.listed]


def addresses(name: str) -> list[str]:
    try:
        found = socket.getaddrinfo(name, None, socket.AF_INET, socket.SOCK_STREAM)
    except OSError:  # nobody of that name runs
        return []
    return sorted({str(entry[4][0]) for entry in found})


def ready(address: str, port: int) -> Answer:
    connection = http.client.HTTPConnection(address, port, timeout=PROBE_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/health/ready")
        return "yes" if connection.getresponse().status == http.HTTPStatus.OK else "no"
    except (OSError, http.client.HTTPException):  # starting, busy, or gone without its name being gone yet
        return "silence"
    finally:
        connection.close()


def write(path: Path, text: str) -> None:
    """Whole or not at all: Traefik reads it the moment it changes. It skips names that don't end in .yml."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.write_text(text)
    unfinished.replace(path)


def main() -> int:
    wanted, host = os.environ.get("TLS", ""), os.environ.get("ACME_HOST", "")
    tls = TLS.get(wanted)
    if tls is None:
        print("setting TLS: must be `certificates`, `acme` or nothing", file=sys.stderr)
        return 2
    if not HOST_SHAPE.fullmatch(host) or (tls == "acme" and not host):
        print("setting ACME_HOST: must be the name that people open, such as chat.example.org", file=sys.stderr)
        return 2
    try:
        trusted = gateway_files.networks(os.environ.get("TRUSTED_IPS", ""))
    except ValueError as reason:  # for the operator: one line, no traceback
        print(f"setting TRUSTED_IPS: must be addresses or networks, separated by commas: {reason}", file=sys.stderr)
        return 2
    port, ops_port = int(os.environ["PORT"]), int(os.environ["OPS_PORT"])
    give_up = float(os.environ.get("GIVE_UP_SECONDS", GIVE_UP_SECONDS))
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())

    dynamic = CONFIG / "gateway"
    dynamic.mkdir(exist_ok=True)
    LISTED.unlink(missing_ok=True)
    write(CONFIG / "traefik.yml", gateway_files.static(COMMITTED / "traefik.yml", tls, trusted))
    write(dynamic / "tls.yml", gateway_files.certificates(tls))
    services = [Replicas(service, port, ops_port) for service in VARIABLES]
    began = time.monotonic()
    with ThreadPoolExecutor(PROBES_AT_ONCE) as pool:
        while not stopped.wait(SECONDS_BETWEEN_LOOKS):
            changes = [service.look(pool) for service in services]
            if any(changes) and all(service.listed for service in services):
                listed = {VARIABLES[service.service]: service.urls for service in services}
                write(dynamic / "routes.yml", gateway_files.routes(COMMITTED / "routes.yml", listed, tls, host))
                print(json.dumps({"event": "replicas changed"} | listed), flush=True)
                LISTED.touch()
            elif not LISTED.exists() and time.monotonic() - began > give_up:
                missing = [service.service for service in services if not service.listed]
                print(json.dumps({"event": "no replica is ready", "services": missing}), flush=True)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
