"""Whether Parley can run here: the kind of machine, free ports, nobody else in the data folder."""

import errno
import fcntl
import os
import platform
import socket
import sys
from pathlib import Path
from typing import TextIO

from standalone.plan import PORT_MAX, PORT_MIN, PORTS_USED, Plan
from standalone.problem import Problem

PYTHON_MIN = (3, 11)


def check_kind(system: str = "", machine: str = "", python: tuple[int, ...] = ()) -> None:
    """Raise `Problem` unless this is Linux on x86-64 with a Python that is new enough."""
    system = system or platform.system()
    machine = machine or platform.machine()
    python = python or sys.version_info[:2]
    if (system, machine) != ("Linux", "x86_64"):
        raise Problem(
            f"Without Docker there are MongoDB and Traefik for Linux on x86-64 only; this is {system} on {machine}. "
            "Use `make up` (Docker) here."
        )
    if python < PYTHON_MIN:
        wanted, found = (".".join(map(str, version)) for version in (PYTHON_MIN, python))
        raise Problem(f"Parley needs Python {wanted} or newer; this is {found}. Install one, `make clean`, `make run`.")


def check_ports(plan: Plan, *, with_broker: bool) -> None:
    """Raise `Problem` naming the first address that can't be listened on."""
    if not PORT_MIN <= plan.port <= PORT_MAX:
        raise Problem(f"PORT must be between {PORT_MIN} and {PORT_MAX}, not {plan.port}: `make run PORT=8420`.")
    for (host, port), purpose in plan.addresses(with_broker=with_broker).items():
        with socket.socket() as probe:
            # As the servers do: connections of a run that has just ended don't count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:  # taken, mostly; the person can choose other ports, so they get a line
                why = "is taken" if error.errno == errno.EADDRINUSE else f"can't be used ({error.strerror})"
                raise Problem(
                    f"Port {port} on {host} ({purpose}) {why}. Choose other ports: `make run PORT=NUMBER`, "
                    f"which uses NUMBER to NUMBER+{PORTS_USED - 1}."
                ) from None


def claim(data: Path) -> TextIO:
    """Make the data folder this run's own, until the file returned is closed and every process forked with it ended.

    Raises `Problem` where another run has it or it can't be written.
    """
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (data / "lock").open("a+")
    except OSError as error:  # no right to write there, or a file in its place
        raise Problem(
            f"Can't write to {data}: {error.strerror}. Choose another folder: `make run DATA=FOLDER`."
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:  # somebody has it
        lock.seek(0)
        owner = lock.read().strip() or "unknown"
        lock.close()
        raise Problem(
            f"Parley already runs with {data} (process {owner}), or is still stopping. Stop that one, "
            "or choose another folder and port: `make run DATA=.local2 PORT=9420`."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock
