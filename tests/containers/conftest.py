"""The whole of docker-compose.yml, once for all tests here together."""

import subprocess
from collections.abc import Iterator

import pytest

from tests.conftest import missing
from tests.containers.installation import Installation


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    """Parley as `docker compose up` runs it, from scratch. Skips, or fails, where there is no Docker."""
    try:
        for asked in (["docker", "info"], ["docker", "compose", "version"]):
            subprocess.run(asked, capture_output=True, check=True, timeout=30)  # noqa: S603 - our own commands
    except (OSError, subprocess.SubprocessError) as reason:  # not installed, not running, or too old
        missing(f"Docker with Compose can't be had: {reason}")
    with Installation().running() as running:
        yield running
