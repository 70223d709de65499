"""The parts that run: commands from the Procfile, an environment for each, and how to tell that it is ready."""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from honcho.environ import parse_procfile

from deploy import gateway_files
from deploy.gateway_files import Network
from standalone.plan import GATEWAY_HOST, Plan
from standalone.problem import Problem
from standalone.rabbitmq import VIRTUAL_HOST
from standalone.secret_files import secret, write_private

ROOT = Path(__file__).resolve().parents[1]  # where Procfile and gateway/ are, and the services' packages
SERVICE_GRACE_SECONDS = 20  # 7 to say goodbye, 10 to finish what was begun, and some for what is to be stored
STORE_GRACE_SECONDS = 4


@dataclass(frozen=True)
class Part:
    """`ready` are `http://...`, ready once it answers 200 (or a page), or `tcp://host:port`, once it listens."""

    name: str
    command: str
    environment: dict[str, str]
    ready: tuple[str, ...]
    stops_first: bool
    grace_seconds: int


def parts(plan: Plan, *, own_broker: bool, amqp_url: str, verbose: bool) -> list[Part]:
    """In the order of who needs whom. Writes the secrets and user files that they read; `amqp_url` may be empty."""
    commands = parse_procfile((ROOT / "Procfile").read_text()).processes
    passwords = {name: secret(plan.secrets, f"{name}_database_password") for name in ("auth", "chat")}
    broker_passwords = {name: secret(plan.secrets, f"{name}_broker_password") for name in ("auth", "chat")}
    base = environment(verbose=verbose)

    def stores(name: str) -> dict[str, str]:
        own = _url("amqp", name, broker_passwords[name], plan.rabbitmq, quote(VIRTUAL_HOST, safe=""))
        return {
            "MONGO_URL": _url("mongodb", name, passwords[name], plan.mongodb, f"{name}?authSource=admin"),
            "AMQP_URL": own if own_broker else amqp_url,
        }

    made = [_mongodb(plan, commands["mongodb"], base, passwords)]
    if own_broker:
        made.append(_rabbitmq(plan, commands["rabbitmq"], base, broker_passwords))
    auth = stores("auth") | {"AUTH_SECRET": secret(plan.secrets, "auth_secret")}
    return made + services(plan, base | auth, base | stores("chat"), base)


def services(
    plan: Plan, auth: dict[str, str], chat: dict[str, str], gateway: dict[str, str], trusted: Sequence[Network] = ()
) -> list[Part]:
    """The parts that need a database and a broker, with what each is told of those and its secrets in its environment.

    What a proxy at one of the addresses `trusted` says of its client is believed.
    """
    commands = parse_procfile((ROOT / "Procfile").read_text()).processes

    def service(name: str, address: tuple[str, int], told: dict[str, str]) -> Part:
        host, port = address
        own = {"HOST": host, "PORT": str(port), "OPS_PORT": str(plan.ops_port), "PUBLIC_URL": plan.public_url}
        command = commands[name.partition("-")[0]]
        ready = f"http://{host}:{plan.ops_port}/health/ready"
        return Part(name, command, told | own, (ready,), stops_first=True, grace_seconds=SERVICE_GRACE_SECONDS)

    auth_url = "http://{}:{}".format(*plan.auth)
    made = [service("auth", plan.auth, auth)]
    for number, address in enumerate(plan.chats, 1):
        name = f"chat-{number}"
        own = {"JWKS_URL": f"{auth_url}/.well-known/jwks.json", "REPLICA": plan.name + name}
        made.append(service(name, address, chat | own))
    made.append(_gateway(plan, commands["gateway"], gateway, auth_url, trusted))
    return made


def environment(*, verbose: bool) -> dict[str, str]:
    """What all have in common: this environment, with this Python's programs first (traefik is one of them)."""
    programs = str(Path(sys.executable).parent)
    return os.environ | {
        "PATH": os.pathsep.join([programs, os.environ.get("PATH", os.defpath)]),
        "PYTHONUNBUFFERED": "1",
        "LOG_FORMAT": "console" if verbose else "json",
    }


def _mongodb(plan: Plan, command: str, base: dict[str, str], passwords: dict[str, str]) -> Part:
    users = plan.secrets / "database_users.json"
    write_private(
        users, json.dumps({name: {"password": password, "database": name} for name, password in passwords.items()})
    )
    host, port = plan.mongodb
    environment = base | {
        "MONGODB_FOLDER": str(plan.data / "mongodb"),
        "MONGODB_HOST": host,
        "MONGODB_PORT": str(port),
        "MONGODB_USERS": str(users),
    }
    return Part("mongodb", command, environment, (f"tcp://{host}:{port}",), False, STORE_GRACE_SECONDS)


def _rabbitmq(plan: Plan, command: str, base: dict[str, str], passwords: dict[str, str]) -> Part:
    users = plan.secrets / "broker_users.json"
    write_private(users, json.dumps(passwords))
    host, port = plan.rabbitmq
    environment = base | {
        "BROKER_FOLDER": str(plan.data / "rabbitmq"),
        "BROKER_HOST": host,
        "BROKER_PORT": str(port),
        "BROKER_EPMD_PORT": str(plan.epmd[1]),
        "BROKER_DISTRIBUTION_PORT": str(plan.erlang_distribution[1]),
        "BROKER_USERS": str(users),
    }
    return Part("rabbitmq", command, environment, (f"tcp://{host}:{port}",), False, STORE_GRACE_SECONDS)


def _gateway(plan: Plan, command: str, base: dict[str, str], auth_url: str, trusted: Sequence[Network]) -> Part:
    environment = base | {
        "GATEWAY_CONFIG": str(_gateway_config(plan, trusted)),
        "AUTH_URLS": auth_url,
        "CHAT_URLS": ",".join(f"http://{host}:{port}" for host, port in plan.chats),
        "OPS_PORT": str(plan.ops_port),
    }
    # A page of each service: a replica that is ready now may be asked by the gateway a second later.
    ready = tuple(f"http://{GATEWAY_HOST}:{plan.port}{path}" for path in ("/login", "/sw.js"))
    return Part("gateway", command, environment, ready, False, STORE_GRACE_SECONDS)


def _gateway_config(plan: Plan, trusted: Sequence[Network]) -> Path:
    """A copy of gateway/traefik.yml with its two addresses replaced, and who is trusted.

    Traefik's static file knows no environment, and its `:8420` means every interface: right in a container, wrong on
    somebody's laptop, where this must be reached from the machine itself only.
    """
    text = gateway_files.static(ROOT / "gateway" / "traefik.yml", "", trusted)
    for committed, (host, port) in ((":8420", plan.gateway), (":8424", plan.gateway_ping)):
        line = f'address: "{committed}"'
        if text.count(line) != 1:
            raise Problem(f"gateway/traefik.yml has no entry point with {line}, which is replaced for one machine.")
        text = text.replace(line, f'address: "{host}:{port}"')
    path = plan.run / "traefik.yml"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_text(text)
    return path


def _url(scheme: str, user: str, password: str, address: tuple[str, int], path: str) -> str:
    return f"{scheme}://{user}:{password}@{address[0]}:{address[1]}/{path}"
