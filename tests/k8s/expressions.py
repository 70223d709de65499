"""What alerts, dashboard and autoscaler ask Prometheus, and which metrics that names."""

import json
from collections.abc import Iterator
from typing import Any

import promql_parser
import yaml

from tests.k8s import rendered

MONITORING = rendered.K8S / "monitoring"
INTERVAL = "1m"  # what Grafana puts in the place of $__rate_interval

Rule = dict[str, Any]


def rules() -> list[Rule]:
    groups = yaml.safe_load((MONITORING / "rules.yaml").read_text())["spec"]["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alerts() -> list[Rule]:
    return [rule for rule in rules() if "alert" in rule]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((MONITORING / "dashboard.json").read_text())["panels"]
    return found


def written() -> Iterator[tuple[str, str]]:
    """Each with where it stands."""
    for rule in rules():
        yield rule.get("alert") or rule["record"], rule["expr"]
    for panel in panels():
        for target in panel["targets"]:
            yield panel["title"], target["expr"].replace("$__rate_interval", INTERVAL)
    adapter = yaml.safe_load((rendered.K8S / "scale-on-connections" / "adapter.yaml").read_text())
    for rule in adapter["rules"]["custom"]:
        yield "adapter", rule["seriesQuery"]


def names(expression: str) -> set[str]:
    """Every metric of an expression, by its syntax tree."""
    return set(_names(promql_parser.parse(expression)))


def recorded() -> set[str]:
    return {rule["record"] for rule in rules() if "record" in rule}


def _names(expression: object) -> Iterator[str]:
    if isinstance(expression, promql_parser.VectorSelector):
        assert expression.name, "a selector without a metric's name"
        yield expression.name
        return
    for part in ("lhs", "rhs", "expr", "param", "vector_selector"):
        if (below := getattr(expression, part, None)) is not None:
            yield from _names(below)
    for argument in getattr(expression, "args", []):
        yield from _names(argument)
