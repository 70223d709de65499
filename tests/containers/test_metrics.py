"""What is scraped in earnest, against what alerts and dashboard name."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import missing
from tests.containers.installation import REPLICAS, Installation
from tests.k8s import expressions

PORTS = {"auth": 8001, "chat": 8001, "rabbitmq": 15692}
PROMETHEUS = {"up"}  # its own word on each scrape
SCRAPE = """
import sys, urllib.request
print(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/metrics").read().decode())
"""
WAIT_SECONDS = 60.0
ASK = """
import sys, urllib.request
print(urllib.request.urlopen(f"http://127.0.0.1:9090/api/v1/{sys.argv[1]}").read().decode())
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
    """This machine's Prometheus with the committed files, in a container that reaches services and broker."""
    program = shutil.which("prometheus")
    if program is None:
        missing("prometheus is not installed")
    faster = (expressions.MONITORING / "prometheus.yml").read_text().replace("15s", "1s")
    (tmp_path / "prometheus.yml").write_text(faster)
    rules = yaml.safe_load((expressions.MONITORING / "rules.yaml").read_text())["spec"]
    (tmp_path / "parley.rules.yml").write_text(yaml.safe_dump(rules))
    tmp_path.chmod(0o755)
    mounts = ("-v", f"{program}:/prometheus:ro", "-v", f"{tmp_path}:/etc/prometheus:ro")
    started = ("/prometheus", "--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/tmp/prometheus")
    network = ("--network", f"{installation.project}_services")
    container = installation.command("docker", "run", "-d", *network, *mounts, "python:3.13-slim", *started).strip()
    installation.command("docker", "network", "connect", f"{installation.project}_broker", container)
    yield container
    installation.command("docker", "rm", "--force", container)


def test_prometheus_finds_everybody_and_understands_every_rule(installation: Installation, prometheus: str) -> None:
    def ask(what: str) -> Any:
        said = installation.command("docker", "exec", prometheus, "python", "-c", ASK, what)
        return json.loads(said)["data"]

    everybody = {"auth": 1, "chat": REPLICAS, "rabbitmq": 1}
    deadline = time.monotonic() + WAIT_SECONDS
    up: dict[str, int] = {}
    while up != everybody:
        assert time.monotonic() < deadline, up
        time.sleep(0.5)
        try:
            counted = ask("query?query=sum%20by%20(job)%20(up)")["result"]
        except RuntimeError:  # it does not listen yet
            continue
        up = {str(one["metric"]["job"]): int(one["value"][1]) for one in counted}
    while True:
        rules = [rule for group in ask("rules")["groups"] for rule in group["rules"]]
        if "ParleyDown" not in [rule["name"] for rule in rules if rule.get("alerts")]:
            break  # until they are evaluated again it is pending: at first there was nobody
        assert time.monotonic() < deadline, rules
        time.sleep(0.5)
    assert {rule["name"] for rule in rules} == {rule.get("alert") or rule["record"] for rule in expressions.rules()}
    assert not [rule["lastError"] for rule in rules if rule.get("lastError")]


def scraped(installation: Installation, service: str) -> set[str]:
    container = installation.container_ids(service)[0]
    lines = installation.python_beside(container, SCRAPE, str(PORTS[service])).splitlines()
    kinds = [line.split()[2:4] for line in lines if line.startswith("# TYPE ")]
    return {name + end for name, kind in kinds for end in ENDS.get(kind, ("",))}
