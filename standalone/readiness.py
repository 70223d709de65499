"""Waiting until every part is ready, and telling how far it is."""

import http.client
import socket
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from standalone.parts import Part
from standalone.problem import Problem

DEADLINE_SECONDS = 120.0
PROBE_TIMEOUT_SECONDS = 2.0
POLL_SECONDS = 0.1
PATIENCE_SECONDS = 10.0  # between two lines about the same part
MAX_REASON_CHARS = 200


def probe(target: str) -> str:
    """Why `target` (see `Part.ready`) isn't ready, or "" if it is."""
    url = urlsplit(target)
    host, port = url.hostname or "", url.port or 0
    try:
        if url.scheme == "tcp":
            socket.create_connection((host, port), PROBE_TIMEOUT_SECONDS).close()
            return ""
        connection = http.client.HTTPConnection(host, port, timeout=PROBE_TIMEOUT_SECONDS)
        try:
            connection.request("GET", url.path)
            answer = connection.getresponse()
            body = answer.read().decode(errors="replace")
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as error:  # not up yet, most likely; the caller decides how long
        return getattr(error, "strerror", None) or str(error) or type(error).__name__
    return "" if answer.status < http.HTTPStatus.BAD_REQUEST else f"{answer.status} {body.strip()}"[:MAX_REASON_CHARS]


def wait(
    parts: list[Part],
    say: Callable[[str], None],
    stopped: threading.Event,
    *,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> bool:
    """Say a line for each part as it gets ready. False once `stopped` is set. Raises `Problem` after the deadline."""
    began = time.monotonic()
    for part in parts:
        said = time.monotonic()
        while reason := next(filter(None, map(probe, part.ready)), ""):
            now = time.monotonic()
            if now - began > deadline_seconds:
                raise Problem(f"{part.name} isn't ready after {deadline_seconds:g} s: {reason}.")
            if now - said > PATIENCE_SECONDS:
                said = now
                say(f"  … waiting for {part.name}: {reason}")
            if stopped.wait(POLL_SECONDS):
                return False
        say(f"  ✓ {part.name:<9} {time.monotonic() - began:5.1f} s")
    return True
