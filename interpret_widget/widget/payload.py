"""From an explanation to what a page gets at once: a schema, and arrays of a sample of rows.

Importances, histograms and densities are computed from all rows; points are drawn for a sample whose size
keeps the whole below 2 MB. Names and shapes are those of ``Payload`` in ``js/src/protocol.ts``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from interpret_widget._version import __version__
from interpret_widget.explanation import Explanation, summary

from . import judging
from .features import feature_infos, has_order

#: Bytes of the first payload, schema included.
BUDGET = 2_000_000
_FEWEST_ROWS = 100
_BINS = 96
#: The worst and the least certain rows that are always among the points.
_ALWAYS = 20


@dataclass(frozen=True, eq=False)
class Prepared:
    """What a page needs to start.

    Attributes
    ----------
    schema : dict
        JSON-safe description (``Schema`` in ``js/src/protocol.ts``).
    payload : dict of str to ndarray
        The default output's arrays on all levels.
    rows : ndarray of uint32
        Positions of the sampled rows, increasing.
    output_payload : callable
        ``(output, level)`` to the arrays of another output.
    """

    schema: dict[str, Any]
    payload: dict[str, np.ndarray]
    rows: np.ndarray
    output_payload: Callable[[int, str], dict[str, np.ndarray]]


def prepare(
    explanation: Explanation,
    *,
    title: str,
    max_points: int,
    random_state: int,
    has_model: bool,
    model_note: str | None,
    budget: int = BUDGET,
) -> Prepared:
    """Prepare the first payload.

    Parameters
    ----------
    explanation : Explanation
        Of any size; its engineered level goes along.
    title : str
        Top left.
    max_points : int
        Most rows drawn as points.
    random_state : int
        Seed of the sample.
    has_model, model_note
        Whether what-if questions can be answered, and why not.
    budget : int
        Bytes that the first payload may take.
    """
    levels = _levels(explanation)
    infos = {
        name: feature_infos(each.data, explanation.lineage, is_raw=name == "raw")
        for name, each in levels.items()
    }
    outcomes = judging.outcome_codes(explanation)
    rows = drawn_rows(explanation, outcomes, _affordable(levels, infos, budget, max_points), random_state)
    output = explanation.default_output
    payload: dict[str, np.ndarray] = {"rows": rows.astype(np.uint32)}
    if explanation.predictions is not None:
        payload["predictions"] = np.asarray(explanation.predictions[rows], dtype=np.float64)
    if explanation.probabilities is not None:
        payload["probabilities"] = np.asarray(explanation.probabilities[rows], dtype=np.float64)
    if explanation.model_answers is not None:
        payload["model_answers"] = np.asarray(explanation.model_answers[rows], dtype=np.float64)
    if explanation.local_r2 is not None:
        payload["local_r2"] = np.asarray(explanation.local_r2[rows], dtype=np.float64)
    if outcomes is not None:
        payload["outcomes"] = outcomes[rows]
    for name, each in levels.items():
        payload |= _of_level(each, name, rows)
        payload |= of_output(each, name, output, rows, random_state)
    schema = _schema(explanation, levels, infos, rows, title, random_state)
    schema |= {"has_model": has_model, "has_truth": outcomes is not None, "model_note": model_note}
    return Prepared(schema, payload, rows, partial(_further, levels, rows, random_state))


def _further(
    levels: dict[str, Explanation], rows: np.ndarray, random_state: int, output: int, level: str
) -> dict[str, np.ndarray]:
    return of_output(levels[level], level, output, rows, random_state)


def drawn_rows(
    explanation: Explanation, outcomes: np.ndarray | None, size: int, random_state: int
) -> np.ndarray:
    """Positions of the rows to draw, increasing: first, worst, least certain, and a random sample.

    The worst errors are looked for by everyone, and must not be missing from the picture.
    """
    n = explanation.n_rows
    if n <= size:
        return np.arange(n)
    keep = {0}
    shown = judging.shown_predictions(explanation)
    if shown is not None and size > 3 * _ALWAYS:
        rule: dict[str, Any] = {
            "task": explanation.task,
            "has_probabilities": explanation.probabilities is not None,
            "threshold": 0.5,
        }
        keys = []
        if outcomes is not None:
            found = judging.errors(shown, outcomes, output=explanation.default_output, **rule)
            keys.append(np.where(np.isnan(found), -np.inf, np.abs(found)))
        if explanation.task != "regression":
            keys.append(judging.uncertainty(shown, **rule))
        for key in keys:
            keep.update(np.argpartition(-key, _ALWAYS)[:_ALWAYS].tolist())
    fixed = np.fromiter(keep, dtype=np.intp)
    # A few more than are needed, so that those drawn twice are made up for.
    some = np.random.default_rng(random_state).choice(n, size, replace=False, shuffle=True)
    rest = some[~np.isin(some, fixed)][: size - len(fixed)]
    return np.sort(np.concatenate([fixed, rest]))


def of_output(
    explanation: Explanation, level: str, output: int, rows: np.ndarray, random_state: int
) -> dict[str, np.ndarray]:
    """The arrays that belong to one output."""
    values, data = explanation.values[:, :, output], explanation.data
    codes = data.codes()
    counts, shade, span = summary.density(values, codes, _BINS)
    # Codes of unordered levels are no heights.
    shade[[not has_order(column) for column in data.schema]] = np.nan
    interaction = summary.strongest_interaction(
        explanation.values,
        codes,
        output,
        discrete=[column.is_discrete for column in data.schema],
        random_state=random_state,
    )
    arrays = {
        f"{level}/values/{output}": np.asarray(values[rows].T, dtype=np.float32),
        f"{level}/density/{output}": counts,
        f"{level}/density_x/{output}": shade,
        f"{level}/density_range/{output}": np.asarray(span, dtype=np.float64),
        f"{level}/interaction/{output}": interaction.astype(np.int32),
    }
    if explanation.std_errors is not None:
        spread = explanation.std_errors[rows, :, output].T
        arrays[f"{level}/std_errors/{output}"] = np.asarray(spread, dtype=np.float32)
    return arrays


def _of_level(explanation: Explanation, level: str, rows: np.ndarray) -> dict[str, np.ndarray]:
    codes = explanation.data.codes()
    return {
        f"{level}/x": np.asarray(codes[rows].T, dtype=np.float32),
        f"{level}/importance": np.asarray(explanation.importance, dtype=np.float64),
        f"{level}/importance_error": np.asarray(explanation.importance_error, dtype=np.float64),
    }


def _levels(explanation: Explanation) -> dict[str, Explanation]:
    if not explanation.is_raw:
        return {"engineered": explanation}
    engineered = explanation.engineered
    return {"raw": explanation} if engineered is None else {"raw": explanation, "engineered": engineered}


def _affordable(
    levels: dict[str, Explanation], infos: dict[str, list[dict[str, Any]]], budget: int, most: int
) -> int:
    """Rows whose points fit into the budget beside what does not depend on them."""
    any_level = next(iter(levels.values()))
    k = any_level.n_outputs
    fixed, per_row = 4_000, 4 + 16 * k + 8 + 24  # position, predictions, probabilities, outcome, label
    for name, each in levels.items():
        p = each.n_features
        fixed += _text_size(infos[name]) + p * (8 * _BINS + 16 * k + 4)
        per_row += p * (12 if each.std_errors is not None else 8)
    return int(min(most, max(_FEWEST_ROWS, (budget - fixed) // per_row)))


def _text_size(infos: list[dict[str, Any]]) -> int:
    """Bytes of the descriptions as JSON, near enough."""
    size = 0
    for info in infos:
        histogram = info["histogram"]
        size += 160 + 2 * len(info["name"]) + 20 * len(histogram["edges"]) + 8 * len(histogram["counts"])
        size += sum(len(label) + 4 for label in info["categories"] or ())
        size += 6 * (len(info["parents"]) + len(info["children"]))
    return size


def _schema(
    explanation: Explanation,
    levels: dict[str, Explanation],
    infos: dict[str, list[dict[str, Any]]],
    rows: np.ndarray,
    title: str,
    random_state: int,
) -> dict[str, Any]:
    base = explanation.base_probabilities
    return {
        "version": 1,
        "package_version": __version__,
        "title": title,
        "task": explanation.task,
        "n_rows": explanation.n_rows,
        "n_sampled": len(rows),
        "seed": random_state,
        "output_names": list(explanation.output_names),
        "output_space": explanation.output_space,
        "unit": explanation.unit,
        "truth": {name: _truth(levels[name]) if name in levels else None for name in ("raw", "engineered")},
        "levels": list(levels),
        "features": {name: infos.get(name, []) for name in ("raw", "engineered")},
        "base_values": {
            name: _floats(levels[name].base_values) if name in levels else []
            for name in ("raw", "engineered")
        },
        "base_probabilities": None if base is None else _floats(base),
        "row_labels": explanation.data.labels(rows),
        "changes": None,
        "outcome_names": None if explanation.outcome_names is None else list(explanation.outcome_names),
    }


def _truth(explanation: Explanation) -> dict[str, Any]:
    return {
        "exact": explanation.exact,
        "method": explanation.method,
        "reason": explanation.reason,
        "residual": explanation.residual,
        "background": explanation.background,
        "seconds": explanation.provenance.seconds,
        "notes": list(explanation.notes),
        "fidelity": None if explanation.fidelity is None else explanation.fidelity.facts(),
    }


def _floats(numbers: Sequence[float] | np.ndarray) -> list[float]:
    return [float(number) for number in numbers]
