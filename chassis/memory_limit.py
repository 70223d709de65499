"""How much memory this process may have, so that an alert can tell how near it is to that, whoever set it."""

import math
from pathlib import Path

from chassis import metrics

CGROUP = Path("/sys/fs/cgroup")  # in a container: its own
FILES = ("memory.max", "memory/memory.limit_in_bytes")  # of cgroup 2 and of cgroup 1


def tell() -> None:
    """As a metric. It does not change while a container runs."""
    metrics.MEMORY_LIMIT_BYTES.set(read(CGROUP))


def read(folder: Path) -> float:
    """In bytes: infinity where there is no limit. Version 1 then has a number that no machine reaches."""
    for name in FILES:
        try:
            text = (folder / name).read_text().strip()
        except OSError:  # the other version, or a kernel without
            continue
        return math.inf if text == "max" else float(text)
    return math.inf
