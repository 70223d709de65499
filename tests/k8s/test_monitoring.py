"""Alerts and dashboard: they parse, name only metrics that somebody has, and every alert is explained."""

import json
import re
from collections.abc import Iterator
from typing import Any

import prometheus_client
import promql_parser
import pytest
import yaml

import chassis.metrics
import chat_service.metrics
from tests.k8s import rendered

MONITORING = rendered.K8S / "monitoring"
OPERATIONS = rendered.ROOT / "docs" / "operations-kubernetes.md"
SEVERITIES = {"page", "ticket"}
INTERVAL = "1m"  # what Grafana puts in the place of $__rate_interval

# Of RabbitMQ's plugin rabbitmq_prometheus, as it names them since 3.8.
RABBITMQ = {
    "rabbitmq_alarms_memory_used_watermark",
    "rabbitmq_alarms_free_disk_space_watermark",
    "rabbitmq_connections",
    "rabbitmq_queue_messages_ready",
}
PROMETHEUS = {"up"}  # its own word on each scrape

Rule = dict[str, Any]


def rules() -> list[Rule]:
    groups = yaml.safe_load((MONITORING / "rules.yaml").read_text())["spec"]["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alerts() -> list[Rule]:
    return [rule for rule in rules() if "alert" in rule]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((MONITORING / "dashboard.json").read_text())["panels"]
    return found


def expressions() -> Iterator[tuple[str, str]]:
    for rule in rules():
        yield rule.get("alert") or rule["record"], rule["expr"]
    for panel in panels():
        for target in panel["targets"]:
            yield panel["title"], target["expr"].replace("$__rate_interval", INTERVAL)
    adapter = yaml.safe_load((rendered.K8S / "scale-on-connections" / "adapter.yaml").read_text())
    for rule in adapter["rules"]["custom"]:
        yield "adapter", rule["seriesQuery"]


@pytest.mark.parametrize(("where", "expression"), list(expressions()))
def test_an_expression_parses_and_names_only_metrics_that_exist(where: str, expression: str) -> None:
    assert set(_names(promql_parser.parse(expression))) <= _served() | RABBITMQ | PROMETHEUS | _recorded(), where


def test_every_alert_says_how_urgent_and_what() -> None:
    for alert in alerts():
        assert alert["labels"]["severity"] in SEVERITIES, alert["alert"]
        assert alert["annotations"]["summary"], alert["alert"]


def test_operations_explains_every_alert_and_no_other() -> None:
    explained = re.findall(r"^### (Parley\w+)$", OPERATIONS.read_text(), re.MULTILINE)
    assert explained == [alert["alert"] for alert in alerts()]


def test_panels_fit_beside_each_other() -> None:
    cells: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        covered = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not covered & cells, panel["title"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        cells |= covered
    assert len({panel["id"] for panel in panels()}) == len(panels()) >= 12


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
    jobs = yaml.safe_load((MONITORING / "prometheus.yml").read_text())["scrape_configs"]
    scraped = {job["job_name"]: {target["port"] for target in job["dns_sd_configs"]} for job in jobs}
    assert scraped == {"auth": {8001}, "chat": {8001}, "rabbitmq": {15692}}


def _names(expression: object) -> Iterator[str]:
    """Every metric of an expression, by its syntax tree."""
    if isinstance(expression, promql_parser.VectorSelector):
        assert expression.name, "a selector without a metric's name"
        yield expression.name
        return
    for part in ("lhs", "rhs", "expr", "param", "vector_selector"):
        if (below := getattr(expression, part, None)) is not None:
            yield from _names(below)
    for argument in getattr(expression, "args", []):
        yield from _names(argument)


def _served() -> set[str]:
    """What a service answers at /metrics: both modules register there, and the client its own process's."""
    assert chassis.metrics.HTTP_REQUESTS
    assert chat_service.metrics.CONNECTIONS
    lines = prometheus_client.generate_latest().decode().splitlines()
    declared = [line.split()[2:4] for line in lines if line.startswith("# TYPE ")]
    ends = {"histogram": ["_bucket", "_count", "_sum"], "summary": ["_count", "_sum"]}
    return {name + end for name, kind in declared for end in ends.get(kind, [""])}


def _recorded() -> set[str]:
    return {rule["record"] for rule in rules() if "record" in rule}


def _selected(monitor: rendered.Object, service: rendered.Object) -> bool:
    selector, labels = monitor["spec"]["selector"], service["metadata"].get("labels", {})
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        labels.get(one["key"]) in one["values"] for one in selector.get("matchExpressions", [])
    )
