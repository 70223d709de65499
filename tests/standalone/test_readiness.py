import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from standalone import readiness
from standalone.parts import Part
from standalone.problem import Problem
from tests.services import free_ports


class _Answers(BaseHTTPRequestHandler):
    statuses: list[int]

    def do_GET(self) -> None:
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(b"mongo: waiting" * 100)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_port_that_listens_is_ready_and_one_that_does_not_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        assert readiness.probe(f"tcp://127.0.0.1:{listening.getsockname()[1]}") == ""
    (port,) = free_ports(1)
    assert readiness.probe(f"tcp://127.0.0.1:{port}") == "Connection refused"


def test_a_service_that_is_not_ready_says_why_in_few_words(server: ThreadingHTTPServer) -> None:
    _Answers.statuses = [503]
    reason = readiness.probe(_url(server))
    assert reason.startswith("503 mongo: waiting")
    assert len(reason) <= readiness.MAX_REASON_CHARS


def test_an_answer_that_is_no_http_is_a_reason_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            connection.close()

        thread = threading.Thread(target=answer)
        thread.start()
        assert readiness.probe(f"http://127.0.0.1:{listening.getsockname()[1]}/health/ready")
        thread.join()


def test_each_part_is_told_as_it_gets_ready(server: ThreadingHTTPServer) -> None:
    _Answers.statuses = [503, 503, 200]
    said: list[str] = []
    assert readiness.wait([_part("auth", _url(server)), _part("chat-1", _url(server))], said.append, threading.Event())
    assert [line.split()[:2] for line in said] == [["✓", "auth"], ["✓", "chat-1"]]


def test_a_part_that_is_asked_at_two_places_is_ready_once_both_are(server: ThreadingHTTPServer) -> None:
    _Answers.statuses = [200, 503, 200, 503, 200, 200]
    said: list[str] = []
    assert readiness.wait([_part("gateway", _url(server), _url(server))], said.append, threading.Event())
    assert _Answers.statuses == [200]


def test_a_part_that_is_never_ready_is_named_with_its_last_word(server: ThreadingHTTPServer) -> None:
    _Answers.statuses = [503]
    with pytest.raises(Problem, match=r"auth isn't ready after 0\.3 s: 503 mongo: waiting"):
        readiness.wait([_part("auth", _url(server))], lambda _: None, threading.Event(), deadline_seconds=0.3)


def test_waiting_ends_when_all_is_stopped(server: ThreadingHTTPServer) -> None:
    _Answers.statuses = [503]
    stopped = threading.Event()
    stopped.set()
    assert not readiness.wait([_part("auth", _url(server))], lambda _: None, stopped)


def test_who_takes_long_is_mentioned_now_and_then(server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    _Answers.statuses = [503, 503, 503, 200]
    monkeypatch.setattr(readiness, "PATIENCE_SECONDS", 0.05)
    said: list[str] = []
    readiness.wait([_part("auth", _url(server))], said.append, threading.Event())
    assert said[0].startswith("  … waiting for auth: 503")


def _url(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_port}/health/ready"


def _part(name: str, *ready: str) -> Part:
    return Part(name, "true", {}, ready, stops_first=True, grace_seconds=1)
