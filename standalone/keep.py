"""Keeps one command running: `python -m standalone.keep [options] -- COMMAND...`

Started again with a growing pause when it ends, given up when it keeps ending right after its start or says by exit
code 78 (EX_CONFIG) that trying again is no use. SIGTERM, or the end of the launcher, ends the command and then this.
The command can't outlive this process, nor this one the launcher for long.

`--order LOCK` is how a stop gets its order without anybody in charge of it: the keepers of the `first` parts hold
LOCK shared while they live, those of the `last` parts wait for it before they pass the end on.
"""

import argparse
import contextlib
import fcntl
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from standalone.prctl import die_with_parent

FAST_SECONDS = 10.0  # who ends sooner than this after its start has ended fast
MAX_FAST_ENDS = 5
FIRST_PAUSE_SECONDS = 0.2
MAX_PAUSE_SECONDS = 5.0
ORDER_WAIT_SECONDS = 21.0
ORDER_POLL_SECONDS = 0.05
MARK = "\x1e"  # before a line of the keeper's own, so that the launcher tells it from the command's


@dataclass
class Keeper:
    """`order` is the opened lock file; `first` says which side of it this part is on. `grace` in seconds."""

    command: list[str]
    grace: float
    launcher: int | None = None
    order: TextIO | None = None
    first: bool = False
    say: Callable[[str], None] = lambda line: print(MARK + line, flush=True)
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def run(self) -> int:
        """Until told to stop (0) or given up (the command's exit code, 1 where that was 0)."""
        if not self._watch_for_stop():
            return 0
        if self.order and self.first:
            fcntl.flock(self.order, fcntl.LOCK_SH)
        fast_ends = 0
        while True:
            began = time.monotonic()
            try:
                child = self._start()
            except OSError as error:  # no such command, or not allowed: will not get better
                self.say(f"can't be started: {error.strerror}: {self.command[0]}")
                return os.EX_CONFIG
            if self._wait(child, None):
                self._stop(child)
                return 0
            code = child.wait()
            _kill_group(child)  # what it may have left behind
            lived = time.monotonic() - began
            fast_ends = fast_ends + 1 if lived < FAST_SECONDS else 1
            if code == os.EX_CONFIG or fast_ends >= MAX_FAST_ENDS:
                times = f", {fast_ends} times soon after its start" if fast_ends > 1 else ""
                self.say(f"gave up: {_how(code)}{times}")
                return code if code > 0 else 1
            pause = min(FIRST_PAUSE_SECONDS * 2 ** (fast_ends - 1), MAX_PAUSE_SECONDS)
            self.say(f"{_how(code)}, starting it again")
            if self._wait(None, pause):
                return 0

    def _watch_for_stop(self) -> bool:
        """SIGTERM and the launcher's end become readable files. False where the launcher has ended already."""
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer)
        signal.signal(signal.SIGTERM, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the launcher, which then stops all in order
        self._selector.register(reader, selectors.EVENT_READ)
        if self.launcher is not None:
            try:
                self._selector.register(os.pidfd_open(self.launcher), selectors.EVENT_READ)
            except ProcessLookupError:  # it was killed while we started
                return False
        return True

    def _start(self) -> subprocess.Popen[bytes]:
        parent = os.getpid()
        return subprocess.Popen(  # noqa: S603 - running what it is given is what this is for
            self.command,
            stdin=subprocess.DEVNULL,
            process_group=0,  # a signal to the keeper's group must not reach it out of order
            preexec_fn=lambda: die_with_parent(parent),  # noqa: PLW1509 - this process has no threads
        )

    def _wait(self, child: subprocess.Popen[bytes] | None, timeout: float | None) -> bool:
        """Until the child ends or the time is over; True as soon as this is to stop."""
        if child is None:
            return bool(self._selector.select(timeout))
        ended = os.pidfd_open(child.pid)
        key = self._selector.register(ended, selectors.EVENT_READ)
        try:
            return any(ready != key for ready, _ in self._selector.select(timeout))
        finally:
            self._selector.unregister(ended)
            os.close(ended)

    def _stop(self, child: subprocess.Popen[bytes]) -> None:
        if self.order and not self.first:
            self._wait_for_the_first(child, self.order)
        child.terminate()
        try:
            child.wait(self.grace)
        except subprocess.TimeoutExpired:  # it had its time
            self.say(f"did not stop within {self.grace:g} s: killed")
        _kill_group(child)
        child.wait()

    def _wait_for_the_first(self, child: subprocess.Popen[bytes], order: TextIO) -> None:
        deadline = time.monotonic() + ORDER_WAIT_SECONDS
        while time.monotonic() < deadline and child.poll() is None:
            try:
                fcntl.flock(order, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:  # some of them are still at it
                time.sleep(ORDER_POLL_SECONDS)
            else:
                fcntl.flock(order, fcntl.LOCK_UN)
                return


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m standalone.keep")
    parser.add_argument("--launcher", type=int, help="process id: when that ends, so does this")
    parser.add_argument("--grace", type=float, default=5.0, help="seconds between SIGTERM and SIGKILL")
    parser.add_argument("--order", type=Path, help="lock file")
    parser.add_argument("--first", action="store_true", help="of those that stop first")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    order = options.order.open("a") if options.order else None
    return Keeper(options.command, options.grace, options.launcher, order, options.first).run()


def _how(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # all gone, which is the aim
        os.killpg(child.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
