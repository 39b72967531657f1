"""What the page is told of training: all recorded rounds, as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from interpret_widget.training.recorder import Recorder
from interpret_widget.training.recording import Record
from interpret_widget.training.remarks import remarks_on

from . import codec

_TOLD = 1_500  # rounds of a run


def flight_of(
    recorder: Recorder,
    *,
    active: int,
    shown: int | None,
    compared: int | None,
    can_stop: bool,
    seq: int,
) -> dict[str, Any]:
    """The state of the flight recorder; see ``docs/protocol.md``.

    Of long runs so many rounds are told as a chart has room for, with those that are shown among them.
    """
    run = recorder.runs[active] if recorder.runs else None
    names = recorder.data.names
    return {
        "seq": seq,
        "active": active,
        "shown": shown,
        "runs": [_run(each, len(names), shown, compared) for each in recorder.runs],
        "remarks": [
            {"kind": each.kind, "round": each.round, "text": each.text, "feature": each.feature}
            for each in (remarks_on(run, names) if run is not None else [])
        ],
        "can_stop": can_stop,
        "blocking": run is not None and not run.is_over and not can_stop,
        "error": recorder.error,
    }


def _run(record: Record, n_features: int, shown: int | None, compared: int | None) -> dict[str, Any]:
    best = record.best()
    at = record.spread(_TOLD, shown, compared, best)
    rounds = [record.rounds[position] for position in at]
    importance = np.zeros((0, 1, n_features), dtype=np.float32)
    if len(at):
        importance = np.stack([record.importance[position] for position in at])
    return {
        "name": record.name,
        "state": record.state,
        "message": record.message,
        "best": best,
        "seconds": round(record.seconds, 1),
        "rounds": codec.encode(np.asarray(rounds, dtype=np.int32)),
        "importance": codec.encode(importance),
        "metrics": [
            {
                "name": each.name,
                "set": each.data,
                "metric": each.metric,
                "higher_is_better": each.higher_is_better,
                "values": codec.encode(
                    np.array([each.values.get(at, np.nan) for at in rounds], dtype=np.float64)
                ),
            }
            for each in list(record.metrics.values())
        ],
    }
