"""Answers about a run of training: one row through its rounds, and two of its rounds compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from interpret_widget.training.recorder import Recorder
from interpret_widget.training.recording import Record

from . import checks

_STRONGEST = 8  # features of a row that are followed
_FLIPS = 10  # rows that are listed


def row_through_rounds(recorder: Recorder, record: Record, params: Mapping[str, Any]) -> dict[str, Any]:
    """``RowThroughRounds`` of ``js/src/protocol.ts``.

    Parameters
    ----------
    recorder : Recorder
    record : Record
        The run.
    params : mapping
        ``row`` and ``output``.
    """
    row = checks.position("row", params.get("row", 0), recorder.data.n_rows)
    rounds, values, margins = recorder.row(record, row)
    output, sign = _output_of(int(params.get("output", 0)), int(values.shape[2]))
    strength = np.abs(values[:, :, output]).max(axis=0)
    top = np.argsort(-strength)[:_STRONGEST]
    return {
        "label": str(recorder.data.labels([row])[0]),
        "rounds": np.asarray(rounds, dtype=np.int32),
        "prediction": sign * margins[:, output],
        "features": top.astype(np.int32),
        "values": (sign * values[:, top, output]).astype(np.float32),
    }


def rounds_compared(recorder: Recorder, record: Record, params: Mapping[str, Any]) -> dict[str, Any]:
    """``RoundsCompared`` of ``js/src/protocol.ts``.

    Parameters
    ----------
    recorder : Recorder
    record : Record
        The run.
    params : mapping
        Rounds ``a`` and ``b``, and ``output``.
    """
    a, b = (record.position(int(params[name])) for name in ("a", "b"))
    output = _output_of(int(params.get("output", 0)), len(record.importance[0]))[0]
    before, after = record.margins[a], record.margins[b]
    rows = np.flatnonzero(_decided(before, record) != _decided(after, record))
    return {
        "before": record.importance[a][output],
        "after": record.importance[b][output],
        "flipped": len(rows),
        "rows": rows[:_FLIPS].astype(np.int32),
        "labels": recorder.data.labels(rows[:_FLIPS].tolist()),
        "n_rows": len(before),
    }


def _output_of(output: int, n_recorded: int) -> tuple[int, float]:
    """Position among the recorded outputs, and the sign: of two classes the second is recorded."""
    if n_recorded == 1:
        return 0, -1.0 if output == 0 else 1.0
    return min(max(output, 0), n_recorded - 1), 1.0


def _decided(margins: np.ndarray, record: Record) -> np.ndarray:
    """The class decided for, or for numbers the side of their median."""
    if margins.shape[1] > 1:
        return np.asarray(margins.argmax(axis=1))
    threshold = 0.0
    if record.library is not None and not record.library.is_classifier:
        threshold = float(np.median(record.margins[-1]))
    elif record.library is not None and record.library.link == "identity":
        threshold = 0.5
    return np.asarray(margins[:, 0] > threshold)
