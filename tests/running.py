"""The whole of Parley as `make run` runs it, for tests to talk to and to break."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import psutil

from standalone.machine import check_ports
from standalone.plan import PORTS_USED, Plan
from standalone.problem import Problem

ROOT = Path(__file__).parents[1]
START_TIMEOUT_SECONDS = 150.0
STOP_TIMEOUT_SECONDS = 30.0
# Below what Linux hands out for outgoing connections, which would take one now and then.
PORTS = range(20_000, 32_000, PORTS_USED)
MANY_ACCOUNTS = {"REGISTRATIONS_PER_HOUR": "100000"}  # all tests come from one address
FROM_OUTSIDE = frozenset(
    {"MONGO_URL", "AMQP_URL", "PUBLIC_URL", "PORT", "HOST", "SECRETS_DIR", "LOG_LEVEL", "LOG_FORMAT"}
)


@dataclass
class Parley:
    """One `python -m standalone`. `output` is what it said so far, line by line."""

    plan: Plan
    process: subprocess.Popen[str]
    output: deque[str] = field(default_factory=lambda: deque(maxlen=1000))
    _ready: threading.Event = field(default_factory=threading.Event)
    _reader: threading.Thread | None = None

    @property
    def url(self) -> str:
        return self.plan.public_url

    @property
    def logs(self) -> Path:
        return self.plan.logs

    def wait_until_ready(self) -> None:
        """Until it has said its address. Raises `RuntimeError` with what it said instead."""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._ready.wait(START_TIMEOUT_SECONDS) or self.process.poll() is not None:
            self.stop()
            raise RuntimeError("Parley didn't start:\n" + "\n".join(self.output))

    @property
    def whole(self) -> bool:
        """Whether every chat replica runs."""
        return all(self.pids(f"chat-{number}") for number in range(1, self.plan.replicas + 1))

    def pids(self, part: str) -> list[int]:
        """The processes of a part ("mongodb", "auth", "chat-2" ...) without its keeper. Empty while it is down."""
        found = []
        for process in psutil.Process(self.process.pid).children(recursive=True):
            try:
                keeper = _keeper_above(process, self.process.pid)
                if keeper and keeper.environ().get("PARLEY_PART") == part:
                    found.append(process.pid)
            except psutil.Error:  # it ended while we looked
                continue
        return sorted(found)

    def kill(self, part: str, number: int = signal.SIGKILL) -> list[int]:
        """Send a signal to every process of a part; which ones. Its keeper starts it again."""
        pids = self.pids(part)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):  # the broker's helpers come and go
                os.kill(pid, number)
        return pids

    def python(self, service: Literal["auth", "chat"], *words: str) -> str:
        """Run Python with a service's code and settings; what it printed."""
        (pid, *_) = self.pids({"auth": "auth", "chat": "chat-1"}[service])
        return subprocess.run(  # noqa: S603 - our own command
            [sys.executable, *words],
            cwd=ROOT,
            env=psutil.Process(pid).environ(),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout

    def stop(self, number: int = signal.SIGTERM) -> int:
        """As Ctrl-C does; its exit code."""
        self.process.send_signal(number)
        try:
            code = self.process.wait(STOP_TIMEOUT_SECONDS)
        finally:
            self.process.kill()  # its keepers notice
            if self._reader:
                self._reader.join(STOP_TIMEOUT_SECONDS)
            if self.process.stdout:
                self.process.stdout.close()
        return code

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.output.append(line.rstrip("\n"))
            if line.startswith("Parley runs at"):
                self._ready.set()
        self._ready.set()  # it ended: nothing more to wait for


def start(data: Path, *, replicas: int = 2, port: int | None = None, **environment: str) -> Parley:
    """`make run` with its data in `data`, on ports that are free; not ready yet."""
    plan = Plan(port or free_port(replicas), data, replicas)
    inherited = {name: value for name, value in os.environ.items() if name not in FROM_OUTSIDE} | MANY_ACCOUNTS
    process = subprocess.Popen(  # noqa: S603 - our own command
        [
            *(sys.executable, "-m", "standalone", "--port", str(plan.port)),
            *("--data", str(data), "--replicas", str(replicas)),
        ],
        cwd=ROOT,
        env=inherited | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # Ctrl-C is for the tests
    )
    return Parley(plan, process)


def free_port(replicas: int = 2) -> int:
    """A port whose whole range is free."""
    for port in random.SystemRandom().sample(
        PORTS, 50
    ):  # pytest-randomly seeds the other one the same in every process
        try:
            check_ports(Plan(port, Path(), replicas), with_broker=True)
        except Problem:  # one of them is taken
            continue
        return port
    raise RuntimeError("no free range of ports found")


def _keeper_above(process: psutil.Process, top: int) -> psutil.Process | None:
    """The nearest keeper that `process` runs under; None for what stands above the keepers, and for a keeper."""
    if _is_keeper(process):
        return None
    while process.pid != top:
        parent = process.parent()
        if parent is None:
            return None
        if _is_keeper(parent):
            return parent
        process = parent
    return None


def _is_keeper(process: psutil.Process) -> bool:
    return process.cmdline()[1:3] == ["-m", "standalone.keep"]
