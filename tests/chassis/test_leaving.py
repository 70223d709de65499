"""A stop that the gateway notices before anybody is turned away."""

import http.client
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.chassis.own_process import OwnProcess, own_process

LEAVE_SECONDS = 1.0
LONG_LEAVE_SECONDS = 60.0  # longer than anybody here waits


def test_a_replica_told_to_stop_is_unready_at_once_and_serves_on() -> None:
    with _ready(LONG_LEAVE_SECONDS) as service:
        service.process.send_signal(signal.SIGTERM)
        service.wait(lambda: service.unready.startswith("503"))
        assert _get(service.port) == 200


def test_after_its_while_it_ends() -> None:
    with _ready(LEAVE_SECONDS) as service:
        told = time.monotonic()
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(20) == 0
        assert time.monotonic() - told >= LEAVE_SECONDS


def test_a_second_signal_ends_it_at_once() -> None:
    with _ready(LONG_LEAVE_SECONDS) as service:
        service.process.send_signal(signal.SIGTERM)
        service.wait(lambda: service.unready.startswith("503"))
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(20) == 0


def test_without_a_gateway_it_ends_at_once() -> None:
    with _ready(0.0) as service:
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(20) == 0


@contextmanager
def _ready(leave_seconds: float) -> Iterator[OwnProcess]:
    with own_process(leave_seconds=leave_seconds) as service:
        service.wait(lambda: not service.unready)
        yield service


def _get(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/")
    status = connection.getresponse().status
    connection.close()
    return status
