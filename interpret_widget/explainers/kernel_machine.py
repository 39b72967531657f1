"""Exact values of kernel machines: sums of products over columns, against rows of a background."""

from __future__ import annotations

from typing import Any

import numpy as np

from interpret_widget.errors import InterpretWidgetError
from interpret_widget.kernels.product_games import ProductGames, seconds_of_pair
from interpret_widget.kernels.scheduling import available_threads
from interpret_widget.models.kernel_machines import KernelMachine, read
from interpret_widget.tabular import Dataset

from .base import Answer, Explainer, Progress
from .levels import MOST_ENGINEERED, NotAdditiveError, grouping, residual, to_raw, tolerance
from .links import both_sides, scale_of
from .margins import dense, margins_of, word_of
from .problem import Problem, drawn

_N_BACKGROUND = 100  # rows that are always used; more where the machine is so small that they cost little
_MOST_BACKGROUND = 1_000
_PATIENCE = 5e-3  # seconds that a row may take for more of them
_PRECISION = 1e-9
_BLOCK = 256  # rows
_SOON = 0.3  # seconds in which the route proves itself


class KernelMachineExplainer(Explainer):
    """Interventional values of support vector machines, kernel ridge and Gaussian processes.

    Parameters
    ----------
    problem : Problem
        The model and its background, of which 100 rows are drawn, or more where that costs little.
    machine : KernelMachine
        The estimator, written out.

    Raises
    ------
    UnsupportedModelError
        The machine does not give the model's predictions, or values do not add up to them.
    """

    method = "kernel"
    exact = True

    def __init__(self, problem: Problem, machine: KernelMachine) -> None:
        self.problem = problem
        self.machine = machine
        Z = problem.checked_columns
        margins = margins_of(problem, Z)
        found = self._both(machine.predict(dense(Z)))
        slack = _PRECISION * max(1.0, float(np.abs(margins).max())) + self._rounding
        if found.shape != margins.shape or not np.abs(found - margins).max() <= slack:
            raise NotAdditiveError(f"the kernel of {problem.title} does not give its predictions")
        self.scale = scale_of(margins, problem.inner, problem.inner.predict(Z), word_of(problem))
        affordable = int(_PATIENCE / seconds_of_pair(machine, machine.points.shape[1]))
        n_drawn = min(max(_N_BACKGROUND, affordable), _MOST_BACKGROUND)
        self._background = drawn(problem, n_drawn)
        given, used = problem.background.n_rows, self._background.n_rows
        rows = f"{given:,} row{'' if given == 1 else 's'}"
        self.background_text = rows if used == given else f"{used:,} of {rows}"
        self.reason = (
            f"{problem.title} is a sum of products over its columns; its interventional values are exact."
        )
        if used < given:
            self.notes = (f"Exact against {used} rows drawn from the background's {given:,}.",)
        if problem.inner.has_probabilities and self.scale.space == "raw":
            self.notes += (
                "Values add up to the decision function; probabilities come from a calibration of it, which "
                "method='sampling' explains.",
            )
        B = dense(problem.columns(self._background))
        lineage = problem.lineage
        self._by_column = ProductGames(machine, np.arange(B.shape[1]), B.shape[1], B)
        self._by_raw = None
        if lineage is not None and any(len(children) > 1 for children in lineage.children):
            self._by_raw = ProductGames(machine, grouping(lineage), len(lineage.raw_names), B)
        self._base = self._both(self._by_column.expected)
        n = min(len(margins), max(1, int(_SOON / self._seconds)))
        few = dense(problem.columns(problem.checked.take(np.arange(n))))
        raw, _ = self._values(few, None, 1)
        self._withhold_wrong(raw, margins[:n])

    @property
    def background(self) -> Dataset | None:
        """Rows to compare with: those drawn."""
        return self._background

    def answer(self, data: Dataset, tick: Progress) -> Answer:
        """See `Explainer.answer`."""
        return self._answer(data, tick, available_threads())

    def answer_row(self, row: Dataset) -> Answer:
        """See `Explainer.answer_row`; no thread teams."""
        return self._answer(row, lambda done, total: None, 1)

    def _answer(self, data: Dataset, tick: Progress, n_threads: int) -> Answer:
        problem, n = self.problem, data.n_rows
        k, q = len(self._base), self.machine.points.shape[1]
        values = np.empty((n, data.n_columns, k))
        has_engineered = problem.lineage is not None and n * q * k <= MOST_ENGINEERED
        engineered = np.empty((n, q, k)) if has_engineered else None
        margins, probabilities, columns = np.empty((n, k)), [], []
        for start in range(0, n, _BLOCK):
            stop = min(start + _BLOCK, n)
            tick(start, n)
            rows = data if stop - start == n else data.take(np.arange(start, stop))

            def tell(share: float, start: int = start, stop: int = stop) -> None:
                tick(start + int(share * (stop - start)), n)

            Z = problem.columns(rows)
            margins[start:stop] = margins_of(problem, Z)
            raw, by_column = self._values(dense(Z), tell, n_threads, engineered is not None)
            self._withhold_wrong(raw, margins[start:stop])
            values[start:stop] = raw
            if engineered is not None:
                engineered[start:stop] = by_column
                columns.append(Z)
            if problem.inner.has_probabilities:
                probabilities.append(problem.inner.predict(Z))
        tick(n, n)
        return Answer(
            values,
            self._base,
            margins,
            np.concatenate(probabilities) if probabilities else None,
            engineered=engineered,
            columns=_stacked(columns) if columns else None,
        )

    def _values(
        self, Z: np.ndarray, tell: Any, n_threads: int, has_engineered: bool = True
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Values of raw columns, and of the estimator's unless they are not wanted."""
        if self._by_raw is None:
            found = self._by_column.values(Z, tick=_share(tell, 0.0, 1.0), n_threads=n_threads)
            found = self._both(found)
            return to_raw(self.problem, found), found
        by_column = None
        if has_engineered:
            tick = _share(tell, 0.0, 0.5)
            by_column = self._both(self._by_column.values(Z, tick=tick, n_threads=n_threads))
        tick = _share(tell, 0.5, 0.5)
        return self._both(self._by_raw.values(Z, tick=tick, n_threads=n_threads)), by_column

    @property
    def _seconds(self) -> float:
        """About how long a row takes."""
        both = [self._by_column] if self._by_raw is None else [self._by_column, self._by_raw]
        return sum(each.seconds for each in both)

    @property
    def _rounding(self) -> float:
        """What rounding explains where large terms cancel, in the library's arithmetic and in ours."""
        return 1e-13 * float(np.abs(self.machine.weights).sum(axis=0).max(initial=0.0))

    def _both(self, found: np.ndarray) -> np.ndarray:
        if self.problem.inner.task == "binary" and found.shape[-1] == 1:
            return both_sides(found)
        return found

    def _withhold_wrong(self, values: np.ndarray, margins: np.ndarray) -> None:
        off = residual(values, self._base, margins)
        if not off <= tolerance(values, margins, _PRECISION) + self._rounding:
            raise NotAdditiveError(
                f"the values of {self.problem.title} did not add up to its predictions (off by {off:.2g})"
            )


def build(problem: Problem) -> KernelMachineExplainer | str:
    """The explainer, or why there is none."""
    try:
        machine = read(problem.estimator)
        if problem.obstacle is not None:
            return f"{problem.title} is a kernel machine, but {problem.obstacle}"
        return KernelMachineExplainer(problem, machine)
    except InterpretWidgetError as error:
        return str(error)
    except (AttributeError, TypeError, ValueError) as error:
        # Whatever a version of the library holds that is not expected here: sampling asks the model alone.
        said = str(error).rstrip(".")
        return f"the kernel of {problem.title} could not be read ({type(error).__name__}: {said})"


def _share(tell: Any, begin: float, width: float) -> Any:
    return None if tell is None else lambda done, total: tell(begin + width * done / max(1, total))


def _stacked(blocks: list[Any]) -> Any:
    from interpret_widget.tabular.lineage import stack

    return blocks[0] if len(blocks) == 1 else stack(blocks)
