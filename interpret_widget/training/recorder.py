"""Watched rows, the runs recorded on them, and the explanation of any round: the core of a monitor."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError, UnsupportedModelError
from interpret_widget.explainers.tabular import TabularExplainer
from interpret_widget.explanation import Explanation
from interpret_widget.models import title_of
from interpret_widget.models.trees import Ensemble
from interpret_widget.models.trees.frozen import FrozenTrees
from interpret_widget.tabular import Dataset

from .behind import Behind
from .coding import Coding
from .growth import Growth
from .libraries import Library
from .losses import loss_of
from .recording import Record, State
from .snapshots import Snapshots

_MOST_CLASSES = 20  # distinct whole outcomes that are taken for classes before a model says so
_SAMPLED = 200  # watched rows that are explained where values are estimated from predictions
_ASKED = 40  # copies of a model that are asked about a row
_PROVED = 50  # watched rows on which a library is compared with what was read of it
_log = logging.getLogger("interpret_widget.training")


def labels_of(y: np.ndarray) -> np.ndarray | None:
    """Labels of outcomes that look like classes; None for numbers."""
    labels = np.unique(y)
    is_whole = y.dtype.kind not in "f" or bool((labels == labels.round()).all())
    return labels if len(labels) <= _MOST_CLASSES and is_whole else None


class Recorder:
    """Records runs of training on the same rows.

    Parameters
    ----------
    data : Dataset
        Watched rows, raw columns.
    y : ndarray or None
        Their outcomes.
    transformations : transformer, list or None
        From raw columns to the estimator's, as in `TabularExplainer`.
    background : Dataset or None
        Rows for interventional values.
    classes : sequence of str or None
        Names of the classes.
    every : int
        Record each round whose number this divides, and the first.
    changed : callable
        Called after anything was recorded, from the thread that trains, with whether that is urgent: a run
        has begun, was held, has ended or has failed.

    Attributes
    ----------
    runs : list of Record
    error : str or None
        The last failure of the recorder itself; training went on.
    """

    def __init__(
        self,
        data: Dataset,
        y: np.ndarray | None,
        *,
        transformations: Any,
        background: Dataset | None,
        classes: Any,
        every: int,
        changed: Callable[[bool], None],
    ) -> None:
        self.data = data
        self.y = y
        self.background = background
        self.classes = classes
        self.every = every
        self.runs: list[Record] = []
        self.error: str | None = None
        self._changed = changed
        self._lock = threading.RLock()
        # Of its own: a page that wishes to stop must not wait for a round to be read.
        self._turning = threading.Lock()
        self._behind = Behind.of(transformations, data)

    @property
    def has_transformations(self) -> bool:
        """Whether any run goes on behind a preprocessing."""
        return any(each is not None and each.transformations is not None for each in self._all_behind())

    @property
    def has_classes(self) -> bool:
        """Whether outcomes look like classes."""
        return self.classes is not None or (self.y is not None and labels_of(self.y) is not None)

    def _all_behind(self) -> list[Behind | None]:
        return [self._behind, *(record.behind for record in self.runs)]

    def put_behind(self, record: Record, transformations: Any) -> None:
        """A run's estimator stands behind fitted transformations, and these behind the monitor's own.

        Raises
        ------
        InvalidInputError
            They mix columns.
        """
        if self._behind.transformations is not None:
            raise InvalidInputError(
                "the monitor has transformations= and the pipeline has steps of its own; give one of them"
            )
        record.behind = Behind.of(transformations, self.data)

    # -- runs --------------------------------------------------------------------------------------------

    def run(self, name: str | None = None) -> Record:
        """A new run that waits for its first round."""
        with self._lock:
            taken = {each.name for each in self.runs}
            record = Record(name or next(f"run {n}" for n in range(1, 10_000) if f"run {n}" not in taken))
            if record.name in taken:
                raise InvalidInputError(f"name={name!r} is the name of another run; choose a new one")
            self.runs.append(record)
        self._changed(True)
        return record

    def current(self) -> Record:
        """The run that waits or goes on; a new one where there is none."""
        for record in reversed(self.runs):
            if not record.is_over:
                return record
        return self.run()

    def reopen(self, record: Record) -> None:
        """A run that seemed to be over goes on, such as in the next cell."""
        if record.state == "finished":
            record.state, record.ended = "running", None

    def begin(self, record: Record) -> None:
        """Training has begun."""
        if record.started is None:
            record.started = time.monotonic()
        if record.state == "waiting":
            self.state(record, "running")

    def told(self) -> None:
        """Something was recorded: tell the page."""
        self._changed(False)

    def state(self, record: Record, state: State, message: str | None = None) -> None:
        """Change the state of a run."""
        with self._turning:
            if record.is_over:
                return
            record.state, record.message = state, message
            if record.is_over:
                record.ended = time.monotonic()
        self._changed(True)

    def fail(self, error: BaseException) -> None:
        """The recorder itself failed; training goes on."""
        self.error = f"{type(error).__name__}: {error}"
        _log.warning("the training monitor failed; training goes on", exc_info=error)
        self._changed(True)

    # -- rounds ------------------------------------------------------------------------------------------

    def feed(self, record: Record, library: Library, stop: int) -> None:
        """Take the trees of all rounds up to ``stop`` that are new."""
        with self._lock:
            is_new = record.growth is None
            if record.growth is None:
                record.library = library
                record.coding = library.coding(self._native(record, self.data))
                record.growth = self._growth(record, library, record.coding)
            first = record.growth.n_rounds
            if stop <= first:
                return
            measured = record.growth.add(library.read(first, stop), library.trees_per_round)
            if is_new:
                self._prove(record, library, measured.margins[-1])
            record.take(measured, first + 1, self.every)
            if not library.says_metrics:
                self._score(record, [at for at in record.rounds if at > first])
        self._changed(False)

    def restore(self, record: Record, library: Library, trees: Ensemble) -> None:
        """Give a run that was loaded its trees."""
        record.library, record.coding = library, library.coding(None)
        record.growth = self._growth(record, library, record.coding)
        if trees.n_features != record.growth.table.shape[1] or trees.n_trees % library.trees_per_round:
            raise InvalidInputError(f"the trees of {record.name} do not fit the rows that were watched")
        record.growth.restore(trees, library.trees_per_round)

    def copy(self, record: Record, number: int, model: Any) -> None:
        """Explain a copy of a model that is no sum of trees, and keep it."""
        explainer = self._explainer_of(record, model)
        data = self.data
        if explainer.method == "sampling" and data.n_rows > _SAMPLED:
            data = data.take(np.linspace(0, data.n_rows - 1, _SAMPLED).astype(np.intp))
        found = explainer.explain_global(data.native)
        margins = found.predictions if found.n_rows == self.data.n_rows else None
        if margins is None:
            margins = explainer.adapter.predict(self.data)
        values = found.values
        if found.task == "binary":
            values, margins = values[:, :, 1:], margins[:, 1:]
        with self._lock:
            if record.snapshots is None:
                is_classifier = found.task != "regression"
                link: Any = {"log-odds": "logistic", "probability": "identity"}.get(found.output_space)
                link = "identity" if not is_classifier else link or "sign"
                record.snapshots = Snapshots(title_of(model), link, is_classifier, values.shape[2])
                record.library = record.snapshots
            record.importance.append(np.abs(values).mean(axis=0).T.astype(np.float32))
            record.margins.append(margins.astype(np.float32))
            record.rounds.append(number)
            record.snapshots.put(record, number, model)
            self._score(record, [number])
        self._changed(False)

    def _score(self, record: Record, numbers: list[int]) -> None:
        """Losses of the watched rows at rounds that were just recorded."""
        if self.y is None or not numbers:
            return
        labels = self._labels(record.library)
        for number, margins in zip(numbers, record.margins[-len(numbers) :], strict=True):
            found = loss_of(margins, self.y, record.library.link, labels)
            if found is not None:
                record.measure(f"valid {found[0]}", "valid", found[0], number, found[1], False)

    def _growth(self, record: Record, library: Library, coding: Coding) -> Growth:
        table, columns = coding(self._native(record, self.data)), coding.columns()
        players, n_players = columns, len(self.data.names)
        lineage = self._of(record).lineage
        if lineage is not None:
            parents = np.array([raws[0] if raws else 0 for raws in lineage.parents])
            players = parents[columns]
        background = None if self.background is None else coding(self._native(record, self.background))
        return Growth(
            table, players, n_players, library.start, background=background, is_mean=library.is_mean
        )

    def _of(self, record: Record) -> Behind:
        return record.behind or self._behind

    def _native(self, record: Record, data: Dataset) -> Any:
        """Rows as the estimator takes them."""
        preprocessing = self._of(record).preprocessing
        return data.native if preprocessing is None else preprocessing.transform(data.native)

    def _prove(self, record: Record, library: Library, margins: np.ndarray) -> None:
        """Compare what was read with what the library says of the same rows."""
        rows = np.arange(min(_PROVED, self.data.n_rows))
        said = library.margins(self._native(record, self.data.take(rows)))
        if said is None:
            return
        found = margins[rows]
        off = np.abs(said - found).max() if said.shape == found.shape else np.inf
        if not off <= 1e-4 * max(1.0, float(np.abs(said).max())):
            raise UnsupportedModelError(
                f"the trees of {library.name} that were read do not give its predictions (off by {off:.2g})"
            )

    # -- reading -----------------------------------------------------------------------------------------

    def model(self, record: Record, number: int) -> FrozenTrees:
        """The model as it was after a round, on the estimator's columns."""
        with self._lock:
            growth, library, coding = record.growth, record.library, record.coding
            if growth is None or library is None or coding is None:
                raise InvalidInputError(f"{record.name} has recorded nothing yet")
            ensemble = growth.ensemble(number)
        return FrozenTrees(
            ensemble,
            coding,
            library.link,
            f"{library.name}, round {number}",
            self._labels(library),
            coding.columns(),
        )

    def _labels(self, library: Library | Snapshots) -> np.ndarray | None:
        if not library.is_classifier:
            return None
        k = max(2, library.n_outputs)
        if self.y is not None:
            found = np.unique(self.y)
            if len(found) == k:
                return np.asarray(found)
        return np.arange(k)

    def explainer(self, record: Record, number: int) -> TabularExplainer:
        """Explains the model as it was after a round.

        Raises
        ------
        InvalidInputError
            No copy of the model was kept at that round.
        """
        if record.snapshots is None:
            return self._explainer_of(record, self.model(record, number), "tree")
        model = record.snapshots.models.get(number)
        if model is None:
            near = record.rounds[record.position(number)]
            raise InvalidInputError(
                f"round={number} of {record.name} was not recorded; the nearest is {near}"
            )
        return self._explainer_of(record, model)

    def _explainer_of(self, record: Record, model: Any, method: str = "auto") -> TabularExplainer:
        given = self.data if self.background is None else self.background
        is_classifier = record.library is None or record.library.is_classifier
        return TabularExplainer(
            model,
            given.native,
            features=list(self.data.names),
            classes=self.classes if is_classifier else None,
            transformations=self._of(record).transformations,
            method=method,
            feature_perturbation="tree_path_dependent" if self.background is None else "interventional",
        )

    def explanation(self, record: Record, number: int) -> Explanation:
        """Explanation of the watched rows by the model as it was after a round."""
        return self.explainer(record, number).explain_global(self.data.native, self.y)

    def row(self, record: Record, row: int) -> tuple[list[int], np.ndarray, np.ndarray]:
        """Rounds, values (n_rounds, n_features, n_outputs) and margins (n_rounds, n_outputs) of a row."""
        if record.snapshots is not None:
            return self._row_of_copies(record, row)
        with self._lock:
            if record.growth is None:
                raise InvalidInputError(f"{record.name} has recorded nothing yet")
            values = record.growth.through_rounds(row)
            rounds = list(record.rounds)
            margins = np.array([each[row] for each in record.margins[: len(rounds)]], dtype=np.float64)
        return rounds, values[np.asarray(rounds) - 1], margins

    def _row_of_copies(self, record: Record, row: int) -> tuple[list[int], np.ndarray, np.ndarray]:
        """Each copy is asked; only some of them where there are many."""
        at = np.unique(np.linspace(0, len(record.rounds) - 1, min(len(record.rounds), _ASKED)).astype(int))
        rounds = [record.rounds[each] for each in at]
        data = self.data.take([row])
        values, margins = [], []
        for number in rounds:
            found = self.explainer(record, number).explainer.explain_row(data)
            shown = slice(1, None) if found.task == "binary" else slice(None)
            values.append(found.values[0][:, shown])
            assert found.predictions is not None
            margins.append(found.predictions[0][shown])
        return rounds, np.array(values), np.array(margins)
