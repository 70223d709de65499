"""docker-compose.yml as people run it, under a name and a port of its own."""

import hashlib
import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal
from unittest import mock

from testcontainers.compose import DockerCompose

from standalone.readiness import probe
from tests.running import free_port

ROOT = Path(__file__).parents[2]
FILE = "docker-compose.yml"
IMAGES = ("auth", "chat", "deploy")
COMMAND_TIMEOUT_SECONDS = 300
ANSWER_TIMEOUT_SECONDS = 60.0
POLL_SECONDS = 0.1
LONG_RUNNING = ("gateway", "routes", "auth", "chat", "mongodb", "rabbitmq")
ONE_SHOT = ("secrets", "database-users")
REPLICAS = 3  # of chat; `docker compose up` alone starts one less
# One name for each checkout: two may be tested at once, and what a run that was killed has left is found by the next.
PROJECT = f"parley-test-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]}"
OF_PROJECT = f"label=com.docker.compose.project={PROJECT}"
# What somebody may have set for an installation of their own.
FROM_OUTSIDE = ("COMPOSE_", "PARLEY_", "PUBLIC_URL", "CHAT_", "LOG_", "MONGODB_", "RABBITMQ_", "TRUSTED_")

Inspected = dict[str, Any]


@cache
def why_not() -> str:
    """Why Docker with Compose can't be had here; "" where it can."""
    try:
        for asked in (["docker", "info"], ["docker", "compose", "version"]):
            subprocess.run(asked, capture_output=True, check=True, timeout=30)  # noqa: S603 - our own commands
    except (OSError, subprocess.SubprocessError) as reason:  # not installed, not running, or too old
        return str(reason)
    return ""


@dataclass
class Installation:
    """`url` is where people find it, `folder` for what it writes. Leave it running with `REPLICAS` chat replicas.

    `at_first` is how many containers of each service ran after `docker compose up`, with nothing set.
    """

    folder: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    at_first: dict[str, int] = field(default_factory=dict)
    project: str = PROJECT

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(FROM_OUTSIDE)}
        return (
            inherited
            | self.settings
            | {
                "COMPOSE_PROJECT_NAME": self.project,
                "PARLEY_PORT": str(self.port),
                "PARLEY_VERSION": self.project,
                "REGISTRATIONS_PER_HOUR": "100000",  # all tests come from one address
                "COMPOSE_DISABLE_ENV_FILE": "true",  # somebody may have one here, for an installation of their own
            }
            | ({"CHAT_REPLICAS": str(REPLICAS)} if self.at_first else {})
        )

    @contextmanager
    def running(self) -> Iterator["Installation"]:
        whole = DockerCompose(
            ROOT, FILE, wait=True
        )  # as on a fresh clone: there is no image yet, and nobody says "build"
        self.compose("down", "--volumes", "--remove-orphans")
        self._remove_images()
        try:
            with self._alone_in_the_environment():
                whole.start()
            self.at_first = {service: len(self.container_ids(service)) for service in LONG_RUNNING}
            self.scale(REPLICAS)
            self.wait_until_it_answers()
            yield self
        finally:
            self.compose("down", "--volumes")
            self._remove_images()

    @contextmanager
    def told(self, settings: dict[str, str]) -> Iterator[None]:
        """With these in the environment of every command, as an operator puts them into `.env`."""
        self.settings = settings
        try:
            yield
        finally:
            self.settings = {}

    def compose(self, *words: str) -> str:
        """`docker compose WORDS`, from the repository's folder; what it said on standard output."""
        return self.command("docker", "compose", "-f", FILE, *words)

    def command(self, *words: str) -> str:
        """A command with this installation's settings in its environment.

        Raises:
            RuntimeError: it failed; with all that it said.
        """
        done = subprocess.run(  # noqa: S603 - our own commands
            words,
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_SECONDS,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done.stdout

    def scale(self, replicas: int) -> None:
        """That many chat replicas, once all of them serve; the gateway knows of them a moment later."""
        self.compose("up", "--detach", "--no-recreate", "--scale", f"chat={replicas}", "chat")
        self.wait_until_well(*self.container_ids("chat"))

    def image(self, name: str) -> str:
        """One of ours, as this installation built it."""
        return f"parley/{name}:{self.project}"

    def container_ids(self, service: str) -> list[str]:
        """The running containers of a service."""
        return sorted(found["Id"] for found in self.inspect(service) if found["State"]["Running"])

    def inspect(self, service: str) -> list[Inspected]:
        """What Docker tells of each container of a service, ended ones too."""
        filters = ("--filter", OF_PROJECT, "--filter", f"label=com.docker.compose.service={service}")
        ids = self.command("docker", "ps", "--all", "--quiet", *filters).split()
        found: list[Inspected] = json.loads(self.command("docker", "inspect", *ids))
        return found

    def inside(self, service: str, *command: str) -> str:
        """Run a command in the first container of a service."""
        return self.command("docker", "exec", self.container_ids(service)[0], *command)

    @property
    def logs(self) -> Path:
        """A file for each container, with what it has said so far."""
        for service in ("auth", "chat", "gateway"):
            for container in self.inspect(service):
                number = container["Config"]["Labels"]["com.docker.compose.container-number"]
                said = self.command("sh", "-c", f"docker logs {container['Id']} 2>&1")
                (self.folder / f"{service}-{number}.log").write_text(said)
        return self.folder

    @property
    def whole(self) -> bool:
        """Whether every chat replica serves."""
        chats = self.inspect("chat")
        return len(chats) == REPLICAS and all(self._well(chat) for chat in chats)

    def wait_until_well(self, *container_ids: str) -> None:
        deadline = time.monotonic() + ANSWER_TIMEOUT_SECONDS
        for container in json.loads(self.command("docker", "inspect", *container_ids)):
            while not self._well(container):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{container['Name']} is not well")
                time.sleep(POLL_SECONDS)

    def kill(self, replica: str, /) -> list[str]:
        """End a chat replica, by the name it gives itself, which is its container's; it is started again at once."""
        self.command("docker", "kill", "--signal", "KILL", replica)
        self.command("docker", "start", replica)
        return [replica]

    def python(self, service: Literal["auth", "chat"], *words: str) -> str:
        """Run Python with a service's code and settings; what it printed."""
        return self.inside(service, "python", *words)

    def python_beside(self, container_id: str, script: str, *arguments: str, mounts: Sequence[str] = ()) -> str:
        """Run Python in the network of a container, whatever that one has inside ("" for no network)."""
        network = f"container:{container_id}" if container_id else "none"
        volumes = [word for mount in mounts for word in ("--volume", f"{self.project}_{mount}")]
        image = self.image("deploy")
        words = ("docker", "run", "--rm", "--network", network, *volumes, image, "python", "-c", script, *arguments)
        return self.command(*words)

    def wait_until_it_answers(self) -> None:
        """The gateway reads the list of replicas a moment after its start."""
        deadline = time.monotonic() + ANSWER_TIMEOUT_SECONDS
        while reason := probe(f"{self.url}/login") or probe(f"{self.url}/"):  # auth, chat
            if time.monotonic() > deadline:
                raise TimeoutError(f"the gateway does not answer: {reason}")
            time.sleep(POLL_SECONDS)

    def _well(self, container: Inspected) -> bool:
        """By its own health check, asked now: Docker itself first asks after five seconds."""
        _, *check = container["Config"]["Healthcheck"]["Test"]
        try:
            self.command("docker", "exec", container["Id"], *check)
        except RuntimeError:  # it says no, or does not run yet
            return False
        return True

    def _remove_images(self) -> None:
        self.command("docker", "image", "rm", "--force", *map(self.image, IMAGES))
        # What an upgrade has left without a tag.
        self.command("docker", "image", "prune", "--force", "--filter", OF_PROJECT)

    @contextmanager
    def _alone_in_the_environment(self) -> Iterator[None]:
        """For testcontainers, which runs its commands with this process's environment."""
        with mock.patch.dict(os.environ, self.environment, clear=True):
            yield
