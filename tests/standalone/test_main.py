"""`python -m standalone` before anything runs; the running whole is in tests/e2e."""

import socket
from pathlib import Path

import pytest

from standalone import __main__ as program
from standalone import broker, machine
from standalone.parts import Part
from standalone.plan import Plan
from tests.running import free_port


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Plan, list[Part]]]:
    """What would have been launched."""
    runs: list[tuple[Plan, list[Part]]] = []
    monkeypatch.setattr(program, "launch", lambda plan, parts, verbose: runs.append((plan, parts)))  # noqa: ARG005
    monkeypatch.delenv("AMQP_URL", raising=False)
    return runs


def _arguments(tmp_path: Path, *more: str) -> list[str]:
    return ["--data", str(tmp_path / "data"), "--port", str(free_port()), *more]


def test_a_problem_is_one_line_and_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        assert program.main(["--data", str(tmp_path), "--port", str(port)]) == 1
    (line,) = capsys.readouterr().out.strip().splitlines()
    assert line.startswith(f"✗ Port {port} on 127.0.0.1 (the page itself) is taken.")


def test_a_second_run_with_the_same_data_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with machine.claim(tmp_path / "data"):
        assert program.main(_arguments(tmp_path)) == 1
    assert "already runs with" in capsys.readouterr().out


@pytest.mark.parametrize("replicas", ["0", "10", "-1"])
def test_a_number_of_replicas_that_can_not_be_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], replicas: str
) -> None:
    assert program.main(_arguments(tmp_path, "--replicas", replicas)) == 1
    assert "REPLICAS must be between 1 and 9" in capsys.readouterr().out


def test_without_a_broker_one_replica_runs(
    tmp_path: Path,
    launched: list[tuple[Plan, list[Part]]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(broker, "own_broker", lambda: False)
    assert program.main(_arguments(tmp_path)) == 0
    ((_, parts),) = launched
    assert [part.name for part in parts] == ["mongodb", "auth", "chat-1", "gateway"]
    assert "one chat replica instead of 2" in capsys.readouterr().out


def test_with_a_broker_all_replicas_run(
    tmp_path: Path, launched: list[tuple[Plan, list[Part]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "own_broker", lambda: True)
    assert program.main(_arguments(tmp_path, "--replicas", "3")) == 0
    ((_, parts),) = launched
    assert [part.name for part in parts if part.name.startswith("chat")] == ["chat-1", "chat-2", "chat-3"]
