"""Users of a real MongoDB. That they may do no more than they should, tests/containers shows."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from deploy import database_users

NAMES = ("one-service", "two-services")
Client = MongoClient[dict[str, Any]]


@pytest.fixture
def server(mongo_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A server that has none of the users; `/run/secrets` names them."""
    users = {
        NAMES[0]: {"password": "first", "databases": ["one"]},
        NAMES[1]: {"password": "first", "databases": ["one", "two"]},
    }
    (tmp_path / "users.json").write_text(json.dumps(users))
    (tmp_path / "root_password").write_text("now")
    (tmp_path / "previous_root_passwords").write_text("before\nlong before\n")
    monkeypatch.setattr(database_users, "SECRETS", tmp_path)
    monkeypatch.setattr(database_users, "_client", lambda _: Client(mongo_url))
    with Client(mongo_url) as client:
        yield client
        for name in NAMES:
            client.admin.command("dropUser", name)


def test_each_user_has_read_write_on_its_own_databases_and_nothing_else(server: Client) -> None:
    database_users.main()
    roles = {
        name: {(role["role"], role["db"]) for role in server.admin.command("usersInfo", name)["users"][0]["roles"]}
        for name in NAMES
    }
    assert roles == {NAMES[0]: {("readWrite", "one")}, NAMES[1]: {("readWrite", "one"), ("readWrite", "two")}}


def test_a_second_time_mends_what_was_changed(
    server: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database_users.main()
    server.admin.command("grantRolesToUser", NAMES[0], roles=[{"role": "read", "db": "two"}])
    database_users.main()
    found = server.admin.command("usersInfo", NAMES[0])["users"][0]
    assert [role["role"] for role in found["roles"]] == ["readWrite"]
    assert found["mechanisms"] == ["SCRAM-SHA-256"]
    assert "up to date" in capsys.readouterr().out


def test_without_the_right_password_of_root_it_says_why(server: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    database_users.main()
    monkeypatch.setattr(database_users, "_works", lambda _: False)
    with pytest.raises(SystemExit, match="not of the same origin"):
        database_users.main()
