"""What every scoring explainer offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from interpret_widget.errors import InvalidInputError, ModelCallError
from interpret_widget.explanation.ranked import checked_top_k

from .forms import Answer, Form
from .inputs import Inputs, InputSchema
from .reasons import Scored, frame, records


class Columns(Protocol):
    """Makes the model's columns of checked rows."""

    def apply(self, inputs: Inputs, schema: InputSchema) -> np.ndarray:
        """The columns (n_rows, n_columns)."""
        ...


@dataclass(frozen=True)
class About:
    """What is known of the model.

    Attributes
    ----------
    title : str
        Of the model, for people.
    task : {"binary", "multiclass", "regression"}
    output_names : tuple of str
    class_values : tuple or None
        Labels of the classes.
    unit : str
        Of scores, base values and contributions.
    answer : {"identity", "logistic", "softmax", "exp"}
        How predictions follow from scores.
    has_probabilities : bool
    takes_gaps : bool
        Whether the model itself takes columns without a number.
    threshold : float or None
        Of the second class's probability, where it is not one half.
    method, background, reason : str
        As of the explanation.
    engineered_names : tuple of str or None
        The model's columns, where they are not the user's.
    versions : mapping of str to str
        Of the libraries at hand when it was made.
    """

    title: str
    task: Literal["binary", "multiclass", "regression"]
    output_names: tuple[str, ...]
    class_values: tuple[Any, ...] | None
    unit: str
    answer: Answer
    has_probabilities: bool
    takes_gaps: bool
    threshold: float | None
    method: str
    background: str
    reason: str
    engineered_names: tuple[str, ...] | None
    versions: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Parts:
    """A model taken apart: the rows that it takes, what makes its columns, what adds up."""

    schema: InputSchema
    about: About
    columns: Columns
    form: Form


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows: values (n, m, k), base values (k,), scores and answers (n, k), the model's columns."""

    values: np.ndarray
    base: np.ndarray
    scores: np.ndarray
    answers: np.ndarray
    Z: np.ndarray | None


class ScoringExplainer(ABC):
    """Predictions with reasons, for use at inference.

    Made by `TabularExplainer.for_scoring`, kept by `save`, read by `load`.

    Attributes
    ----------
    schema : InputSchema
        The columns that rows must have.
    about : About
        What is known of the model.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from interpret_widget import TabularExplainer
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> scorer = TabularExplainer(Ridge().fit(X, y), X).for_scoring()
    >>> scorer.explain(X[:1], top_k=2)["feature"].tolist()
    ['bmi', 's5', 'all others']
    """

    schema: InputSchema
    about: About
    _precision = 1e-6  # relative residual that rounding explains

    @property
    @abstractmethod
    def is_self_contained(self) -> bool:
        """Whether it needs neither the model nor the library that trained it."""

    @property
    def task(self) -> str:
        """``"binary"``, ``"multiclass"`` or ``"regression"``."""
        return self.about.task

    @property
    def output_names(self) -> tuple[str, ...]:
        """One for each class, or the names of the targets."""
        return self.about.output_names

    @property
    def class_values(self) -> tuple[Any, ...] | None:
        """Labels of the classes; None for regression."""
        return self.about.class_values

    @property
    def unit(self) -> str:
        """Of scores, base values and contributions."""
        return self.about.unit

    @property
    def reason(self) -> str:
        """Why this route, and what it needs."""
        return self.about.reason

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The user's columns."""
        return self.schema.names

    def explain(self, X: Any, top_k: int | None = None, level: str = "raw", *, output: Any = None) -> Any:
        """Predictions with ranked reasons.

        Parameters
        ----------
        X : DataFrame, list of dict, dict, Series, or array (n_rows, n_columns)
            Rows; columns in any order where they have names.
        top_k : int, optional
            How many of the strongest features to name; the others share a line "all others", so that lines
            add up. All by default.
        level : {"raw", "engineered"}
            The user's columns, or those of the model.
        output : str or label, optional
            The class or target to explain: by default the second of two classes, the predicted one of
            several, or the only target.

        Returns
        -------
        pandas.DataFrame
            A line for each row and feature: ``row`` (its label), ``prediction``, ``probability`` (where the
            model has them), ``output``, ``score``, ``base_value``, ``rank``, ``feature``, ``value``,
            ``contribution``. In each row ``base_value + contribution.sum() == score``, in the unit
            ``frame.attrs["unit"]``.

        Raises
        ------
        InvalidInputError
            Rows, ``top_k``, ``level`` or ``output`` that do not fit.
        """
        k = checked_top_k(top_k)
        return frame(self._scored(X, level, output), k, self.unit)

    def records(
        self, X: Any, top_k: int | None = None, level: str = "raw", *, output: Any = None
    ) -> list[dict[str, Any]]:
        """The same for machines; parameters as in `explain`.

        Returns
        -------
        list of dict
            One for each row: ``prediction``, ``probability`` (None without), ``output``, ``score``,
            ``base_value`` and ``reasons``, a list of ``{"feature", "value", "contribution"}``.
        """
        k = checked_top_k(top_k)
        return records(self._scored(X, level, output), k)

    def predict(self, X: Any) -> np.ndarray:
        """Labels (n_rows,), or numbers (n_rows,) or (n_rows, n_targets)."""
        answers = self._answers(self.schema.read(X))
        return np.asarray(self._labels(answers)) if self.task != "regression" else _flat(answers)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities (n_rows, n_classes).

        Raises
        ------
        InvalidInputError
            The model has none.
        """
        if not self.about.has_probabilities:
            raise InvalidInputError(f"{self.about.title} has no probabilities; predict is to be had")
        return np.asarray(np.clip(self._answers(self.schema.read(X)), 0.0, 1.0))

    @abstractmethod
    def save(self, path: str | Path) -> Path:
        """Keep it in a folder of JSON and plain arrays with checksums.

        Parameters
        ----------
        path : str or Path
            A new or empty folder, or one that holds a scoring explainer already.

        Returns
        -------
        Path
        """

    @classmethod
    def load(
        cls, path: str | Path, *, model: Any = None, transformations: Any = None, trusted: Sequence[str] = ()
    ) -> ScoringExplainer:
        """Read what `save` wrote; no code in the files is run.

        Parameters
        ----------
        path : str or Path
        model : estimator, optional
            Where it needs the model (`KernelScoringExplainer`).
        transformations : transformer, optional
            As the explainer was made with, where it needs the model.
        trusted : sequence of str
            Types of a preprocessing that skops may load beside those that it knows.

        Raises
        ------
        InvalidInputError
            Another folder, files that are missing, changed or of a later version, or types that are not
            trusted.
        """
        from .storage import load

        return load(path, model=model, transformations=transformations, trusted=trusted)

    @abstractmethod
    def _blocks(self, inputs: Inputs, is_raw: bool) -> Iterator[Block]:
        """The rows, some at a time."""

    @abstractmethod
    def _answers(self, inputs: Inputs) -> np.ndarray:
        """What the model predicts (n_rows, n_outputs)."""

    def _scored(self, X: Any, level: str, output: Any) -> Scored:
        if level not in ("raw", "engineered"):
            raise InvalidInputError(f"level={level!r} is neither 'raw' nor 'engineered'")
        chosen = self._chosen(output)
        inputs = self.schema.read(X)
        is_raw = level == "raw" or self.about.engineered_names is None
        contributions, base_values, scores, answers, picked, columns = [], [], [], [], [], []
        for block in self._blocks(inputs, is_raw):
            values, base, sums, said, Z = block.values, block.base, block.scores, block.answers, block.Z
            off = np.abs(base + values.sum(axis=1) - sums).max(initial=0.0)
            largest = max(1.0, float(np.abs(values).sum(axis=1).max(initial=0.0)), float(np.abs(sums).max()))
            if not off <= self._precision * largest:
                raise ModelCallError(
                    f"contributions of {self.about.title} do not add up to its score (off by {off:.2g}); "
                    "they are withheld"
                )
            of = said.argmax(axis=1) if chosen is None else np.full(len(sums), chosen)
            rows = np.arange(len(sums))
            contributions.append(values[rows, :, of])
            base_values.append(np.broadcast_to(base, sums.shape)[rows, of])
            scores.append(sums[rows, of])
            answers.append(said)
            picked.append(of)
            columns.append(Z)
        said, of = _joined(answers), _joined(picked)
        has = self.about.has_probabilities
        engineered = None if is_raw else _joined([each for each in columns if each is not None])

        def value(row: int, j: int) -> Any:
            if engineered is None:
                return self.schema.value(inputs, row, j)
            number = float(engineered[row, j])
            return None if number != number else number

        return Scored(
            inputs.index,
            self.schema.names if is_raw else self.about.engineered_names or (),
            value,
            _joined(contributions),
            _joined(base_values),
            _joined(scores),
            [self.output_names[at] for at in of.tolist()],
            self._labels(said) if self.task != "regression" else _taken(said, of).tolist(),
            np.clip(_taken(said, of), 0.0, 1.0) if has else None,
        )

    def _labels(self, answers: np.ndarray) -> list[Any]:
        values = self.class_values
        assert values is not None
        at = answers.argmax(axis=1)
        if self.about.threshold is not None:
            at = (answers[:, 1] >= self.about.threshold).astype(np.intp)
        return [values[each] for each in at.tolist()]

    def _chosen(self, output: Any) -> int | None:
        """Position of the output that is explained; None for the predicted one."""
        names, values = self.output_names, self.class_values or ()
        if output is None:
            if self.task == "multiclass":
                return None
            if self.task == "binary" or len(names) == 1:
                return len(names) - 1
            raise InvalidInputError(f"output is not given; the model has {', '.join(map(repr, names))}")
        if output in names:
            return names.index(output)
        if output in values:
            return list(values).index(output)
        raise InvalidInputError(f"output={output!r} is not one of {', '.join(map(repr, names))}")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.about.title}, {len(self.schema)} columns, {self.about.task})"


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _taken(table: np.ndarray, of: np.ndarray) -> np.ndarray:
    return np.asarray(table[np.arange(len(table)), of])


def _flat(answers: np.ndarray) -> np.ndarray:
    return answers[:, 0] if answers.shape[1] == 1 else answers
