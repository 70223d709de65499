# ruff: noqa: S603 - the commands are our own

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from standalone.keep import MARK, MAX_FAST_ENDS

Keep = Callable[..., "subprocess.Popen[str]"]
SLEEPER = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SLEEPER
WAIT_SECONDS = 20


@pytest.fixture
def keep() -> Iterator[Keep]:
    """Starts a keeper of a Python program; its stdout is a pipe."""
    with ExitStack() as stack:

        def keep(program: str, *options: str) -> "subprocess.Popen[str]":
            command = [sys.executable, "-m", "standalone.keep", *options, "--", sys.executable, "-c", program]
            keeper = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            stack.callback(keeper.kill)
            return keeper

        yield keep


def test_a_command_that_is_killed_comes_back(keep: Keep) -> None:
    keeper = keep(SLEEPER)
    assert _line(keeper) == "up"
    (first,) = _children(keeper)
    first.kill()
    assert _line(keeper) == f"{MARK}was ended by SIGKILL, starting it again"
    assert _line(keeper) == "up"
    assert _children(keeper)[0].pid != first.pid


def test_a_command_that_keeps_failing_is_given_up_with_the_reason(keep: Keep) -> None:
    keeper = keep("raise SystemExit(3)")
    said = keeper.communicate(timeout=WAIT_SECONDS)[0].splitlines()
    assert said[-1].endswith(f"gave up: ended with exit code 3, {MAX_FAST_ENDS} times soon after its start")
    assert len([line for line in said if "starting it again" in line]) == MAX_FAST_ENDS - 1
    assert keeper.returncode == 3


def test_a_command_that_says_it_is_no_use_is_not_tried_again(keep: Keep) -> None:
    keeper = keep(f"raise SystemExit({os.EX_CONFIG})")
    assert keeper.communicate(timeout=WAIT_SECONDS)[0] == f"{MARK}gave up: ended with exit code {os.EX_CONFIG}\n"
    assert keeper.returncode == os.EX_CONFIG


def test_a_command_that_does_not_exist_is_named() -> None:
    command = [sys.executable, "-m", "standalone.keep", "--", "no-such-program"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_SECONDS, check=False)
    assert "can't be started: No such file or directory: no-such-program" in done.stdout
    assert done.returncode == os.EX_CONFIG


def test_sigterm_ends_both_in_good_order(keep: Keep) -> None:
    keeper = keep("import signal, sys; signal.signal(15, lambda *_: sys.exit('bye'));" + SLEEPER)
    _line(keeper)
    (child,) = _children(keeper)
    keeper.terminate()
    assert keeper.wait(WAIT_SECONDS) == 0
    assert not child.is_running()


def test_a_stubborn_command_is_killed_after_its_grace(keep: Keep) -> None:
    keeper = keep(STUBBORN, "--grace", "0.2")
    _line(keeper)
    keeper.terminate()
    assert _line(keeper) == f"{MARK}did not stop within 0.2 s: killed"
    assert keeper.wait(WAIT_SECONDS) == 0


def test_what_a_command_leaves_behind_ends_with_it(keep: Keep) -> None:
    keeper = keep(f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEPER!r}]);" + SLEEPER)
    assert [_line(keeper), _line(keeper)] == ["up", "up"]
    below = psutil.Process(keeper.pid).children(recursive=True)
    assert len(below) == 2
    keeper.terminate()
    keeper.wait(WAIT_SECONDS)
    assert psutil.wait_procs(below, WAIT_SECONDS)[1] == []


def test_a_killed_keeper_takes_its_command_along(keep: Keep) -> None:
    keeper = keep(STUBBORN)
    _line(keeper)
    children = _children(keeper)
    keeper.kill()
    assert psutil.wait_procs(children, WAIT_SECONDS)[1] == []


def test_the_launchers_end_is_the_keepers_too(keep: Keep) -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEPER], stdout=subprocess.PIPE) as launcher:
        keeper = keep(SLEEPER, "--launcher", str(launcher.pid))
        _line(keeper)
        children = _children(keeper)
        launcher.kill()
    assert keeper.wait(WAIT_SECONDS) == 0
    assert psutil.wait_procs(children, WAIT_SECONDS)[1] == []


def test_a_launcher_that_has_ended_already_means_not_to_begin(keep: Keep) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert keep(SLEEPER, "--launcher", str(gone.pid)).communicate(timeout=WAIT_SECONDS)[0] == ""


def test_those_that_stop_last_wait_for_those_that_stop_first(keep: Keep, tmp_path: Path) -> None:
    order = ["--order", str(tmp_path / "order.lock")]
    slow = "import signal, sys, time; signal.signal(15, lambda *_: (time.sleep(0.7), sys.exit()));" + SLEEPER
    first = keep(slow, *order, "--first")
    last = keep(SLEEPER, *order)
    _line(first)
    _line(last)
    began = time.monotonic()
    for keeper in (last, first):
        keeper.terminate()
    assert last.wait(WAIT_SECONDS) == 0
    assert time.monotonic() - began >= 0.6
    assert first.wait(WAIT_SECONDS) == 0


def test_ctrl_c_is_left_to_the_launcher(keep: Keep) -> None:
    keeper = keep(SLEEPER)
    _line(keeper)
    keeper.send_signal(signal.SIGINT)
    (child,) = _children(keeper)
    child.kill()
    assert "starting it again" in _line(keeper)


def _line(keeper: "subprocess.Popen[str]") -> str:
    assert keeper.stdout
    return keeper.stdout.readline().rstrip("\n")


def _children(keeper: "subprocess.Popen[str]") -> list[psutil.Process]:
    return psutil.Process(keeper.pid).children()
