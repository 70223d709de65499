"""Who is on the gateway's list of replicas."""

import json
import signal
from pathlib import Path

import pytest

from deploy import routes
from deploy.routes import Replicas


def replicas(*listed: str) -> Replicas:
    made = Replicas("chat", 8000, 8001)
    made.listed = list(listed)
    return made


def test_a_replica_joins_once_it_is_ready() -> None:
    assert replicas("a").choose({"a": "yes", "b": "silence"}) == ["a"]
    assert replicas("a").choose({"a": "yes", "b": "no"}) == ["a"]
    assert replicas("a").choose({"a": "yes", "b": "yes"}) == ["a", "b"]


def test_a_replica_leaves_when_it_says_so_or_is_gone() -> None:
    assert replicas("a", "b").choose({"a": "yes", "b": "no"}) == ["a"]
    assert replicas("a", "b").choose({"a": "yes"}) == ["a"]


def test_a_silent_replica_stays() -> None:
    assert replicas("a", "b").choose({"a": "yes", "b": "silence"}) == ["a", "b"]


def test_the_last_list_stays_where_there_would_be_none() -> None:
    assert replicas("a", "b").choose({}) == ["a", "b"]
    assert replicas("a").choose({"a": "no"}) == ["a"]


def test_a_name_that_nobody_has_has_no_addresses() -> None:
    assert routes.addresses("nobody.invalid") == []


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "routes.yml"
    routes.write(path, "one")
    routes.write(path, "two")
    assert path.read_text() == "two"
    assert [found.name for found in tmp_path.iterdir()] == ["routes.yml"]


def test_who_finds_no_replica_gives_up_when_told_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(routes, "CONFIG", tmp_path)
    monkeypatch.setattr(routes, "LISTED", tmp_path / "listed")
    monkeypatch.setattr(routes, "SECONDS_BETWEEN_LOOKS", 0.01)
    monkeypatch.setattr(routes, "addresses", lambda _name: [])
    for name, value in {"PORT": "8000", "OPS_PORT": "8001", "GIVE_UP_SECONDS": "0.1"}.items():
        monkeypatch.setenv(name, value)
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert routes.main() == 1
    finally:
        signal.signal(signal.SIGTERM, before)
    assert json.loads(capsys.readouterr().out)["services"] == ["auth", "chat"]


@pytest.mark.parametrize(
    "settings", [{"TLS": "yes"}, {"TLS": "acme"}, {"TLS": "acme", "ACME_HOST": 'x"}]\n'}, {"TRUSTED_IPS": "proxy"}]
)
def test_wrong_settings_stop_the_start_and_are_named(
    settings: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert routes.main() == 2
    assert "setting " in capsys.readouterr().err
