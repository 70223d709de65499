"""What Docker asks a container whether it is healthy."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from chassis import probe
from tests.services import free_ports


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_a_service_is_healthy_while_it_says_that_it_is_ready(
    status: int, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _answering(status) as port:
        monkeypatch.setenv("OPS_PORT", str(port))
        assert probe.main() == code


def test_a_service_that_does_not_listen_is_not_healthy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (port,) = free_ports(1)
    monkeypatch.setenv("OPS_PORT", str(port))
    assert probe.main() == 1
    assert "refused" in capsys.readouterr().out


@contextmanager
def _answering(status: int) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/health/ready"
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
