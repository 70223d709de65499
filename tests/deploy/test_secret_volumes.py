"""Secrets made once, and laid out for each container that needs some."""

import json
import re
from pathlib import Path

import pytest

from deploy import secret_volumes
from deploy.secret_volumes import NAMES, lay_out, rotate

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


def test_how_to_rotate_it_is_told_of_every_secret() -> None:
    section = OPERATIONS.read_text().partition("## Rotate secrets")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("|")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(NAMES)


def test_each_secret_is_made_once_and_is_random(tmp_path: Path) -> None:
    assert lay_out(tmp_path) > 0
    kept = {path.name: path.read_text() for path in (tmp_path / "kept").iterdir()}
    assert set(kept) == set(NAMES)
    assert len(set(kept.values())) == len(NAMES)


def test_a_second_time_writes_nothing(tmp_path: Path) -> None:
    lay_out(tmp_path)
    assert lay_out(tmp_path) == 0


def test_a_container_gets_what_it_needs_and_nothing_of_others(tmp_path: Path) -> None:
    lay_out(tmp_path)
    auth_secret = (tmp_path / "kept" / "auth_secret").read_text().strip()
    root = (tmp_path / "kept" / "root_database_password").read_text().strip()
    for folder in ("chat", "rabbitmq", "backup"):
        text = "".join(path.read_text() for path in (tmp_path / folder).iterdir())
        assert auth_secret not in text
        assert root not in text
    assert "mongodb://chat:" in (tmp_path / "chat" / "mongo_url").read_text()
    assert "mongodb://auth:" in (tmp_path / "auth" / "mongo_url").read_text()


def test_rotating_changes_one_secret_wherever_it_is(tmp_path: Path) -> None:
    lay_out(tmp_path)
    before = {path: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    rotate(tmp_path, "chat_database_password")
    lay_out(tmp_path)
    changed = {str(path.relative_to(tmp_path)) for path, text in before.items() if path.read_text() != text}
    assert changed == {"kept/chat_database_password", "chat/mongo_url", "database-users/users.json"}


def test_the_root_password_before_a_rotation_is_remembered_for_changing_it(tmp_path: Path) -> None:
    kept = tmp_path / "kept" / "root_database_password"
    passwords: list[str] = []
    for _ in range(3):
        lay_out(tmp_path)
        passwords.insert(0, kept.read_text().strip())
        rotate(tmp_path, "root_database_password")
    lay_out(tmp_path)
    assert (tmp_path / "database-users" / "previous_root_passwords").read_text().split() == passwords


def test_rotating_what_there_is_not_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(secret_volumes, "SECRETS", tmp_path)
    assert secret_volumes.main(["rotate", "auth_secret", "nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_broker_has_two_users_and_no_guest(tmp_path: Path) -> None:
    lay_out(tmp_path)
    definitions = json.loads((tmp_path / "rabbitmq" / "definitions.json").read_text())
    assert {user["name"] for user in definitions["users"]} == {"auth", "chat"}
    assert not any(user["tags"] for user in definitions["users"])
    assert definitions["vhosts"] == [{"name": "parley"}]


def test_the_same_password_gives_the_same_hash_and_another_one_another() -> None:
    assert secret_volumes.password_hash("one") == secret_volumes.password_hash("one")
    assert secret_volumes.password_hash("one") != secret_volumes.password_hash("two")
