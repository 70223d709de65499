"""Runs the parts with honcho until somebody stops it, and leaves nothing behind."""

import contextlib
import multiprocessing
import os
import shlex
import signal
import sys
import threading
from pathlib import Path

from honcho import manager
from honcho.manager import Manager

from standalone.journal import Journal
from standalone.parts import ROOT, Part
from standalone.plan import Plan
from standalone.prctl import adopt_orphans
from standalone.problem import Problem
from standalone.readiness import wait

# honcho kills whatever still runs that long after the first part has ended. Longer than the keepers need in turn, and
# less than the half minute that hosts such as Heroku grant.
STOP_SECONDS = 27
REAP_SECONDS = 1.0
ASKED_TO_STOP = frozenset({128 + signal.SIGINT, 128 + signal.SIGTERM})  # honcho's return codes


def launch(plan: Plan, parts: list[Part], *, verbose: bool) -> None:
    """Returns after SIGINT or SIGTERM. Raises `Problem` where a part gives up or doesn't get ready."""
    adopt_orphans()
    manager.KILL_WAIT = STOP_SECONDS
    watch = _Watch(plan, parts)
    journal = Journal(plan.logs, verbose=verbose, first_line=watch.start)
    processes = _Manager(printer=journal)
    watch.journal = journal
    order = plan.run / "order.lock"
    for part in parts:
        environment = part.environment | {"PARLEY_PART": part.name}  # so that `ps e` tells whose is whose
        processes.add_process(part.name, _kept(part, order), env=environment, cwd=str(ROOT))
    try:
        processes.loop()
    finally:
        watch.stop()
        _end_children(but=set())
        journal.close()
    if journal.gave_up:
        name, line = next(iter(journal.gave_up.items()))
        raise Problem(f"{name} {line}. Its log: {journal.path(name)}", *journal.last_lines(name))
    if watch.problem:
        raise watch.problem
    if processes.returncode not in ASKED_TO_STOP:
        raise Problem("A keeper was killed, so everything was stopped. Start again with `make run`.")
    print("Parley has stopped.", flush=True)


class _Manager(Manager):  # type: ignore[misc]  # honcho has no types
    def terminate(self) -> None:
        """Also when a part has ended by itself: honcho then stops the rest."""
        if not self._printer.stopping:
            self._printer.stopping = True
            print("\nStopping ...", flush=True)
            # honcho counts from the first part's end, which it sees only when nobody holds that part's output any more.
            last = threading.Timer(STOP_SECONDS, self.kill)
            last.daemon = True
            last.start()
        super().terminate()

    def kill(self) -> None:
        """honcho kills the keepers; what was below them has become ours."""
        super().kill()
        _end_children(but={process.pid for process in multiprocessing.active_children() if process.pid})


class _Watch:
    """Waits for the parts in a thread of its own, since honcho has this one; started once honcho has forked."""

    def __init__(self, plan: Plan, parts: list[Part]) -> None:
        self._plan = plan
        self._parts = parts
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="readiness", daemon=True)
        self.journal: Journal | None = None
        self.problem: Problem | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        forked = _children()
        self._wait()
        while not self._stopped.wait(REAP_SECONDS):
            _reap(_children() - forked)

    def _wait(self) -> None:
        try:
            ready = wait(self._parts, self._say, self._stopped)
        except Problem as problem:
            self.problem = self._with_log(problem)
            os.kill(os.getpid(), signal.SIGTERM)  # honcho's own way to stop all
            return
        if ready and self.journal:
            self.journal.starting = False
            self._say(f"Parley runs at {self._plan.public_url} (Ctrl-C stops it; logs: {_short(self._plan.logs)})")

    def _say(self, line: str) -> None:
        if not (self.journal and self.journal.stopping):
            print(line, flush=True)

    def _with_log(self, problem: Problem) -> Problem:
        name = str(problem).split()[0]
        if self.journal is None:
            return problem
        return Problem(f"{problem} Its log: {self.journal.path(name)}", *self.journal.last_lines(name))


def _kept(part: Part, order: Path) -> str:
    """The part's command under a keeper, as a line for the shell; the Procfile may use the shell's variables."""
    keeper = [sys.executable, "-m", "standalone.keep", "--launcher", str(os.getpid())]
    keeper += ["--grace", str(part.grace_seconds), "--order", str(order), *(["--first"] if part.stops_first else [])]
    return f"exec {shlex.join(keeper)} -- {part.command}"


def _end_children(*, but: set[int]) -> None:
    """Kill every child of this process, adopted ones too, and wait for it."""
    for _ in range(10):  # a killed one may leave children of its own, which become ours
        children = _children() - but
        if not children:
            return
        for pid in children:
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            except (ProcessLookupError, ChildProcessError):  # gone, or waited for by multiprocessing
                continue


def _reap(adopted: set[int]) -> None:
    """Adopted children that have ended would else stay as zombies until this process ends."""
    for pid in adopted:
        with contextlib.suppress(ChildProcessError):  # waited for by somebody else
            os.waitpid(pid, os.WNOHANG)


def _children() -> set[int]:
    me = os.getpid()
    return {int(pid) for pid in Path(f"/proc/{me}/task/{me}/children").read_text().split()}


def _short(path: Path) -> str:
    """As the person would write it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
