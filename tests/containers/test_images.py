"""What is in our images, and what is not."""

import json
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.containers.installation import IMAGES, Installation

ROOT = Path(__file__).parents[2]
SERVICES = {"auth": "auth_service", "chat": "chat_service"}
OWN_LAYERS_MAX_BYTES = 120_000_000  # on top of the base image
BUILD_TOOLS = ("gcc", "cc", "g++", "c++", "ld", "make", "cmake", "cargo", "git", "pip", "pip3", "uv", "curl", "wget")
WAIT_SECONDS = 30.0  # of which Docker waits five before it asks the first time
POLL_SECONDS = 0.2
LABEL = "org.opencontainers.image."


@pytest.fixture(params=IMAGES)
def image(request: pytest.FixtureRequest, installation: Installation) -> str:
    """One of those that the installation built."""
    return installation.image(request.param)


def test_an_image_says_what_it_is_and_how_it_stops(installation: Installation, image: str) -> None:
    told = config(installation, image)
    labels = {name.removeprefix(LABEL): value for name, value in told["Labels"].items() if name.startswith(LABEL)}
    assert labels["title"].lower() == image.partition(":")[0].replace("/", " ")
    assert labels["version"] == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert labels["licenses"] == "MIT"
    assert {"description", "vendor", "revision"} <= labels.keys()
    assert told["StopSignal"] == "SIGTERM"


def test_an_image_runs_as_nobody_of_name_or_rights(installation: Installation, image: str) -> None:
    assert config(installation, image)["User"] == "10001:10001"
    assert inside(installation, image, "id -u; id -g").split() == ["10001", "10001"]


def test_an_image_has_nothing_to_build_or_fetch_with(installation: Installation, image: str) -> None:
    looked_for = f"for tool in {' '.join(BUILD_TOOLS)}; do command -v $tool; done; python -m pip --version; true"
    assert inside(installation, image, f"({looked_for}) 2>/dev/null") == ""


def test_nothing_in_an_image_gives_its_caller_another_user(installation: Installation, image: str) -> None:
    ours = inside(installation, image, "find /opt/parley /app -perm /6000 -o -perm -0002 ! -type l")
    assert ours == ""


@pytest.mark.parametrize(("name", "package"), SERVICES.items())
def test_a_service_has_its_own_code_and_what_all_share_and_no_more(
    installation: Installation, name: str, package: str
) -> None:
    assert set(installation.inside(name, "ls", "/app").split()) == {package, "chassis"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_knows_by_itself_whether_it_is_well(installation: Installation, name: str) -> None:
    told = config(installation, installation.image(name))
    assert told["Healthcheck"]["Test"] == ["CMD", "python", "-m", "chassis.probe"]
    deadline = time.monotonic() + WAIT_SECONDS  # it may have been started for another test just now
    while {one["State"]["Health"]["Status"] for one in installation.inspect(name)} != {"healthy"}:
        assert time.monotonic() < deadline
        time.sleep(POLL_SECONDS)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_turns_on_the_fast_loop(installation: Installation, name: str) -> None:
    assert "uvloop/loop." in installation.inside(name, "cat", "/proc/1/maps")


def test_what_an_image_adds_to_its_base_is_small(installation: Installation, image: str) -> None:
    base = json.loads(installation.command("docker", "image", "inspect", "python:3.13-slim"))[0]["Size"]
    whole = json.loads(installation.command("docker", "image", "inspect", image))[0]["Size"]
    assert whole - base < OWN_LAYERS_MAX_BYTES


def test_every_stage_begins_at_the_one_base_image() -> None:
    stages = [line.split() for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("FROM ")]
    names = {stage[-1] for stage in stages}
    assert {stage[1] for stage in stages} - names == {"python:3.13-slim"}


def config(installation: Installation, image: str) -> dict[str, Any]:
    (found,) = json.loads(installation.command("docker", "image", "inspect", image))
    told: dict[str, Any] = found["Config"]
    return told


def inside(installation: Installation, image: str, script: str) -> str:
    return installation.command("docker", "run", "--rm", "--network", "none", "--entrypoint", "sh", image, "-c", script)
