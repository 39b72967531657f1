"""One face over models: a task, named outputs, and predictions of a known shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from interpret_widget.errors import (
    InterpretWidgetError,
    InvalidInputError,
    ModelCallError,
)
from interpret_widget.tabular.dataset import Dataset

from .asking import Way, way_of
from .feed import Feed, fed
from .feeding import choose_feed, refuse_columns
from .names import output_names, title_of

Task = Literal["binary", "multiclass", "regression"]


@dataclass(frozen=True, eq=False)
class ModelAdapter:
    """A model that can be asked; build one with `adapt`.

    Attributes
    ----------
    model : object
        The user's model.
    task : {"binary", "multiclass", "regression"}
        What it predicts.
    output_names : tuple of str
        One per class (binary: two), or the name of the target.
    has_probabilities : bool
        Whether `predict` gives probabilities; else decision values or predictions.
    class_values : tuple or None
        Original class labels by output.
    answer : {"probability", "decision", "prediction"}
        What `predict` gives.
    """

    model: Any
    task: Task
    output_names: tuple[str, ...]
    has_probabilities: bool
    class_values: tuple[Any, ...] | None = None
    answer: Literal["probability", "decision", "prediction"] = "prediction"
    _ask: Callable[[Any], np.ndarray] = field(default=np.asarray, repr=False)
    _feed: Feed = field(default="native", repr=False)
    _names_in: tuple[Any, ...] | None = field(default=None, repr=False)

    @property
    def n_outputs(self) -> int:
        """Number of outputs."""
        return len(self.output_names)

    @property
    def title(self) -> str:
        """Name of the model for people: ``"LGBMClassifier"``."""
        return title_of(self.model)

    def predict(self, X: Any) -> np.ndarray:
        """Ask the model.

        Parameters
        ----------
        X : Dataset or table (n, n_columns)
            Rows in the type of the data that the adapter was made with.

        Returns
        -------
        ndarray of float64 (n, n_outputs)
            Probabilities, else decision values, else predictions. Classifiers have one output per class;
            binary decision values are ``[-d, d]``.

        Raises
        ------
        ModelCallError
            The model raised, or its answer has a wrong shape or missing values.
        """
        native = X.native if isinstance(X, Dataset) else X
        n = int(native.shape[0])
        if n == 0:
            return np.empty((0, self.n_outputs))
        out = _called(self._ask, fed(native, self._feed, self._names_in), self.title)
        return _checked(out, n, self.n_outputs, self.title)


def adapt(
    model: Any,
    data: Dataset,
    *,
    classes: Sequence[Any] | None = None,
    task: Task | None = None,
) -> ModelAdapter:
    """Find out what a model predicts, and how to ask it.

    Parameters
    ----------
    model : estimator, pipeline, booster or callable
        Anything with ``predict_proba``, ``decision_function`` or ``predict``, a native booster, or a
        function of a table.
    data : Dataset
        Rows as the model takes them; a few of them are asked at once.
    classes : sequence, optional
        Names of the classes for people, in the order of ``classes_``.
    task : {"binary", "multiclass", "regression"}, optional
        Needed only where the model does not say, such as a function that returns one probability.

    Raises
    ------
    InvalidInputError
        Not fitted, columns that the model does not know, or wrong ``classes``.
    UnsupportedModelError
        Nothing to ask.
    ModelCallError
        The model raised or answered nonsense on rows of ``data``.
    """
    if task not in (None, "binary", "multiclass", "regression"):
        raise InvalidInputError(f'task={task!r} is not "binary", "multiclass" or "regression"')
    if data.n_rows == 0:
        raise InvalidInputError(
            "data has no rows; the model must be asked about some to learn what it answers"
        )
    title = title_of(model)
    way = way_of(model, task)
    refuse_columns(way.source, data, title)
    # A function's answers are all there is to tell what they mean: ask for more of them.
    n_asked = min(256 if way.is_open else 8, data.n_rows)
    rows = data.take(np.unique(np.linspace(0, data.n_rows - 1, n_asked).astype(np.intp)))
    feed, names_in, first = choose_feed(way, rows, title)
    found, values, answer = _settle(way, first, task, classes, title)
    if found == "regression":
        names = _target_names(values.shape[1], classes)
    else:
        names = output_names(way.class_values, values.shape[1], classes)
    adapter = ModelAdapter(
        model,
        found,
        names,
        answer == "probability",
        way.class_values if found != "regression" else None,
        answer,
        _shaper(way, found, answer == "probability", title),
        feed,
        names_in,
    )
    _checked(values, rows.n_rows, len(names), title)
    return adapter


def _shaper(way: Way, task: Task, is_probability: bool, title: str) -> Callable[[Any], np.ndarray]:
    def ask(native: Any) -> np.ndarray:
        out = shaped(way.ask(native), task, is_probability)
        if way.is_open and is_probability and out.size and not (out.min() >= -1e-6 and out.max() <= 1 + 1e-6):
            worst = float(out[np.isfinite(out)].max(initial=0.0))
            raise ModelCallError(
                f"{title} answered probabilities when it was first asked, and now {worst:.6g}; "
                'return probabilities only, or pass task="regression" to explain the numbers as they are'
            )
        return out

    return ask


def shaped(answer: Any, task: Task, is_probability: bool) -> np.ndarray:
    """An answer as (n, n_outputs): the second class of two is spelled out into both."""
    out = np.asarray(answer)
    if out.ndim == 1:
        out = out.reshape(-1, 1)
    if task == "binary" and out.ndim == 2 and out.shape[1] == 1:
        out = np.hstack([1.0 - out if is_probability else -out, out])
    return out.astype(np.float64, copy=False)


def _settle(
    way: Way, first: Any, task: Task | None, classes: Sequence[Any] | None, title: str
) -> tuple[Task, np.ndarray, Literal["probability", "decision", "prediction"]]:
    """Task, values and meaning of the answer to the first rows."""
    raw = np.asarray(first)
    if raw.ndim == 0 or raw.ndim > 2 or raw.dtype.kind not in "fiub":
        raise ModelCallError(
            f"{title} answered an array of shape {raw.shape} and dtype {raw.dtype}; "
            "it must be numbers, one or several for each row"
        )
    width = 1 if raw.ndim == 1 else raw.shape[1]
    if not way.is_open:
        found: Task = way.task or "regression"
        return found, shaped(raw, found, way.answer == "probability"), way.answer
    # A function that does not say what it predicts.
    adds_up = bool(width > 1 and np.all(raw >= 0) and np.allclose(raw.sum(axis=1), 1.0, atol=1e-4))
    within = bool(np.all((raw >= 0) & (raw <= 1)))
    found = task or _guess(width, adds_up, classes)
    if found == "regression":
        return found, shaped(raw, found, False), "prediction"
    is_probability = adds_up or (width == 1 and within)
    return found, shaped(raw, found, is_probability), "probability" if is_probability else "decision"


def _guess(width: int, adds_up: bool, classes: Sequence[Any] | None) -> Task:
    if width == 1:
        return "binary" if classes is not None and len(classes) == 2 else "regression"
    if adds_up or (classes is not None and len(classes) == width):
        return "binary" if width == 2 else "multiclass"
    return "regression"


def _target_names(n_outputs: int, classes: Sequence[Any] | None) -> tuple[str, ...]:
    if classes is not None and len(classes) != n_outputs:
        raise InvalidInputError(
            f"classes has {len(classes)} names, but the model predicts {n_outputs} number(s) and no classes; "
            "leave classes out, or pass task= where the model is a classifier"
        )
    if classes is not None:
        return tuple(map(str, classes))
    return ("prediction",) if n_outputs == 1 else tuple(f"prediction {k}" for k in range(n_outputs))


def _called(ask: Callable[[Any], Any], native: Any, title: str) -> Any:
    try:
        return ask(native)
    except InterpretWidgetError:
        raise
    except Exception as error:
        raise ModelCallError(f"{title} raised {type(error).__name__}: {error}") from error


def _checked(out: np.ndarray, n: int, n_outputs: int, title: str) -> np.ndarray:
    if out.shape != (n, n_outputs):
        raise ModelCallError(f"{title} answered shape {out.shape} for {n} rows; ({n}, {n_outputs}) is due")
    if not np.isfinite(out).all():
        row = int(np.flatnonzero(~np.isfinite(out).all(axis=1))[0])
        raise ModelCallError(
            f"{title} answered {out[row].tolist()} for row {row}; every answer must be a finite number"
        )
    return out
