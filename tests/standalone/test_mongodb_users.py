import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from standalone import mongodb, mongodb_users
from standalone.problem import Problem
from tests.conftest import missing
from tests.services import free_ports

HOST = "127.0.0.1"


@pytest.fixture(autouse=True)
def _binary() -> None:
    try:
        mongodb.prepare()
    except Problem as problem:  # not this kind of machine
        missing(str(problem))


def test_each_user_reads_and_writes_its_own_database_only(tmp_path: Path) -> None:
    users = _users(tmp_path, "first")
    with _server(tmp_path, users) as port:
        with _client(port, "chat", "first") as chat:
            chat["chat"]["rooms"].insert_one({"name": "lobby"})
            with pytest.raises(OperationFailure, match="not authorized"):
                chat["auth"]["people"].find_one()
        with MongoClient[dict[str, Any]](HOST, port) as nobody, pytest.raises(OperationFailure, match="authentication"):
            nobody["chat"]["rooms"].find_one()


def test_a_new_password_replaces_the_old_one_and_the_data_stays(tmp_path: Path) -> None:
    with _server(tmp_path, _users(tmp_path, "first")) as port, _client(port, "chat", "first") as chat:
        chat["chat"]["rooms"].insert_one({"name": "lobby"})
    with _server(tmp_path, _users(tmp_path, "second")) as port:
        with _client(port, "chat", "second") as chat:
            assert chat["chat"]["rooms"].count_documents({}) == 1
        with _client(port, "chat", "first") as old, pytest.raises(OperationFailure, match="Authentication failed"):
            old["chat"]["rooms"].find_one()


def test_users_that_are_there_cost_no_second_server(tmp_path: Path) -> None:
    users = _users(tmp_path, "first")
    (tmp_path / "data").mkdir()

    mongodb_users.ensure(users, tmp_path / "data", HOST, mongodb.command)

    def never(*_: object, **__: object) -> list[str]:
        raise AssertionError("started")

    mongodb_users.ensure(users, tmp_path / "data", HOST, never)


def _users(folder: Path, password: str) -> Path:
    path = folder / "users.json"
    path.write_text(json.dumps({name: {"password": password, "database": name} for name in ("auth", "chat")}))
    return path


@contextmanager
def _server(folder: Path, users: Path) -> Iterator[int]:
    (port,) = free_ports(1)
    environment = {
        "MONGODB_FOLDER": str(folder / "data"),
        "MONGODB_HOST": HOST,
        "MONGODB_PORT": str(port),
        "MONGODB_USERS": str(users),
    }
    command = [sys.executable, "-m", "standalone.mongodb"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as server:  # noqa: S603 - our own
        try:
            yield port
        finally:
            server.terminate()


def _client(port: int, name: str, password: str) -> MongoClient[dict[str, Any]]:
    return MongoClient(HOST, port, username=name, password=password, serverSelectionTimeoutMS=60_000)
