# ruff: noqa: S603 - the commands are our own
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from standalone.keep import MAX_FAST_ENDS
from tests.running import ROOT
from tests.services import free_ports

WAIT_SECONDS = 30
# Two parts, each a small program; `launch` itself has to be the main thread of a process.
LAUNCHER = """
import os, sys
from pathlib import Path
from standalone import launch as launch_module
from standalone.launch import launch
launch_module.STOP_SECONDS = 3
from standalone.parts import Part
from standalone.plan import Plan
from standalone.problem import Problem
folder, *programs = sys.argv[1:]
plan = Plan(8420, Path(folder), 1)
plan.run.mkdir(parents=True)
parts = []
for number, (program, ready) in enumerate(zip(programs[::2], programs[1::2])):
    path = Path(folder) / f"part{number}.py"
    path.write_text(program)
    parts.append(Part(f"part{number}", f"{sys.executable} {path}", dict(os.environ), (ready,), True, 2))
try:
    launch(plan, parts, verbose=False)
except Problem as problem:
    print("PROBLEM", problem, *problem.details, sep="\\n")
    sys.exit(1)
"""
SERVER = "import socket; s = socket.create_server(('127.0.0.1', {port}))\nwhile True: s.accept()[0].close()"
LEAVES_A_DAEMON = (
    "import os, subprocess, sys; d = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'],"
    " start_new_session=True, stdout=-3{stderr}); open({path!r}, 'w').write(str(d.pid))\n"
)


@contextmanager
def _launched(folder: Path, *programs: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", LAUNCHER, str(folder / "data"), *programs]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True) as launcher:
        try:
            yield launcher
        finally:
            launcher.kill()


def _server() -> tuple[str, str]:
    (port,) = free_ports(1)
    return SERVER.format(port=port), f"tcp://127.0.0.1:{port}"


def _read_until(launcher: "subprocess.Popen[str]", text: str) -> list[str]:
    lines: list[str] = []
    for line in launcher.stdout or ():
        lines.append(line.rstrip("\n"))
        if text in line:
            return lines
    raise AssertionError(f"it never said {text!r}: {lines}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_its_address_and_stops_when_asked_with_nothing_left(tmp_path: Path, number: signal.Signals) -> None:
    with _launched(tmp_path, *_server(), *_server()) as launcher:
        lines = _read_until(launcher, "Parley runs at http://localhost:8420")
        assert [line.split()[1] for line in lines if "✓" in line] == ["part0", "part1"]
        below = psutil.Process(launcher.pid).children(recursive=True)
        launcher.send_signal(number)
        assert launcher.communicate(timeout=WAIT_SECONDS)[0].splitlines()[-1] == "Parley has stopped."
    assert launcher.returncode == 0
    assert psutil.wait_procs(below, WAIT_SECONDS)[1] == []


def test_a_part_that_dies_at_start_is_named_with_its_last_words_and_its_log(tmp_path: Path) -> None:
    dying = "print('no such setting: COLOUR'); raise SystemExit(3)"
    with _launched(tmp_path, *_server(), dying, "tcp://127.0.0.1:1") as launcher:
        said = launcher.communicate(timeout=WAIT_SECONDS)[0]
    assert launcher.returncode == 1
    line, *evidence = said.partition("PROBLEM\n")[2].splitlines()
    assert f"part1 gave up: ended with exit code 3, {MAX_FAST_ENDS} times" in line
    assert str(tmp_path / "data" / "logs" / "part1.log") in line
    assert evidence[-1] == "no such setting: COLOUR"


def test_a_crash_later_is_told_and_mended(tmp_path: Path) -> None:
    with _launched(tmp_path, *_server()) as launcher:
        _read_until(launcher, "Parley runs at")
        _part(launcher).kill()
        assert _read_until(launcher, "starting it again")[-1] == "! part0 was ended by SIGKILL, starting it again"
        launcher.terminate()
        launcher.communicate(timeout=WAIT_SECONDS)
    assert launcher.returncode == 0


def test_a_killed_keeper_stops_the_whole_with_the_reason(tmp_path: Path) -> None:
    with _launched(tmp_path, *_server(), *_server()) as launcher:
        _read_until(launcher, "Parley runs at")
        parent = _part(launcher).parent()
        assert parent
        parent.kill()
        assert "A keeper was killed" in launcher.communicate(timeout=WAIT_SECONDS)[0]
    assert launcher.returncode == 1


def test_a_killed_launcher_leaves_no_orphans(tmp_path: Path) -> None:
    with _launched(tmp_path, *_server(), *_server()) as launcher:
        _read_until(launcher, "Parley runs at")
        below = psutil.Process(launcher.pid).children(recursive=True)
        launcher.kill()
    assert psutil.wait_procs(below, WAIT_SECONDS)[1] == []


@pytest.mark.parametrize("stderr", [", stderr=-3", ""], ids=["detached", "holding the output"])
def test_a_daemon_that_a_part_made_ends_with_the_run(tmp_path: Path, stderr: str) -> None:
    server, ready = _server()
    path = tmp_path / "daemon"
    with _launched(tmp_path, LEAVES_A_DAEMON.format(path=str(path), stderr=stderr) + server, ready) as launcher:
        _read_until(launcher, "Parley runs at")
        daemon = psutil.Process(int(path.read_text()))
        launcher.terminate()
        launcher.communicate(timeout=WAIT_SECONDS)
    assert psutil.wait_procs([daemon], WAIT_SECONDS)[1] == []


def test_what_was_left_behind_and_has_ended_is_no_zombie(tmp_path: Path) -> None:
    server, ready = _server()
    path = tmp_path / "daemon"
    with _launched(tmp_path, LEAVES_A_DAEMON.format(path=str(path), stderr=", stderr=-3") + server, ready) as launcher:
        _read_until(launcher, "Parley runs at")
        daemon = psutil.Process(int(path.read_text()))
        _part(launcher).kill()  # the daemon becomes the launcher's
        _read_until(launcher, "starting it again")
        daemon.kill()
        deadline = time.monotonic() + WAIT_SECONDS
        while psutil.pid_exists(daemon.pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not psutil.pid_exists(daemon.pid)
        launcher.terminate()
        launcher.communicate(timeout=WAIT_SECONDS)


def _part(launcher: "subprocess.Popen[str]") -> psutil.Process:
    """The first part's program, among what this launcher started."""
    for process in psutil.Process(launcher.pid).children(recursive=True):
        if process.cmdline()[-1].endswith("part0.py") and "standalone.keep" not in process.cmdline():
            return process
    raise AssertionError("part0 isn't there")
