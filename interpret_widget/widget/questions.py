"""Answers to the questions of a page: what is stored, or what the explainer and the model say anew."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from interpret_widget.errors import CancelledError, InvalidInputError
from interpret_widget.explanation import Explanation
from interpret_widget.models import ModelAdapter
from interpret_widget.tabular import Dataset

from . import judging
from .counterfactual import alternatives, nearest_other
from .effects import Effects, partial_dependence
from .protocol import RefusedError
from .rows import RowTable
from .rpc import Method

_Progress = Callable[[int, int], None]


class Questions:
    """What a page may ask about one explanation.

    Parameters
    ----------
    explanation : Explanation
        On the level of the user's columns where it has them.
    explainer : Explainer or None
        Explains edited rows.
    adapter : ModelAdapter or None
        Predicts edited rows.
    threshold : callable
        The present one of the dashboard.
    output_payload : callable
        ``(output, level)`` to arrays.
    lock : lock
        Held while the model is asked: users call it from other threads too.
    original : ModelAdapter, optional
        The model that an explained surrogate stands for.
    """

    def __init__(
        self,
        explanation: Explanation,
        *,
        explainer: Any,
        adapter: ModelAdapter | None,
        threshold: Callable[[], float],
        output_payload: Callable[[int, str], dict[str, np.ndarray]],
        lock: Any,
        original: ModelAdapter | None = None,
    ) -> None:
        self._original = original
        self._explanation = explanation
        self._explainer = explainer
        self._adapter = adapter
        self._threshold = threshold
        self._output_payload = output_payload
        self._lock = lock
        self._outcomes = judging.outcome_codes(explanation)
        self._table = RowTable(explanation)
        self._effects = None if adapter is None else Effects(adapter, explanation.data)

    def methods(self) -> dict[str, Method]:
        """By their names on the wire."""
        return {
            "explain_row": self._explain_row,
            "predict": self._predict,
            "partial_dependence": self._partial_dependence,
            "rows": self._rows,
            "output_payload": self._output,
            "counterfactual": self._counterfactual,
            "counterfactuals": self._counterfactuals,
        }

    # -- methods -----------------------------------------------------------------------------------------

    def _explain_row(
        self, params: Mapping[str, Any], token: threading.Event, progress: _Progress
    ) -> dict[str, Any]:
        started = time.perf_counter()
        row, edits = self._row(params), self._edits(params)
        level = str(params.get("level", "raw" if self._explanation.is_raw else "engineered"))
        if not edits:
            stored = _on_level(self._explanation, level)
            known = self._explanation.model_answers
            said = None if known is None else known[row].tolist()
            return {
                **self._as_reply(stored, row, stored.data, row, level, row, started),
                "model_answer": said,
            }
        edited = self._explanation.data.edited(row, edits)
        if self._explainer is None:
            return self._predicted_only(edited, row, level, started)
        with self._lock:
            anew = self._explainer.explain_row(edited)
            said = None if self._original is None else self._original.predict(edited)[0].tolist()
        found = _on_level(anew, level)
        return {**self._as_reply(found, 0, found.data, 0, level, row, started), "model_answer": said}

    def _predict(
        self, params: Mapping[str, Any], token: threading.Event, progress: _Progress
    ) -> dict[str, Any]:
        started = time.perf_counter()
        adapter = self._model()
        edited = self._explanation.data.edited(self._row(params), self._edits(params))
        with self._lock:
            shown = adapter.predict(edited)[0]
        return {**self._shown_as(shown), "seconds": time.perf_counter() - started}

    def _partial_dependence(
        self, params: Mapping[str, Any], token: threading.Event, progress: _Progress
    ) -> dict[str, Any]:
        started = time.perf_counter()
        self._model()
        data = self._explanation.data
        feature = str(params.get("feature"))
        data.schema.position(feature)
        output = self._explanation.output_position(params.get("output"))
        edited = data.edited(self._row(params), self._edits(params))
        assert self._effects is not None  # there is a model
        with self._lock:
            curves = partial_dependence(self._effects, edited, feature, output, token)
        return {**curves, "seconds": time.perf_counter() - started}

    def _rows(self, params: Mapping[str, Any], token: threading.Event, progress: _Progress) -> dict[str, Any]:
        return self._table.page(params, self._threshold())

    def _output(
        self, params: Mapping[str, Any], token: threading.Event, progress: _Progress
    ) -> dict[str, np.ndarray]:
        level = str(params.get("level"))
        _on_level(self._explanation, level)
        return self._output_payload(self._explanation.output_position(params.get("output")), level)

    def _counterfactual(
        self, params: Mapping[str, Any], token: threading.Event, progress: _Progress
    ) -> dict[str, Any]:
        adapter = self._model()
        with self._lock:
            found = nearest_other(
                self._explanation,
                adapter=adapter,
                row=self._row(params),
                output=self._explanation.output_position(params.get("output")),
                threshold=self._threshold(),
                cancel=token,
            )
        return {
            "row": found.row,
            "label": found.label,
            "edits": dict(found.edits),
            "prediction": list(found.prediction),
            "probability": None if found.probability is None else list(found.probability),
        }

    def _counterfactuals(
        self, params: Mapping[str, Any], token: threading.Event, progress: _Progress
    ) -> dict[str, Any]:
        adapter = self._model()
        desired, fixed, most = params.get("desired"), params.get("fixed") or [], params.get("max_changes")
        if not isinstance(fixed, list) or not all(isinstance(name, str) for name in fixed):
            raise RefusedError("bad_request", f"fixed={fixed!r} is not a list of features")

        def tick(done: int, total: int) -> None:
            if token.is_set():
                raise CancelledError("the search was cancelled")
            progress(done, total)

        with self._lock:
            return alternatives(
                self._explanation,
                adapter=adapter,
                row=self._row(params),
                desired=None if desired is None else str(desired),
                threshold=self._threshold(),
                fixed=fixed,
                max_changes=most,
                tick=tick,
            )

    # -- parts -------------------------------------------------------------------------------------------

    def _row(self, params: Mapping[str, Any]) -> int:
        row = params.get("row")
        n = self._explanation.n_rows
        if not isinstance(row, int) or isinstance(row, bool) or not 0 <= row < n:
            raise RefusedError("bad_request", f"row={row!r} is out of range; there are rows 0 to {n - 1}")
        return row

    def _edits(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        edits = params.get("edits") or {}
        if not isinstance(edits, Mapping):
            raise RefusedError("bad_request", f"edits={edits!r} is not a dict of feature: value")
        return edits

    def _model(self) -> ModelAdapter:
        if self._adapter is None:
            raise RefusedError(
                "no_model",
                "What-if needs the model.",
                "Give it: ExplanationDashboard(explanation, model).",
            )
        return self._adapter

    def _as_reply(
        self, found: Explanation, at: int, data: Dataset, data_at: int, level: str, row: int, started: float
    ) -> dict[str, Any]:
        """One row of an explanation as the page takes it."""
        one = data.take([data_at])
        predictions = found.predictions
        total = found.values[at].sum(axis=0, dtype=np.float64) + found.base_values
        prediction = total if predictions is None else predictions[at]
        return {
            "row": row,
            "label": self._explanation.data.labels([row])[0],
            "level": level,
            "base_values": found.base_values.tolist(),
            "values": np.asarray(found.values[at].T, dtype=np.float64),
            "std_errors": None
            if found.std_errors is None
            else np.asarray(found.std_errors[at].T, dtype=np.float64),
            "x": np.asarray(one.codes()[0], dtype=np.float64),
            "x_text": [one.text(0, j) for j in range(one.n_columns)],
            "prediction": prediction.tolist(),
            "probability": None if found.probabilities is None else found.probabilities[at].tolist(),
            "outcome": None if self._outcomes is None else self._outcomes[row],
            "exact": found.exact,
            "residual": None
            if predictions is None
            else float(np.max(np.abs(total - prediction), initial=0.0)),
            "seconds": time.perf_counter() - started,
        }

    def _predicted_only(self, edited: Dataset, row: int, level: str, started: float) -> dict[str, Any]:
        """Where nobody can explain the edited row: its prediction, and no contributions."""
        adapter = self._model()
        with self._lock:
            shown = adapter.predict(edited)[0]
        explanation = self._explanation
        return {
            **self._shown_as(shown),
            "model_answer": None,
            "row": row,
            "label": explanation.data.labels([row])[0],
            "level": level,
            "base_values": explanation.base_values.tolist(),
            "values": np.full((explanation.n_outputs, explanation.n_features), np.nan),
            "std_errors": None,
            "x": np.asarray(edited.codes()[0], dtype=np.float64),
            "x_text": [edited.text(0, j) for j in range(edited.n_columns)],
            "outcome": None if self._outcomes is None else self._outcomes[row],
            "exact": False,
            "residual": None,
            "seconds": time.perf_counter() - started,
        }

    def _shown_as(self, shown: np.ndarray) -> dict[str, Any]:
        """The model's answer as prediction (in the space of the values, unknown else) and probability."""
        assert self._adapter is not None  # it has just answered
        if not self._adapter.has_probabilities:
            return {"prediction": shown.tolist(), "probability": None}
        space = self._explanation.output_space
        prediction = np.full(len(shown), np.nan)
        if space == "probability":
            prediction = shown
        elif space == "log-odds" and self._explanation.task == "binary":
            with np.errstate(divide="ignore"):
                prediction = np.log(shown) - np.log1p(-shown)
        return {"prediction": prediction.tolist(), "probability": shown.tolist()}


def _on_level(explanation: Explanation, level: str) -> Explanation:
    if level == ("raw" if explanation.is_raw else "engineered"):
        return explanation
    if level == "engineered" and explanation.engineered is not None:
        return explanation.engineered
    raise InvalidInputError(f"level={level!r} is not there; the explanation has no such features")
