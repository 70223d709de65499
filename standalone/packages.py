"""Debian packages, where they can be installed without asking: as root on Debian or Ubuntu."""

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from standalone.problem import Problem

POLICY = Path("/usr/sbin/policy-rc.d")
POLICY_TEXT = "#!/bin/sh\n# Parley: packages being installed start no daemons; removed right afterwards.\nexit 101\n"
INSTALL_TIMEOUT_SECONDS = 900


def can_install() -> bool:
    """Whether `install` may be tried."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None and _is_debian()


def install(package: str, *, daemon: str | None = None) -> None:
    """Install `package`; its `daemon`, if it brings one, is neither started nor enabled. Raises `Problem`."""
    print(f"Installing {package} with apt-get (once)", flush=True)
    with _no_daemons():
        _apt("update")
        _apt("install", "--yes", "--no-install-recommends", package)
    if daemon and shutil.which("systemctl"):
        command = ["systemctl", "disable", "--quiet", daemon]
        subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - our own command


def _is_debian() -> bool:
    try:
        release = platform.freedesktop_os_release()
    except OSError:  # no such file: some other system
        return False
    return bool({"debian", "ubuntu"} & {release.get("ID", ""), *release.get("ID_LIKE", "").split()})


@contextmanager
def _no_daemons() -> Iterator[None]:
    """Debian asks this file before it starts a service; one that somebody else put there is left as it is."""
    ours = not POLICY.exists() or POLICY.read_text() == POLICY_TEXT
    if ours:
        POLICY.write_text(POLICY_TEXT)
        POLICY.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            POLICY.unlink(missing_ok=True)


def _apt(*arguments: str) -> None:
    command = ["apt-get", "-qq", *arguments]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(  # noqa: S603 - our own command
            command,
            env=environment,
            check=False,
            text=True,
            timeout=INSTALL_TIMEOUT_SECONDS,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except subprocess.TimeoutExpired:  # a mirror that hangs must not hang the start for ever
        raise Problem(f"`{' '.join(command)}` took longer than {INSTALL_TIMEOUT_SECONDS} s. Run it by hand.") from None
    if done.returncode:
        said = [line for line in done.stdout.splitlines() if line.strip()]
        raise Problem(f"`{' '.join(command)}` failed with exit code {done.returncode}.", *said[-5:])
