"""What is scraped in earnest, against what alerts and dashboard name."""

import json
import shutil
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import missing
from tests.containers.installation import FILE, REPLICAS, Installation
from tests.k8s import expressions
from tests.services import free_ports

PORTS = {"auth": 8001, "chat": 8001, "rabbitmq": 15692}
PROMETHEUS = {"up"}  # its own word on each scrape
SCRAPE = """
import sys, urllib.request
print(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/metrics").read().decode())
"""
WAIT_SECONDS = 60.0
# As prom/prometheus has it, where that can't be had.
IMAGE = """
FROM python:3.13-slim
COPY prometheus /bin/prometheus
RUN install -d -o 65534 -g 65534 /prometheus
"""
ENDS = {"histogram": ("_bucket", "_count", "_sum"), "summary": ("_count", "_sum")}


def test_every_metric_that_is_named_is_served(installation: Installation) -> None:
    served = {name for service in PORTS for name in scraped(installation, service)}
    named = {name for _, expression in expressions.written() for name in expressions.names(expression)}
    assert len(named) > 20
    assert named - expressions.recorded() - PROMETHEUS - served == set()


@pytest.mark.parametrize("service", ["auth", "chat"])
def test_a_service_measures_itself(installation: Installation, service: str) -> None:
    assert {"process_cpu_seconds_total", "parley_loop_lag_seconds_bucket", "parley_http_requests_total"} <= scraped(
        installation, service
    )


@pytest.fixture
def prometheus(installation: Installation, tmp_path: Path) -> Iterator[str]:
    """What docker-compose.monitoring.yml starts, with this machine's Prometheus in the image; its address."""
    program = shutil.which("prometheus")
    if program is None:
        missing("prometheus is not installed")
    image = f"{installation.project}-prometheus"
    shutil.copy(program, tmp_path / "prometheus")
    (tmp_path / "Dockerfile").write_text(IMAGE)
    installation.command("docker", "build", "--quiet", "--tag", image, str(tmp_path))
    faster = (expressions.MONITORING / "prometheus.yml").read_text().replace("15s", "1s")
    (tmp_path / "prometheus.yml").write_text(faster)
    (port,) = free_ports(1)
    told = {
        "COMPOSE_FILE": f"{FILE}:docker-compose.monitoring.yml",
        "PARLEY_PROMETHEUS_IMAGE": image,
        "PARLEY_PROMETHEUS_CONFIG": str(tmp_path / "prometheus.yml"),
        "PARLEY_PROMETHEUS_PORT": str(port),
    }
    with installation.told(told):
        installation.command("docker", "compose", "up", "--detach", "prometheus")
        yield f"http://127.0.0.1:{port}"
        installation.command("docker", "compose", "rm", "--stop", "--force", "prometheus")
    installation.command("docker", "volume", "rm", f"{installation.project}_prometheus")
    installation.command("docker", "image", "rm", "--force", image)


def test_prometheus_finds_everybody_and_understands_every_rule(prometheus: str) -> None:
    def ask(what: str) -> Any:
        with urllib.request.urlopen(f"{prometheus}/api/v1/{what}") as answer:  # noqa: S310 - http, our own
            return json.load(answer)["data"]

    everybody = {"auth": 1, "chat": REPLICAS, "rabbitmq": 1}
    deadline = time.monotonic() + WAIT_SECONDS
    up: dict[str, int] = {}
    while up != everybody:
        assert time.monotonic() < deadline, up
        time.sleep(0.5)
        try:
            counted = ask("query?query=sum%20by%20(job)%20(up)")["result"]
        except OSError:  # it does not listen yet
            continue
        up = {str(one["metric"]["job"]): int(one["value"][1]) for one in counted}
    while True:
        rules = [rule for group in ask("rules")["groups"] for rule in group["rules"]]
        if "ParleyDown" not in [rule["name"] for rule in rules if rule.get("alerts")]:
            break  # until they are evaluated again it is pending: at first there was nobody
        assert time.monotonic() < deadline, rules
        time.sleep(0.5)
    assert {rule["name"] for rule in rules} == {rule.get("alert") or rule["record"] for rule in expressions.rules()}
    found = {one["metric"]["job"] for one in ask("query?query=up%7Bfound_by%3D%22dns%22%7D")["result"]}
    assert found == {"auth", "chat"}  # ParleyReplicaMissing asks for it
    assert not [rule["lastError"] for rule in rules if rule.get("lastError")]


def scraped(installation: Installation, service: str) -> set[str]:
    container = installation.container_ids(service)[0]
    lines = installation.python_beside(container, SCRAPE, str(PORTS[service])).splitlines()
    kinds = [line.split()[2:4] for line in lines if line.startswith("# TYPE ")]
    return {name + end for name, kind in kinds for end in ENDS.get(kind, ("",))}
