"""The limit as both versions of Linux's control groups tell it."""

import math
from pathlib import Path

import prometheus_client
import pytest

from chassis import memory_limit


@pytest.mark.parametrize(
    ("file", "text", "limit"),
    [
        ("memory.max", "536870912\n", 536870912),
        ("memory.max", "max\n", math.inf),
        ("memory/memory.limit_in_bytes", "536870912\n", 536870912),
    ],
)
def test_the_limit_is_read_from_whichever_version_there_is(tmp_path: Path, file: str, text: str, limit: float) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    assert memory_limit.read(tmp_path) == limit


def test_without_control_groups_there_is_no_limit(tmp_path: Path) -> None:
    assert memory_limit.read(tmp_path) == math.inf


def test_the_limit_is_told_as_a_metric() -> None:
    memory_limit.tell()
    told = prometheus_client.REGISTRY.get_sample_value("parley_memory_limit_bytes")
    assert told == memory_limit.read(memory_limit.CGROUP)
