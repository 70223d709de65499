"""Alerts and dashboard: they parse, name only metrics that somebody has, and every alert is explained."""

import re

import prometheus_client
import pytest
import yaml

import auth_service.metrics
import chassis.metrics
import chat_service.metrics
from tests.k8s import expressions, rendered

OPERATIONS = rendered.ROOT / "docs" / "operations-kubernetes.md"
SEVERITIES = {"page", "ticket"}

# Of RabbitMQ's plugin rabbitmq_prometheus, as it names them since 3.8.
RABBITMQ = {
    "rabbitmq_alarms_memory_used_watermark",
    "rabbitmq_alarms_free_disk_space_watermark",
    "rabbitmq_connections",
    "rabbitmq_queue_messages_ready",
}
PROMETHEUS = {"up"}  # its own word on each scrape


@pytest.mark.parametrize(("where", "expression"), list(expressions.written()))
def test_an_expression_parses_and_names_only_metrics_that_exist(where: str, expression: str) -> None:
    assert expressions.names(expression) <= _served() | RABBITMQ | PROMETHEUS | expressions.recorded(), where


def test_every_alert_says_how_urgent_and_what() -> None:
    for alert in expressions.alerts():
        assert alert["labels"]["severity"] in SEVERITIES, alert["alert"]
        assert alert["annotations"]["summary"], alert["alert"]


def test_operations_explains_every_alert_and_no_other() -> None:
    explained = re.findall(r"^### (Parley\w+)$", OPERATIONS.read_text(), re.MULTILINE)
    assert explained == [alert["alert"] for alert in expressions.alerts()]


def test_panels_fit_beside_each_other() -> None:
    cells: set[tuple[int, int]] = set()
    for panel in expressions.panels():
        place = panel["gridPos"]
        covered = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not covered & cells, panel["title"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        cells |= covered
    assert len({panel["id"] for panel in expressions.panels()}) == len(expressions.panels()) >= 12


def test_every_monitor_finds_a_port_to_scrape() -> None:
    services = rendered.objects("production", "Service")
    for monitor in rendered.objects("production", "ServiceMonitor"):
        for endpoint in monitor["spec"]["endpoints"]:
            assert endpoint["path"] == "/metrics"
            names = {service["metadata"]["name"] for service in services if _selected(monitor, service)}
            if monitor["metadata"]["name"] == "rabbitmq":
                continue  # the operator makes that Service, with a port `prometheus`
            assert names == {"auth", "chat"}
            for service in services:
                if service["metadata"]["name"] in names:
                    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}


def test_prometheus_without_kubernetes_scrapes_the_same() -> None:
    jobs = yaml.safe_load((expressions.MONITORING / "prometheus.yml").read_text())["scrape_configs"]
    scraped = {job["job_name"]: {target["port"] for target in job["dns_sd_configs"]} for job in jobs}
    assert scraped == {"auth": {8001}, "chat": {8001}, "rabbitmq": {15692}}


def _served() -> set[str]:
    """What a service answers at /metrics: these modules register there, and the client its own process's."""
    assert auth_service.metrics.REFRESH_REUSED
    assert chassis.metrics.HTTP_REQUESTS
    assert chat_service.metrics.CONNECTIONS
    lines = prometheus_client.generate_latest().decode().splitlines()
    declared = [line.split()[2:4] for line in lines if line.startswith("# TYPE ")]
    ends = {"histogram": ["_bucket", "_count", "_sum"], "summary": ["_count", "_sum"]}
    return {name + end for name, kind in declared for end in ends.get(kind, [""])}


def _selected(monitor: rendered.Object, service: rendered.Object) -> bool:
    selector, labels = monitor["spec"]["selector"], service["metadata"].get("labels", {})
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        labels.get(one["key"]) in one["values"] for one in selector.get("matchExpressions", [])
    )
