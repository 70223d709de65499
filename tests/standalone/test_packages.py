from pathlib import Path

import pytest

from standalone import packages
from standalone.problem import Problem


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for apt-get that notes what it was asked and whether daemons were forbidden; where it notes it."""
    notes = tmp_path / "notes"
    policy = tmp_path / "policy-rc.d"
    program = tmp_path / "bin" / "apt-get"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@ policy=$(cat {policy} | tail -n 1)" >>{notes}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setattr(packages, "POLICY", policy)
    return notes


def test_daemons_are_forbidden_while_packages_are_installed_and_only_then(apt: Path) -> None:
    packages.install("rabbitmq-server")
    update, install = apt.read_text().splitlines()
    assert update == "-qq update policy=exit 101"
    assert install == "-qq install --yes --no-install-recommends rabbitmq-server policy=exit 101"
    assert not packages.POLICY.exists()


def test_somebody_elses_policy_is_left_as_it_is(apt: Path) -> None:
    packages.POLICY.write_text("#!/bin/sh\nexit 42\n")
    packages.install("chromium")
    assert "policy=exit 42" in apt.read_text()
    assert packages.POLICY.read_text() == "#!/bin/sh\nexit 42\n"


def test_our_policy_left_by_a_crash_is_removed(apt: Path) -> None:
    packages.POLICY.write_text(packages.POLICY_TEXT)
    packages.install("chromium")
    assert not packages.POLICY.exists()


def test_a_failure_shows_the_command_and_what_it_said(apt: Path) -> None:
    (apt.parent / "bin" / "apt-get").write_text("#!/bin/sh\necho 'E: no such thing'\nexit 100\n")
    with pytest.raises(Problem, match="`apt-get -qq update` failed with exit code 100") as raised:
        packages.install("rabbitmq-server")
    assert raised.value.details == ("E: no such thing",)
    assert not packages.POLICY.exists()


def test_only_root_may_install(monkeypatch: pytest.MonkeyPatch, apt: Path) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert not packages.can_install()


@pytest.mark.parametrize(
    ("release", "can"),
    [({"ID": "debian"}, True), ({"ID": "linuxmint", "ID_LIKE": "ubuntu debian"}, True), ({"ID": "fedora"}, False)],
)
def test_only_debian_and_its_kin_are_tried(
    monkeypatch: pytest.MonkeyPatch, apt: Path, release: dict[str, str], can: bool
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("platform.freedesktop_os_release", lambda: release)
    assert packages.can_install() is can
