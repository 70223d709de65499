"""A database user for each service, with read-write on that service's own database and nothing else."""

import hashlib
import json
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from standalone.prctl import die_with_parent

DONE = "parley-users"  # in the data folder: which users it has, as a digest
START_TIMEOUT_MS = 60_000
STOP_TIMEOUT_SECONDS = 30


def ensure(users_file: Path, folder: Path, host: str, command: Callable[..., list[str]]) -> None:
    """Make the users of `users_file` ({name: {"password", "database"}}) unless `folder` has them already.

    Access control allows it to nobody yet, so a server without it, on a port that nobody knows, does it first.
    """
    text = users_file.read_text()
    wanted = hashlib.sha256(text.encode()).hexdigest()
    done = folder / DONE
    if done.exists() and done.read_text() == wanted:
        return
    port = _free_port(host)
    parent = os.getpid()
    server = subprocess.Popen(  # noqa: S603 - our own command
        command(folder, host, port, access_control=False),
        preexec_fn=lambda: die_with_parent(parent),  # noqa: PLW1509 - this process has no threads
    )
    try:
        with MongoClient[dict[str, Any]](
            host, port, directConnection=True, serverSelectionTimeoutMS=START_TIMEOUT_MS
        ) as client:
            for name, user in json.loads(text).items():
                _set_user(client, name, user["password"], user["database"])
    finally:
        server.terminate()
        server.wait(STOP_TIMEOUT_SECONDS)
    done.write_text(wanted)


def _set_user(client: MongoClient[dict[str, Any]], name: str, password: str, database: str) -> None:
    exists = client.admin.command("usersInfo", name)["users"]
    client.admin.command(
        "updateUser" if exists else "createUser",
        name,
        pwd=password,
        roles=[{"role": "readWrite", "db": database}],
        mechanisms=["SCRAM-SHA-256"],
    )


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
