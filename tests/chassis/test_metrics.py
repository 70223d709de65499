import re

import prometheus_client
import pytest
from prometheus_client.metrics_core import Metric

from chassis import metrics

BASE_UNITS = ("_seconds", "_bytes", "_requests")


def families() -> list[Metric]:
    own = (metrics.HTTP_REQUESTS, metrics.HTTP_SECONDS, metrics.LOOP_LAG_SECONDS)
    return [family for metric in own for family in metric.collect()]


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
def test_names_say_whose_it_is_and_in_which_unit(family: Metric) -> None:
    assert re.fullmatch(r"parley_[a-z_]+", family.name)
    assert family.name.endswith(BASE_UNITS)
    assert family.documentation


def test_a_request_counts_once_for_its_route_method_and_status() -> None:
    metrics.HTTP_REQUESTS.labels("a-route", "GET", 200).inc()
    exposed = prometheus_client.generate_latest().decode()
    assert 'parley_http_requests_total{method="GET",route="a-route",status="200"} 1.0\n' in exposed


def test_times_are_kept_by_route_alone() -> None:
    metrics.HTTP_SECONDS.labels("a-timed-route").observe(0.003)
    exposed = prometheus_client.generate_latest().decode()
    assert 'parley_http_request_seconds_count{route="a-timed-route"} 1.0\n' in exposed
