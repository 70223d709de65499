import pytest

from standalone import broker, packages, rabbitmq
from standalone.problem import Problem


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AMQP_URL", raising=False)
    monkeypatch.setattr(rabbitmq, "found", lambda: False)
    monkeypatch.setattr(packages, "can_install", lambda: False)


def test_an_address_in_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMQP_URL", "amqp://elsewhere/")
    monkeypatch.setattr(rabbitmq, "found", lambda: True)
    assert not broker.own_broker()


def test_the_systems_rabbitmq_is_used_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rabbitmq, "found", lambda: True)
    assert broker.own_broker()


def test_it_is_installed_where_that_can_be_done_and_its_daemon_stays_off(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[tuple[str, str | None]] = []

    def install(package: str, *, daemon: str | None = None) -> None:
        installed.append((package, daemon))
        monkeypatch.setattr(rabbitmq, "found", lambda: True)

    monkeypatch.setattr(packages, "can_install", lambda: True)
    monkeypatch.setattr(packages, "install", install)
    assert broker.own_broker()
    assert installed == [("rabbitmq-server", "rabbitmq-server")]


def test_an_install_that_fails_is_told_and_parley_runs_without(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def install(package: str, *, daemon: str | None = None) -> None:
        raise Problem("`apt-get -qq update` failed with exit code 100.", "E: no network")

    monkeypatch.setattr(packages, "can_install", lambda: True)
    monkeypatch.setattr(packages, "install", install)
    assert not broker.own_broker()
    assert "E: no network" in capsys.readouterr().out


def test_what_it_means_to_have_none_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert not broker.own_broker()
    broker.without(replicas=2)
    (line,) = capsys.readouterr().out.splitlines()
    assert "one chat replica instead of 2" in line
    assert "apt install rabbitmq-server" in line
