"""A surrogate is fitted to what a model answers, and explained exactly in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from interpret_widget.arguments import whole_number
from interpret_widget.errors import InvalidInputError, UnsupportedModelError
from interpret_widget.explainers.base import Cancel, Progress, ticking
from interpret_widget.explainers.problem import Problem, pose
from interpret_widget.explainers.tabular import TabularExplainer
from interpret_widget.explanation import Explanation
from interpret_widget.explanation.fidelity import Fidelity, measured
from interpret_widget.models.pipeline import is_pipeline
from interpret_widget.tabular import Dataset
from interpret_widget.tabular.lineage import stack
from interpret_widget.tabular.numbers import Columns

from .explainable import ExplainableModel
from .teaching import fit, hybrids, lesson

_HELD_OUT = 0.2
_FEWEST = 20  # rows of which a fifth can be kept apart


class MimicExplainer:
    """Explain any model by a surrogate that imitates it; what it says holds as far as the surrogate does.

    Parameters
    ----------
    model : estimator, Pipeline, booster or callable
        A fitted model of raw columns, or, with ``transformations``, of engineered ones.
    initialization_examples : table (n_rows, n_columns)
        Raw rows to learn the model's answers on; a fifth is kept apart to measure how well that went.
    explainable_model : type
        `LGBMExplainableModel`, `LinearExplainableModel`, `SGDExplainableModel` or
        `DecisionTreeExplainableModel`.
    explainable_model_args : dict, optional
        For the surrogate's estimator.
    augment_data : bool, default True
        Learn on hybrids of rows as well, where there are fewer than 5,000.
    max_num_of_augmentations : int, default 10
        Times as many hybrids as there are rows, at most.
    features, classes, transformations, random_state
        As in `TabularExplainer`.

    Attributes
    ----------
    fidelity : Fidelity
        How well the surrogate stands for the model, on rows kept apart.
    surrogate : estimator
        On the columns of the model's own preprocessing where it has one, else on raw columns as numbers.

    Raises
    ------
    InvalidInputError
        Arguments that do not fit.
    UnsupportedModelError
        A model that predicts several numbers at once.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.neural_network import MLPRegressor
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = MLPRegressor(random_state=0, max_iter=50).fit(X, y)
    >>> mimic = MimicExplainer(model, X, LinearExplainableModel)
    >>> mimic.explain_global(X[:10]).method
    'mimic'
    """

    def __init__(
        self,
        model: Any,
        initialization_examples: Any,
        explainable_model: type[ExplainableModel],
        *,
        explainable_model_args: dict[str, Any] | None = None,
        augment_data: bool = True,
        max_num_of_augmentations: int = 10,
        features: Sequence[Any] | None = None,
        classes: Sequence[Any] | None = None,
        transformations: Any = None,
        random_state: int = 0,
        progress: Progress | None = None,
        cancel: Cancel = None,
    ) -> None:
        if not isinstance(explainable_model, type) or not issubclass(explainable_model, ExplainableModel):
            raise InvalidInputError(
                f"explainable_model={explainable_model!r} is not one of LGBMExplainableModel, "
                "LinearExplainableModel, SGDExplainableModel and DecisionTreeExplainableModel"
            )
        most = max_num_of_augmentations
        whole_number("max_num_of_augmentations", most, 0)
        tick = ticking(progress, cancel)
        tick(0, 3)
        self._problem = pose(
            model,
            initialization_examples,
            features=features,
            classes=classes,
            transformations=transformations,
            random_state=random_state,
        )
        adapter, data = self._problem.adapter, self._problem.background
        if adapter.task == "regression" and adapter.n_outputs > 1:
            raise UnsupportedModelError(
                f"{self._problem.title} predicts {adapter.n_outputs} numbers at once; imitate them one by "
                "one, with functions that return one of them"
            )
        self._kind = explainable_model
        self._arguments = dict(explainable_model_args or {})
        self._front = _front(self._problem, model, transformations, explainable_model)
        answers = lesson(adapter, data)
        more = hybrids(data, most, random_state) if augment_data else None
        extra = None if more is None else (self._columns(more), lesson(adapter, more))
        tick(1, 3)
        self.fidelity = self._measured(data, answers, more is not None)
        tick(2, 3)
        self.surrogate = self._fitted(self._columns(data), answers, extra)
        self._explainer = TabularExplainer(
            self.surrogate,
            data.native,
            features=list(data.names),
            classes=list(adapter.output_names) if adapter.task != "regression" else None,
            transformations=self._front,
            random_state=random_state,
        )
        tick(3, 3)

    @property
    def explainer(self) -> Any:
        """The route that explains the surrogate."""
        return self._explainer.explainer

    @property
    def method(self) -> str:
        """Always ``"mimic"``."""
        return "mimic"

    def explain_global(
        self, X: Any, y: Any = None, *, progress: Progress | None = None, cancel: Cancel = None
    ) -> Explanation:
        """Explain many rows by the surrogate.

        Parameters
        ----------
        X, y, progress, cancel
            As in `TabularExplainer.explain_global`.

        Returns
        -------
        Explanation
            Of the surrogate, with ``fidelity`` and, in ``model_answers``, what the model itself says.
        """
        found = self._explainer.explain_global(X, y, progress=progress, cancel=cancel)
        told = self._told(found, self._problem.adapter.predict(self._problem.dataset(X)))
        if found.engineered is None or isinstance(self._front, Columns):
            return replace(told, engineered=None, lineage=None)
        return replace(told, engineered=self._told(found.engineered, told.model_answers))

    def explain_local(self, X: Any, y: Any = None) -> Explanation:
        """Explain a few rows; one row is ``X[:1]``."""
        return self.explain_global(X, y)

    def __repr__(self) -> str:
        return f"MimicExplainer({self._problem.title}, by a {self._kind.title}: {self.fidelity})"

    def _told(self, found: Explanation, answers: np.ndarray | None) -> Explanation:
        title = self._problem.title
        low = (
            (f"The surrogate imitates {title} badly ({self.fidelity}): its values say little of the model.",)
            if self.fidelity.is_low
            else ()
        )
        return replace(
            found,
            method="mimic",
            exact=False,
            reason=(
                f"A {self._kind.title} imitates {title} and is explained exactly in its place; "
                f"on rows kept apart it has {self.fidelity}."
            ),
            notes=(*low, "Values add up to the surrogate's prediction, not to the model's.", *found.notes),
            class_values=self._problem.adapter.class_values,
            fidelity=self.fidelity,
            model_answers=answers,
        )

    def _columns(self, data: Dataset) -> Any:
        if isinstance(self._front, Columns):
            return self._front.transform(data.native)
        return self._problem.columns(data)

    def _fitted(self, Z: Any, answers: np.ndarray, extra: tuple[Any, np.ndarray] | None) -> Any:
        if extra is not None:
            Z, answers = stack([Z, extra[0]]), np.concatenate([answers, extra[1]])
        is_classifier = self._problem.adapter.task != "regression"
        estimator = self._kind.estimator(
            is_classifier=is_classifier, random_state=self._problem.random_state, **self._arguments
        )
        fitted = fit(estimator, Z, answers, is_classifier=is_classifier)
        if is_classifier and len(fitted.classes_) < answers.shape[1]:
            never = self._problem.adapter.output_names[
                next(at for at in range(answers.shape[1]) if at not in fitted.classes_)
            ]
            raise UnsupportedModelError(
                f"{self._problem.title} never answers {never!r} on initialization_examples; "
                "give rows where it does"
            )
        return fitted

    def _measured(self, data: Dataset, answers: np.ndarray, augments: bool) -> Fidelity:
        """Fit without a fifth of the rows, and compare answers to these."""
        n, adapter = data.n_rows, self._problem.adapter
        order = np.random.default_rng(self._problem.random_state).permutation(n)
        apart = order[: max(1, int(n * _HELD_OUT))] if n >= _FEWEST else order
        rest = np.setdiff1d(order, apart) if n >= _FEWEST else order
        known = data.take(rest)
        more = hybrids(known, 10, self._problem.random_state + 1) if augments else None
        extra = None if more is None else (self._columns(more), lesson(adapter, more))
        trial = self._fitted(self._columns(known), answers[rest], extra)
        own = _answers(trial, self._columns(data.take(apart)), answers.shape[1], adapter.task)
        return measured(self._kind.title, own, answers[apart], has_classes=adapter.task != "regression")


def _answers(surrogate: Any, Z: Any, n_outputs: int, task: str) -> np.ndarray:
    if task == "regression":
        return np.asarray(surrogate.predict(Z), dtype=np.float64).reshape(-1, 1)
    out = np.zeros((Z.shape[0], n_outputs))
    # A class that no row comes near is none that the surrogate knows.
    out[:, surrogate.classes_] = surrogate.predict_proba(Z)
    return out


def _front(problem: Problem, model: Any, transformations: Any, kind: type[ExplainableModel]) -> Any:
    """What stands before the surrogate: the model's own preprocessing where values can be led back."""
    usable = problem.lineage is not None and problem.lineage.is_partition
    if usable and transformations is not None and not is_pipeline(model):
        return transformations
    if usable and transformations is None and is_pipeline(model) and len(model.steps) > 1:
        return model[:-1]
    return Columns(problem.background, takes_codes=kind.takes_codes)
