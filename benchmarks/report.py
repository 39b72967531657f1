"""From measurements to a table that a README can quote."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

PACKAGES = (
    "interpret-widget",
    "jupyterlab",
    "anywidget",
    "shap",
    "scikit-learn",
    "lightgbm",
    "pandas",
    "numpy",
)


@dataclass(frozen=True)
class Line:
    """One row of the table: what was measured, the numbers, and the bounds they should keep."""

    what: str
    samples: tuple[float, ...]
    unit: str
    must: str
    limit: float
    aim: str = ""
    statistic: str = "median"
    peers: str = ""

    @property
    def value(self) -> float:
        return quantile(self.samples, 0.95) if self.statistic == "p95" else statistics.median(self.samples)

    @property
    def met(self) -> bool:
        return self.value <= self.limit

    @property
    def text(self) -> str:
        main = f"{formatted(self.value)} {self.unit}"
        if self.statistic == "p95":
            return f"p50 {formatted(quantile(self.samples, 0.5))}, p95 {main} (n = {len(self.samples)})"
        if len(self.samples) > 1:
            return f"{main} ({formatted(min(self.samples))} to {formatted(max(self.samples))})"
        return main


def quantile(samples: Sequence[float], share: float) -> float:
    """Nearest-rank quantile: a value that really occurred."""
    ranked = sorted(samples)
    return ranked[min(len(ranked) - 1, max(0, round(share * len(ranked) + 0.5) - 1))]


def formatted(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def versions(chromium: str) -> str:
    parts = [f"{name} {version(name)}" for name in PACKAGES]
    return ", ".join([f"Python {platform.python_version()}", f"Chromium {chromium}", *parts])


def page(lines: Sequence[Line], software: str) -> str:
    """Return RESULTS.md."""
    rows = [
        f"| {line.what} | **{line.text}** | {line.must} | {line.aim} | {'yes' if line.met else '**no**'} "
        f"| {line.peers} |"
        for line in lines
    ]
    return "\n".join(
        [
            "# How fast",
            "",
            "Measured by `make bench` in a real JupyterLab and a headless Chromium without a GPU, on "
            f"{os.cpu_count()} cores. Times are on the page's own clock, from the command that runs the cell "
            "or the input event to the frame that shows the answer. First shows are medians over fresh "
            "kernels and pages (smallest to largest).",
            "",
            "| what | measured | must | aim | met | peers |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
            "Peers are published or reproduced figures for the same table on the same class of machine: "
            "raiwidgets 0.36, explainerdashboard 0.5.8, shapash 2.10.",
            "",
            software + ".",
            "",
        ]
    )
