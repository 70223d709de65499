import fcntl
import os
import socket
from pathlib import Path

import pytest

from standalone.machine import check_kind, check_ports, claim
from standalone.plan import Plan
from standalone.problem import Problem
from tests.running import free_port


def test_this_machine_will_do() -> None:
    check_kind()


@pytest.mark.parametrize(("system", "machine"), [("Darwin", "arm64"), ("Linux", "aarch64"), ("Windows", "AMD64")])
def test_another_kind_of_machine_is_sent_to_docker(system: str, machine: str) -> None:
    with pytest.raises(Problem, match=rf"this is {system} on {machine}.*make up"):
        check_kind(system, machine)


def test_an_old_python_is_named_beside_the_one_that_is_needed() -> None:
    with pytest.raises(Problem, match=r"needs Python 3\.11 or newer; this is 3\.9"):
        check_kind(python=(3, 9))


def test_free_ports_are_fine(tmp_path: Path) -> None:
    check_ports(Plan(free_port(), tmp_path, 2), with_broker=True)


@pytest.mark.parametrize("part", ["gateway", "auth", "mongodb", "rabbitmq"])
def test_a_taken_port_is_named_with_what_to_do(tmp_path: Path, part: str) -> None:
    plan = Plan(free_port(), tmp_path, 2)
    host, port = getattr(plan, part)
    with socket.create_server((host, port)), pytest.raises(Problem) as raised:
        check_ports(plan, with_broker=True)
    assert f"Port {port} on {host}" in str(raised.value)
    assert "make run PORT=" in str(raised.value)


def test_the_brokers_port_may_be_taken_where_there_is_none(tmp_path: Path) -> None:
    plan = Plan(free_port(), tmp_path, 2)
    with socket.create_server(plan.rabbitmq):
        check_ports(plan, with_broker=False)


@pytest.mark.parametrize("port", [-1, 0, 80, 65530, 70000])
def test_a_port_out_of_range_is_refused_before_it_is_tried(tmp_path: Path, port: int) -> None:
    with pytest.raises(Problem, match="PORT must be between"):
        check_ports(Plan(port, tmp_path, 2), with_broker=False)


def test_a_data_folder_belongs_to_one_run_at_a_time(tmp_path: Path) -> None:
    with claim(tmp_path / "data"), pytest.raises(Problem, match=rf"already runs with .* \(process {os.getpid()}\)"):
        claim(tmp_path / "data")


def test_a_lock_left_by_a_crash_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("4711")
    with claim(tmp_path) as lock:
        assert (tmp_path / "lock").read_text() == str(os.getpid())
        assert fcntl.fcntl(lock, fcntl.F_GETFD)


def test_the_data_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    claim(tmp_path / "new").close()
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0


def test_a_data_folder_that_can_not_be_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem, match=r"Can't write to .*make run DATA="):
        claim(tmp_path / "file")
