"""Figures: how they are named, printed and kept."""

import sys
from collections.abc import Sequence

import msgspec


class Figure(msgspec.Struct, frozen=True, omit_defaults=True):
    """One measured value.

    `baseline` is what it is compared with, measured in the same run; `least` and `most` are what is asked for.
    """

    scenario: str
    measure: str
    value: float
    unit: str
    baseline: float | None = None
    least: float | None = None
    most: float | None = None

    @property
    def met(self) -> bool:
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that `share` of all samples don't exceed (nearest rank); samples need not be sorted."""
    if not samples:
        return float("nan")
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def report(figures: Sequence[Figure]) -> None:
    """JSON lines on standard output, a table for people on standard error."""
    for figure in figures:
        print(msgspec.json.encode(figure).decode(), flush=True)
    for figure in figures:
        ratio = f"  {figure.value / figure.baseline:.2f} x {figure.baseline:,.1f}" if figure.baseline else ""
        print(
            f"{figure.scenario:30} {figure.measure:38} {figure.value:12,.1f} {figure.unit:14}{_goal(figure)}{ratio}",
            file=sys.stderr,
            flush=True,
        )


def _goal(figure: Figure) -> str:
    if figure.least is None and figure.most is None:
        return ""
    goal = f">= {figure.least:,.0f}" if figure.least is not None else f"<= {figure.most:,.1f}"
    return f"  {goal} {'met' if figure.met else 'MISSED'}"
