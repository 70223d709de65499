"""Figures: how they are named, printed and kept."""

import sys
from collections.abc import Sequence

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """One measured value; `baseline` is what it is compared with, measured in the same run."""

    scenario: str
    measure: str
    value: float
    unit: str
    baseline: float | None = None


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that `share` of all samples don't exceed (nearest rank); samples need not be sorted."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def report(figures: Sequence[Figure]) -> None:
    """JSON lines on standard output, a table for people on standard error."""
    for figure in figures:
        print(msgspec.json.encode(figure).decode())
    for figure in figures:
        ratio = f"  {figure.value / figure.baseline:6.2f} x baseline {figure.baseline:,.1f}" if figure.baseline else ""
        print(
            f"{figure.scenario:12} {figure.measure:44} {figure.value:14,.1f} {figure.unit:16}{ratio}", file=sys.stderr
        )
