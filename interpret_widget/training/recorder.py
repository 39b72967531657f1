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
from interpret_widget.models import preprocessing_of
from interpret_widget.models.trees import Ensemble
from interpret_widget.models.trees.frozen import FrozenTrees
from interpret_widget.tabular import Dataset, Lineage

from .coding import Coding
from .growth import Growth
from .libraries import Library
from .recording import Record, State

_PROVED = 50  # watched rows on which a library is compared with what was read of it
_log = logging.getLogger("interpret_widget.training")


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
        Called after anything was recorded, from the thread that trains.

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
        changed: Callable[[], None],
    ) -> None:
        self.data = data
        self.y = y
        self.transformations = transformations
        self.preprocessing = None if transformations is None else preprocessing_of(transformations, data)
        self.background = background
        self.classes = classes
        self.every = every
        self.runs: list[Record] = []
        self.error: str | None = None
        self._changed = changed
        self._lock = threading.RLock()
        self._lineage: Lineage | None = None
        if self.preprocessing is not None:
            self._lineage = self.preprocessing.lineage(data, random_state=0)
            if not self._lineage.is_partition:
                raise InvalidInputError(
                    "transformations mix columns, so that importance cannot be followed on raw columns; "
                    "pass the transformed table as X_valid instead"
                )

    # -- runs --------------------------------------------------------------------------------------------

    def run(self, name: str | None = None) -> Record:
        """A new run that waits for its first round."""
        with self._lock:
            taken = {each.name for each in self.runs}
            record = Record(name or next(f"run {n}" for n in range(1, 10_000) if f"run {n}" not in taken))
            if record.name in taken:
                raise InvalidInputError(f"name={name!r} is the name of another run; choose a new one")
            self.runs.append(record)
        self._changed()
        return record

    def current(self) -> Record:
        """The run that waits or goes on; a new one where there is none."""
        for record in reversed(self.runs):
            if not record.is_over:
                return record
        return self.run()

    def begin(self, record: Record) -> None:
        """Training has begun."""
        if record.started is None:
            record.started = time.monotonic()
        if record.state == "waiting":
            self.state(record, "running")

    def told(self) -> None:
        """Something was recorded: tell the page."""
        self._changed()

    def state(self, record: Record, state: State, message: str | None = None) -> None:
        """Change the state of a run."""
        if record.is_over:
            return
        record.state, record.message = state, message
        if record.is_over:
            record.ended = time.monotonic()
        self._changed()

    def fail(self, error: BaseException) -> None:
        """The recorder itself failed; training goes on."""
        self.error = f"{type(error).__name__}: {error}"
        _log.warning("the training monitor failed; training goes on", exc_info=error)
        self._changed()

    # -- rounds ------------------------------------------------------------------------------------------

    def feed(self, record: Record, library: Library, stop: int) -> None:
        """Take the trees of all rounds up to ``stop`` that are new."""
        with self._lock:
            is_new = record.growth is None
            if record.growth is None:
                record.library = library
                record.coding = library.coding(self._native(self.data))
                record.growth = self._growth(library, record.coding)
            first = record.growth.n_rounds
            if stop <= first:
                return
            measured = record.growth.add(library.read(first, stop), library.trees_per_round)
            if is_new:
                self._prove(library, measured.margins[-1])
            record.take(measured, first + 1, self.every)
        self._changed()

    def restore(self, record: Record, library: Library, trees: Ensemble) -> None:
        """Give a run that was loaded its trees."""
        record.library, record.coding = library, library.coding(None)
        record.growth = self._growth(library, record.coding)
        if trees.n_features != record.growth.table.shape[1] or trees.n_trees % library.trees_per_round:
            raise InvalidInputError(f"the trees of {record.name} do not fit the rows that were watched")
        record.growth.restore(trees, library.trees_per_round)

    def _growth(self, library: Library, coding: Coding) -> Growth:
        table, columns = coding(self._native(self.data)), coding.columns()
        players, n_players = columns, len(self.data.names)
        if self._lineage is not None:
            parents = np.array([raws[0] if raws else 0 for raws in self._lineage.parents])
            players = parents[columns]
        background = None if self.background is None else coding(self._native(self.background))
        return Growth(
            table, players, n_players, library.start, background=background, is_mean=library.is_mean
        )

    def _native(self, data: Dataset) -> Any:
        """Rows as the estimator takes them."""
        return data.native if self.preprocessing is None else self.preprocessing.transform(data.native)

    def _prove(self, library: Library, margins: np.ndarray) -> None:
        """Compare what was read with what the library says of the same rows."""
        rows = np.arange(min(_PROVED, self.data.n_rows))
        said = library.margins(self._native(self.data.take(rows)))
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

    def _labels(self, library: Library) -> np.ndarray | None:
        if not library.is_classifier:
            return None
        k = max(2, library.n_outputs)
        if self.y is not None:
            found = np.unique(self.y)
            if len(found) == k:
                return np.asarray(found)
        return np.arange(k)

    def explainer(self, record: Record, number: int) -> TabularExplainer:
        """Explains the model as it was after a round."""
        given = self.data if self.background is None else self.background
        return TabularExplainer(
            self.model(record, number),
            given.native,
            features=list(self.data.names),
            classes=self.classes if record.library is not None and record.library.is_classifier else None,
            transformations=self.transformations,
            method="tree",
            feature_perturbation="tree_path_dependent" if self.background is None else "interventional",
        )

    def explanation(self, record: Record, number: int) -> Explanation:
        """Explanation of the watched rows by the model as it was after a round."""
        return self.explainer(record, number).explain_global(self.data.native, self.y)

    def row(self, record: Record, row: int) -> tuple[np.ndarray, np.ndarray]:
        """Values (n_rounds, n_features, n_outputs) and margins (n_rounds, n_outputs) of a row."""
        with self._lock:
            if record.growth is None:
                raise InvalidInputError(f"{record.name} has recorded nothing yet")
            values = record.growth.through_rounds(row)
            at = np.asarray(record.rounds) - 1
            margins = np.array([each[row] for each in record.margins], dtype=np.float64)
        return values[at], margins
