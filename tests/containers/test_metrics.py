"""What is scraped in earnest, against what alerts and dashboard name."""

import pytest

from tests.containers.installation import Installation
from tests.k8s import expressions

pytestmark = pytest.mark.timeout(400)

PORTS = {"auth": 8001, "chat": 8001, "rabbitmq": 15692}
PROMETHEUS = {"up"}  # its own word on each scrape
SCRAPE = """
import sys, urllib.request
print(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/metrics").read().decode())
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


def scraped(installation: Installation, service: str) -> set[str]:
    container = installation.container_ids(service)[0]
    lines = installation.python_beside(container, SCRAPE, str(PORTS[service])).splitlines()
    kinds = [line.split()[2:4] for line in lines if line.startswith("# TYPE ")]
    return {name + end for name, kind in kinds for end in ENDS.get(kind, ("",))}
