"""What the parts print: all of it into a file each, and to the terminal what a person should see."""

import json
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from honcho.printer import Message, Printer

from standalone.keep import MARK

LOG_MAX_BYTES = 10_000_000  # then it becomes NAME.log.1 and a new one begins
LAST_LINES = 10
SEVERE = frozenset({"error", "critical", "fatal"})
MAX_SHOWN_CHARS = 300
REPEAT_SECONDS = 60.0  # the same error again is shown after that long; all are in the log
SYSTEM = "system"  # honcho's own lines


class Journal(Printer):  # type: ignore[misc]  # honcho has no types
    """A honcho printer. `first_line` is called once, when honcho has forked all it forks."""

    def __init__(self, folder: Path, *, verbose: bool, first_line: Callable[[], None]) -> None:
        super().__init__(sys.stdout)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._verbose = verbose
        self._first_line: Callable[[], None] | None = first_line
        self._files: dict[str, TextIO] = {}
        self._last: dict[str, deque[str]] = {}
        self.gave_up: dict[str, str] = {}  # part -> what its keeper said
        self._shown: dict[str, float] = {}
        self.starting = True  # parts that still wait for each other complain about it: in their logs only
        self.stopping = False

    def write(self, message: Message) -> None:
        if self._first_line:
            call, self._first_line = self._first_line, None
            call()
        data = message.data.decode(errors="replace") if isinstance(message.data, bytes) else message.data
        for line in data.rstrip("\n").split("\n"):  # splitlines() would also split at the keeper's mark
            if message.name == SYSTEM:
                if self._verbose:
                    super().write(message._replace(data=line))
            elif line.startswith(MARK):
                self._keeper_says(message.name, line.removeprefix(MARK))
            else:
                self._part_says(message, line)

    def path(self, part: str) -> Path:
        return self._folder / f"{part}.log"

    def last_lines(self, part: str) -> list[str]:
        return list(self._last.get(part, ()))

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def _keeper_says(self, part: str, line: str) -> None:
        self._keep(part, f"--- {part} {line}")
        if line.startswith(("gave up", "can't be started")):
            self.gave_up.setdefault(part, line)
        elif not self.stopping:
            print(f"! {part} {line}", flush=True)

    def _part_says(self, message: Message, line: str) -> None:
        self._keep(message.name, line)
        self._last.setdefault(message.name, deque(maxlen=LAST_LINES)).append(line)
        if self._verbose:
            super().write(message._replace(data=line))
        elif not (self.starting or self.stopping) and (severe := severe_line(line)):
            self._show_severe(f"! {message.name}: {severe}")

    def _show_severe(self, line: str) -> None:
        now = time.monotonic()
        if now - self._shown.get(line, -REPEAT_SECONDS) >= REPEAT_SECONDS:
            self._shown = {line: at for line, at in self._shown.items() if now - at < REPEAT_SECONDS} | {line: now}
            print(line, flush=True)

    def _keep(self, part: str, line: str) -> None:
        file = self._files.get(part)
        if file is None or file.tell() > LOG_MAX_BYTES:
            if file:
                file.close()
            path = self.path(part)
            if path.exists() and path.stat().st_size > LOG_MAX_BYTES:
                path.replace(path.with_name(path.name + ".1"))
            file = self._files[part] = path.open("a", buffering=1)
        file.write(line + "\n")


def severe_line(line: str) -> str:
    """The message of a JSON log line that tells of an error, in one line; "" for every other."""
    if not line.startswith("{"):
        return ""
    try:
        entry = json.loads(line)
    except ValueError:  # only looked like JSON
        return ""
    if str(entry.get("level", "")).lower() not in SEVERE:
        return ""
    said = str(entry.get("event") or entry.get("message") or entry.get("msg") or line)
    detail = entry.get("error") or ""
    return " ".join(f"{said} {detail}".split())[:MAX_SHOWN_CHARS]
