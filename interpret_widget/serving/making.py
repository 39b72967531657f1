"""Take an explainer apart into arrays, and prove on rows that they give what the model gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.errors import InterpretWidgetError, InvalidInputError
from interpret_widget.explainers.levels import grouping
from interpret_widget.explainers.linear import LinearExplainer
from interpret_widget.explainers.margins import dense
from interpret_widget.explainers.own_trees import OwnReader, TreeParts
from interpret_widget.explainers.problem import Problem
from interpret_widget.explainers.tree import TreeExplainer
from interpret_widget.explanation.provenance import Provenance
from interpret_widget.models import ModelAdapter
from interpret_widget.models.trees.frozen import FrozenTrees

from .base import About, Columns, Parts
from .following import follow
from .forms import ANSWERS, Answer, Form, LinearForm, TreeForm, answered
from .inputs import InputColumn, InputSchema
from .probing import Probe, level_values, probes, strange_row, takes_missing
from .recipe import Recipe, refuse_no_numbers
from .symbols import Levels, NotExpressibleError, Symbol, recipe_of
from .transforming import Transforming

if TYPE_CHECKING:
    from interpret_widget.explainers import TabularExplainer

Answers = frozenset[Answer]

_ALIKE = 1e-5  # of predictions; some libraries answer in single precision
_SAME = 1e-12  # of columns


def attached(explainer: TabularExplainer, reason: str) -> tuple[InputSchema, About]:
    """What is told of rows and model, where the model itself is asked."""
    problem = explainer.explainer.problem
    schema = _schema(problem, [True] * len(problem.background.schema))
    return schema, _about(explainer, "identity", None, reason)


def taken_apart(explainer: TabularExplainer) -> Parts | str:
    """The explainer as arrays, or why it cannot be."""
    problem = explainer.explainer.problem
    if isinstance(problem.estimator, FrozenTrees):
        return "trees of a training run are explained where they were recorded"
    try:
        form, trees = _form(explainer)
        columns = _columns(problem, trees)
        used = columns.used if isinstance(columns, Recipe) else None
        takes = [takes_missing(problem, position) for position in range(problem.background.n_columns)]
        schema = _schema(problem, takes, used)
        made = _Candidate(explainer, schema, columns, form, trees, _takes_gaps(problem))
        return Parts(schema, _proved(made), columns, form)
    except NotExpressibleError as error:
        return str(error)
    except InterpretWidgetError as error:
        return f"it could not be written down as arrays ({error})"


def _schema(problem: Problem, takes: Sequence[bool], used: set[int] | None = None) -> InputSchema:
    return InputSchema(
        tuple(
            InputColumn(
                each.name,
                each.kind,
                each.dtype,
                None if each.categories is None else tuple(map(_plain, each.categories)),
                each.minimum,
                each.maximum,
                each.n_missing > 0,
                takes[position],
                used is None or position in used,
            )
            for position, each in enumerate(problem.background.schema)
        )
    )


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _about(
    explainer: TabularExplainer, answer: Answer, threshold: float | None, reason: str, takes_gaps: bool = True
) -> About:
    route, adapter = explainer.explainer, explainer.adapter
    lineage = route.lineage
    values = adapter.class_values
    return About(
        title=route.problem.title,
        task=adapter.task,
        output_names=adapter.output_names,
        class_values=None if values is None else tuple(map(_plain, values)),
        unit=route.scale.unit,
        answer=answer,
        has_probabilities=adapter.has_probabilities,
        takes_gaps=takes_gaps,
        threshold=threshold,
        method=route.method,
        background=route.background_text,
        reason=reason,
        engineered_names=None if lineage is None else lineage.engineered_names,
        versions=dict(Provenance.now().versions),
    )


# -- what adds up ----------------------------------------------------------------------------------------


def _form(explainer: TabularExplainer) -> tuple[Form, TreeParts | None]:
    """The sum, and for trees what they were taken from."""
    route = explainer.explainer
    problem = route.problem
    lineage = problem.lineage
    n_raw = problem.background.n_columns
    owner = np.arange(n_raw) if lineage is None else grouping(lineage)
    if type(route) is LinearExplainer:  # what is guessed of columns that depend on each other is not a sum
        known = route.form
        return LinearForm(known.weights, known.intercept, route.means, owner.astype(np.int64), n_raw), None
    if not isinstance(route, TreeExplainer) or not isinstance(route.reader, OwnReader):
        raise NotExpressibleError(f"{problem.title} is asked again about every row ({route.method})")
    parts = route.reader.taken_apart()
    if parts.link == "none":
        raise NotExpressibleError(f"probabilities of {problem.title} do not follow from its sums")
    used = np.unique(parts.ensemble.feature[parts.ensemble.feature >= 0])
    if (owner[parts.columns][used] < 0).any():
        raise NotExpressibleError("a split asks about a column that no column of the user's moves")
    package = type(problem.estimator).__module__.partition(".")[0]
    missing = getattr(problem.estimator, "missing", None) if package == "xgboost" else None
    form = TreeForm(
        parts.ensemble,
        parts.columns.astype(np.int64),
        parts.start,
        owner.astype(np.int64),
        n_raw,
        lineage is not None and any(len(children) > 1 for children in lineage.children),
        parts.spelled_out,
        float("nan") if missing is None else float(missing),
        package == "lightgbm",
        parts.background,
        parts.weights,
        parts.link,
    )
    return form, parts


# -- the columns that it adds up -------------------------------------------------------------------------


def _columns(problem: Problem, trees: TreeParts | None) -> Columns:
    data = problem.background
    raw = [
        Symbol(position, column.kind in ("numeric", "integer", "boolean"))
        for position, column in enumerate(data.schema)
    ]
    if problem.preprocessing is None:
        return recipe_of([each if each.is_number else _coded(problem, each, trees) for each in raw])
    try:
        return recipe_of(follow(problem.preprocessing, raw, data.names))
    except NotExpressibleError as error:
        return Transforming.of(problem.preprocessing, data.native, str(error))


def _coded(problem: Problem, symbol: Symbol, trees: TreeParts | None) -> Symbol:
    """A column of words that the estimator itself takes: the number that its library makes of each level."""
    data = problem.background
    column = data.schema.columns[symbol.raw]
    levels = level_values(data, symbol.raw)
    if trees is None or not levels:
        raise NotExpressibleError(
            f"column {column.name!r} of {column.dtype} reaches {problem.title} as it is"
        )
    place = np.flatnonzero(trees.columns == symbol.raw)

    def number(native: Any) -> np.ndarray:
        return np.asarray(trees.table(native)[:, place].reshape(-1))

    table = number(data.varied(0, symbol.raw, [*levels, None]).native)
    unknown = np.full(1, np.nan)
    takes_unknown = False
    strange = strange_row(data, symbol.raw)
    if strange is not None:
        try:
            unknown, takes_unknown = number(strange), True
        except Exception:  # its library refuses levels that it has not seen, in words of its own
            takes_unknown = False
    if len(table) != len(levels) + 1 or len(unknown) != 1:
        raise NotExpressibleError(f"column {column.name!r} becomes several columns of the trees")
    known = Levels(tuple(map(_plain, levels)), True, takes_unknown)
    return replace(symbol, is_number=True, levels=known, table=np.concatenate([table, unknown]))


# -- proof -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Candidate:
    """Arrays that have yet to prove themselves."""

    explainer: TabularExplainer
    schema: InputSchema
    columns: Columns
    form: Form
    trees: TreeParts | None
    takes_gaps: bool

    def of(self, native: Any) -> np.ndarray:
        """The model's columns, or the refusal that users would see."""
        inputs = self.schema.read(native)
        Z = self.columns.apply(inputs, self.schema)
        refuse_no_numbers(Z, inputs, self.schema, self.form.owner, self.takes_gaps)
        return Z


def _takes_gaps(problem: Problem) -> bool:
    """Whether the estimator behind a preprocessing takes columns without a number."""
    if problem.preprocessing is None:
        return True  # rows were checked column by column
    Z = problem.checked_columns[:1]
    gaps = Z * np.nan if hasattr(Z, "iloc") else np.full(Z.shape, np.nan)
    try:
        problem.inner.predict(gaps)
    except InterpretWidgetError:
        return False
    return True


def _proved(made: _Candidate) -> About:
    """What is known of the model, once its arrays have given its answers.

    Raises
    ------
    NotExpressibleError
        They differ from those of the model, or take what it refuses.
    """
    answers: Answers = frozenset(ANSWERS)
    explainer, columns = made.explainer, made.columns
    for probe in probes(explainer.explainer.problem.background):
        answers &= _tried(made, probe)
        if not answers:
            raise NotExpressibleError(f"its sums do not give the predictions of {explainer.adapter.title}")
    answer = next(each for each in ANSWERS if each in answers)
    _same_values(made)
    reason = explainer.reason
    if isinstance(columns, Transforming):
        reason += f" Its preprocessing is kept with skops: {columns.why}."
    return _about(explainer, answer, _threshold(explainer), reason, made.takes_gaps)


def _tried(made: _Candidate, probe: Probe) -> Answers:
    """How the model's answers follow from the sums of these rows.

    Raises
    ------
    NotExpressibleError
        The columns differ from those of the model, or are made where the model refuses.
    """
    problem, form, trees = made.explainer.explainer.problem, made.form, made.trees
    known = _asked(problem, made.explainer.adapter, probe)
    refusal: InvalidInputError | None = None
    try:
        Z = made.of(probe.native)
    except InvalidInputError as error:
        refusal = error
    if probe.parts and (known is None or refusal is not None):
        each = [_tried(made, part) for part in probe.parts]
        return frozenset(ANSWERS).intersection(*each)
    if refusal is not None:
        if known is not None and not probe.is_strange:
            raise NotExpressibleError(str(refusal)) from refusal
        return frozenset(ANSWERS)
    if known is None:
        raise NotExpressibleError(f"{problem.title} refuses {probe.what}, which its arrays do not")
    theirs, said = known
    if trees is None:
        _compare(Z, dense(theirs), probe, _SAME)
    else:
        assert isinstance(form, TreeForm)
        _compare(form.table(Z), trees.table(theirs), probe, _SAME)
    scores = form.scores(Z)
    return frozenset(each for each in ANSWERS if _alike(answered(each, scores), said))


def _same_values(made: _Candidate) -> None:
    """Compare contributions with those of the explainer, on both levels.

    Raises
    ------
    NotExpressibleError
        They differ.
    """
    route, form = made.explainer.explainer, made.form
    data = route.problem.checked
    if isinstance(route, TreeExplainer):
        data = data.take(np.arange(min(data.n_rows, route.reader.affordable())))
    found = route.answer(data, lambda done, total: None)
    Z = made.of(data.native)
    levels = [(True, found.values)] + ([] if found.engineered is None else [(False, found.engineered)])
    for is_raw, theirs in levels:
        ours = form.contributions(Z, is_raw=is_raw)
        if not (_alike(ours, theirs) and _alike(form.base_values, found.base_values)):
            raise NotExpressibleError(f"its arrays do not give the values of {route.problem.title}")


def _asked(problem: Problem, adapter: ModelAdapter, probe: Probe) -> tuple[Any, np.ndarray] | None:
    """The estimator's columns and the model's answers; None where it refuses."""
    try:
        return problem.columns(problem.dataset(probe.native)), adapter.predict(probe.native)
    except InterpretWidgetError:
        return None


def _compare(ours: np.ndarray, theirs: np.ndarray, probe: Probe, precision: float) -> None:
    is_same = ours.shape == theirs.shape and np.allclose(
        ours, theirs, rtol=precision, atol=precision, equal_nan=True
    )
    if not is_same:
        raise NotExpressibleError(f"{probe.what} becomes something else than in the model")


def _alike(ours: np.ndarray, said: np.ndarray) -> bool:
    if ours.shape != said.shape:
        return False
    scale = max(1.0, float(np.abs(said).max(initial=0.0)))
    return bool(np.allclose(ours, said, rtol=_ALIKE, atol=_ALIKE * scale))


def _threshold(explainer: TabularExplainer) -> float | None:
    """The cut of a wrapper that tunes it.

    Raises
    ------
    NotExpressibleError
        A cut of something else than the probability.
    """
    model = explainer.adapter.model
    if type(model).__name__ not in ("TunedThresholdClassifierCV", "FixedThresholdClassifier"):
        return None
    cut = getattr(model, "best_threshold_", getattr(model, "threshold", None))
    native = explainer.explainer.problem.checked.native
    said = explainer.adapter.predict(native)
    if not isinstance(cut, (int, float)) or not explainer.adapter.has_probabilities:
        raise NotExpressibleError(f"{type(model).__name__} cuts something else than the probability")
    labels = np.asarray(explainer.adapter.class_values)[(said[:, 1] >= cut).astype(np.intp)]
    if not np.array_equal(labels, np.asarray(model.predict(native))):
        raise NotExpressibleError(f"{type(model).__name__} cuts something else than the probability")
    return float(cut)
