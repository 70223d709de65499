"""Real servers for the tests, from the first of: addresses in the environment, Docker, this machine's own programs."""

import itertools
import json
import os
import random
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import docker  # type: ignore[import-untyped]
from docker.errors import DockerException, ImageNotFound  # type: ignore[import-untyped]
from requests.exceptions import RequestException
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from standalone import mongodb as mongodb_server
from standalone import rabbitmq as rabbitmq_server
from standalone.problem import Problem
from standalone.readiness import probe

MONGODB_IMAGE = "mongo:8"
RABBITMQ_IMAGE = "rabbitmq:4-management"
ENGINE_SOCKET = "/var/run/docker.sock"
RAM_DISK = Path("/dev/shm")  # noqa: S108 - each server makes a folder of its own in it
PULL_TIMEOUT_SECONDS = 120
START_TIMEOUT_SECONDS = 90.0
# Below what Linux hands out for outgoing connections, which would take one before its server does.
PORTS = range(12_000, 20_000)
# Each process goes through them in an order of its own (pytest-randomly seeds the other dice the same in all), and on
# from where it was: what it found is not found again before it is bound.
_TURNS = itertools.cycle(random.SystemRandom().sample(PORTS, len(PORTS)))
RAM_DISK_LEAST_BYTES = 2 * 1024**3
POLL_SECONDS = 0.1
ROOT = Path(__file__).parents[1]

# Read once, at import: a test may well change these for its own ends.
GIVEN_MONGO_URL = os.environ.get("MONGO_URL", "")
GIVEN_AMQP_URL = os.environ.get("AMQP_URL", "")


class UnavailableError(Exception):
    """`str(error)` is why this server can't be had, from each place that was asked."""


def mongodb(stack: ExitStack, *, in_ram: bool = False) -> str:
    """The address of a MongoDB that lives as long as `stack`. Raises `UnavailableError`.

    `in_ram` keeps its files there: a database for each test is dozens of files that are made, flushed and removed.
    """
    places = partial(_mongodb_in_docker, in_ram=in_ram), partial(_mongodb_here, in_ram=in_ram)
    return GIVEN_MONGO_URL or _first("MONGO_URL", stack, *places)


def rabbitmq(stack: ExitStack) -> str:
    """The address of a RabbitMQ that lives as long as `stack`. Raises `UnavailableError`."""
    return GIVEN_AMQP_URL or _first("AMQP_URL", stack, _rabbitmq_in_docker, _rabbitmq_here)


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """That many different ports that nobody listens on right now."""
    found: list[int] = []
    for port in itertools.islice(_TURNS, len(PORTS)):
        with socket.socket() as one:
            try:
                one.bind((host, port))
            except OSError:  # somebody has it
                continue
        found.append(port)
        if len(found) == count:
            break
    return found


def _first(variable: str, stack: ExitStack, *places: Callable[[ExitStack], str]) -> str:
    reasons = [f"{variable} is not set"]
    for place in places:
        try:
            return place(stack)
        except UnavailableError as error:  # the next place may have it
            reasons.append(str(error))
    raise UnavailableError("; ".join(reasons))


def _mongodb_in_docker(stack: ExitStack, *, in_ram: bool) -> str:
    folders = ["/data/db"] if in_ram else []
    return "mongodb://{}:{}/".format(*_in_docker(stack, MONGODB_IMAGE, "Waiting for connections", 27017, folders))


def _rabbitmq_in_docker(stack: ExitStack) -> str:
    return "amqp://guest:guest@{}:{}/".format(*_in_docker(stack, RABBITMQ_IMAGE, "Server startup complete", 5672))


def _in_docker(stack: ExitStack, image: str, ready_line: str, port: int, in_ram: Sequence[str] = ()) -> tuple[str, int]:
    try:
        with_image(image)
        container = DockerContainer(image).with_exposed_ports(port)  # asks the engine, even for being made
        for folder in in_ram:
            container.with_tmpfs_mount(folder)
        container.waiting_for(LogMessageWaitStrategy(ready_line).with_startup_timeout(int(START_TIMEOUT_SECONDS)))
        stack.enter_context(container)
    # No engine, no way to a registry, an engine that can't start it: all of them mean "not from Docker".
    except (DockerException, RequestException, TimeoutError, RuntimeError) as error:
        raise UnavailableError(f"Docker: {str(error).splitlines()[0]}") from error
    return container.get_container_host_ip(), int(container.get_exposed_port(port))


def with_image(image: str) -> None:
    """See that the engine has `image`, pulling it if need be. Raises what the engine's client raises."""
    _reach_engine()
    client = docker.from_env(timeout=PULL_TIMEOUT_SECONDS)
    try:
        try:
            client.images.get(image)
        except ImageNotFound:  # not yet
            client.images.pull(image)
    finally:
        client.close()


def _reach_engine() -> None:
    """Raises `DockerException` where there is no engine; its client does too, but leaves its socket open."""
    if "DOCKER_HOST" in os.environ:
        return
    with socket.socket(socket.AF_UNIX) as engine:
        try:
            engine.connect(ENGINE_SOCKET)
        except OSError as error:  # not installed, not running, or not for us
            raise DockerException(f"no engine at {ENGINE_SOCKET}: {error.strerror}") from error


def _mongodb_here(stack: ExitStack, *, in_ram: bool) -> str:
    try:
        mongodb_server.prepare()
    except Problem as problem:  # not this kind of machine, or a library is missing
        raise UnavailableError(f"here: {problem}") from problem
    (port,) = free_ports(1)
    folder = _folder(stack, RAM_DISK if in_ram and _has_room(RAM_DISK) else None)
    _run_here(stack, "mongodb", port, {"MONGODB_FOLDER": str(folder), "MONGODB_PORT": str(port)})
    return f"mongodb://127.0.0.1:{port}/"


def _rabbitmq_here(stack: ExitStack) -> str:
    if not rabbitmq_server.found():
        raise UnavailableError("here: rabbitmq-server is not installed")
    port, epmd_port, distribution_port = free_ports(3)
    folder = _folder(stack)
    password = secrets.token_hex(16)
    users = folder / "users.json"
    users.write_text(json.dumps({"tests": password}))
    environment = {
        "BROKER_FOLDER": str(folder),
        "BROKER_PORT": str(port),
        "BROKER_EPMD_PORT": str(epmd_port),
        "BROKER_DISTRIBUTION_PORT": str(distribution_port),
        "BROKER_USERS": str(users),
    }
    _run_here(stack, "rabbitmq", port, environment)
    return f"amqp://tests:{password}@127.0.0.1:{port}/{rabbitmq_server.VIRTUAL_HOST}"


def _has_room(disk: Path) -> bool:
    """A container's own RAM disk has 64 MB unless told; the journal of a MongoDB alone takes more."""
    return disk.is_dir() and shutil.disk_usage(disk).free >= RAM_DISK_LEAST_BYTES


def _folder(stack: ExitStack, where: Path | None = None) -> Path:
    folder = tempfile.TemporaryDirectory(prefix="parley-tests-", dir=where, ignore_cleanup_errors=True)
    return Path(stack.enter_context(folder))


def _run_here(stack: ExitStack, module: str, port: int, environment: dict[str, str]) -> None:
    """As `make run` does it: under a keeper, so that it ends with the tests however those end."""
    log = stack.enter_context(tempfile.TemporaryFile("w+"))  # noqa: SIM115 - the stack closes it
    keeper = [sys.executable, "-m", "standalone.keep", "--launcher", str(os.getpid())]
    server = subprocess.Popen(  # noqa: S603 - our own command
        [*keeper, "--", sys.executable, "-m", f"standalone.{module}"],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C ends the tests first, and they end this
    )
    stack.callback(server.wait)
    stack.callback(server.terminate)
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while reason := probe(f"tcp://127.0.0.1:{port}"):
        if server.poll() is not None or time.monotonic() > deadline:
            log.seek(0)
            raise UnavailableError(f"here: {module} did not start ({reason}): {log.read()[-500:]}")
        time.sleep(POLL_SECONDS)
