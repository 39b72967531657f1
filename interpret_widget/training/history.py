"""Recorded rounds as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .recording import Record


def history_of(runs: Sequence[Record], names: Sequence[str]) -> Any:
    """One row per recorded round: run, round, metrics, and the importance of each feature (a frame)."""
    import pandas as pd

    frames = []
    for record in runs:
        # A training thread may be in the middle of a round.
        n = min(len(record.rounds), len(record.importance))
        if not n:
            continue
        rounds = record.rounds[:n]
        columns: dict[str, Any] = {"run": record.name, "round": rounds}
        for metric in list(record.metrics.values()):
            columns[metric.name] = [metric.values.get(at, np.nan) for at in rounds]
        importance = np.stack(record.importance[:n]).mean(axis=1)
        columns.update({name: importance[:, at] for at, name in enumerate(names)})
        frames.append(pd.DataFrame(columns))
    if not frames:
        return pd.DataFrame(columns=["run", "round", *names])
    return pd.concat(frames, ignore_index=True)
