"""Which raw columns feed which engineered columns, found by trying.

One raw column at a time takes other values in a small sample; the outputs of the transformation that move
are its children. A list of known transformer classes fails on the next one; this works for all of them
(design.md, principle 1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from interpret_widget.errors import InterpretWidgetError, InvalidInputError, ModelCallError

from .candidates import Trial, harvested, trials, varied_sample
from .dataset import Dataset
from .mixing import mix

_CELLS = 4_000_000  # of raw plus engineered values in one call of the transformation


@dataclass(frozen=True)
class Lineage:
    """The descent of engineered columns.

    Attributes
    ----------
    raw_names, engineered_names : tuple of str
        Columns before and after.
    parents : tuple of tuple of int
        Per engineered column the positions of the raw columns that move it; empty where none does (a
        constant column).
    """

    raw_names: tuple[str, ...]
    engineered_names: tuple[str, ...]
    parents: tuple[tuple[int, ...], ...]

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """Per raw column the positions of the engineered columns that it moves."""
        out: list[list[int]] = [[] for _ in self.raw_names]
        for position, raws in enumerate(self.parents):
            for raw in raws:
                out[raw].append(position)
        return tuple(tuple(each) for each in out)

    @property
    def is_partition(self) -> bool:
        """Whether no engineered column has several parents: raw values are then sums of engineered ones."""
        return all(len(raws) <= 1 for raws in self.parents)

    @property
    def shared(self) -> tuple[int, ...]:
        """Engineered columns with several parents."""
        return tuple(position for position, raws in enumerate(self.parents) if len(raws) > 1)

    @property
    def orphans(self) -> tuple[int, ...]:
        """Engineered columns that nothing moves."""
        return tuple(position for position, raws in enumerate(self.parents) if not raws)

    def to_raw(self, values: np.ndarray) -> np.ndarray:
        """Add up engineered attributions by raw column.

        Parameters
        ----------
        values : ndarray (n_rows, n_engineered, ...)
            Attributions of the engineered columns.

        Returns
        -------
        ndarray (n_rows, n_raw, ...)

        Raises
        ------
        InvalidInputError
            An engineered column has several parents; its value is never split by guess.
        """
        if not self.is_partition:
            name = self.engineered_names[self.shared[0]]
            raise InvalidInputError(
                f"column {name!r} has several raw parents; explain the whole pipeline on raw columns"
            )
        out = np.zeros((values.shape[0], len(self.raw_names), *values.shape[2:]), dtype=values.dtype)
        for raw, children in enumerate(self.children):
            if children:
                out[:, raw] = values[:, list(children)].sum(axis=1)
        return out


def names_from_parents(raw_names: Sequence[str], parents: Sequence[Sequence[int]]) -> tuple[str, ...]:
    """Names for engineered columns that have none.

    >>> names_from_parents(["age", "city"], [(0,), (1,), (1,), (0, 1)])
    ('age', 'city [0]', 'city [1]', 'age × city')
    """
    stems = [" × ".join(raw_names[raw] for raw in raws) if raws else "constant" for raws in parents]
    seen: dict[str, int] = {}
    names = []
    for stem in stems:
        seen[stem] = seen.get(stem, -1) + 1
        names.append(stem if stems.count(stem) == 1 else f"{stem} [{seen[stem]}]")
    return tuple(names)


def probe(
    transform: Callable[[Any], Any],
    data: Dataset,
    *,
    engineered_names: Sequence[str] | None = None,
    random_state: int = 0,
) -> Lineage:
    """Find the parents of every engineered column by varying one raw column at a time.

    Every level of a category, missing values, the extremes and evenly spaced quantiles are tried in sampled
    rows; what is still unmoved is tried again with more rows, values between and beyond those seen, and
    values that fitted transformers remember.

    Parameters
    ----------
    transform : callable
        Raw table in the user's type -> engineered table (ndarray, sparse matrix, DataFrame).
    data : Dataset
        Rows to try on, all of them used to choose values.
    engineered_names : sequence of str, optional
        Names of the engineered columns; made from their parents otherwise.
    random_state : int, default 0
        Seed of the sample.

    Raises
    ------
    InvalidInputError
        The transformation gives the same rows other values when asked again or beside other rows, or names
        are missing.
    ModelCallError
        The transformation raised.
    """
    if data.n_rows == 0:
        raise InvalidInputError("data has no rows; give the rows that the transformation was fitted on")
    moved = _search(transform, data, 96, random_state, harder=None)
    unmoved = ~moved.any(axis=0)
    if unmoved.any():
        moved |= _search(transform, data, 384, random_state + 1, harder=harvested(transform))
    parents = tuple(tuple(np.flatnonzero(column).tolist()) for column in moved.T)
    if engineered_names is None:
        names = names_from_parents(data.names, parents)
    elif len(engineered_names) == len(parents):
        names = tuple(map(str, engineered_names))
    else:
        raise InvalidInputError(
            f"engineered_names has {len(engineered_names)} names, "
            f"but the transformation gives {len(parents)} columns"
        )
    return Lineage(data.names, names, parents)


def _search(
    transform: Callable[[Any], Any], data: Dataset, n: int, seed: int, harder: Sequence[list[Any]] | None
) -> np.ndarray:
    """Booleans (n_raw, n_engineered): which outputs each raw column moved."""
    rng = np.random.default_rng(seed)
    sample = data.take(varied_sample(data, n, rng))
    m = sample.n_rows
    everything = np.ones((m, data.n_columns), dtype=bool)
    base = _call(transform, mix(sample, np.arange(m), sample, 0, everything))
    _refuse_unstable(transform, sample, base)
    moved = np.zeros((data.n_columns, base.shape[1]), dtype=bool)
    limit = max(1, _CELLS // (base.shape[1] + data.n_columns))
    waiting: list[Trial] = []
    for position in range(data.n_columns):
        for trial in trials(data, position, m, rng, harder):
            # Made-up values may be refused: those of one source are asked about together, but with no others.
            apart = bool(waiting) and not (trial.is_real and waiting[-1].is_real)
            if (len(waiting) + 1) * m > limit or (apart and trial.source is not waiting[-1].source):
                _try(transform, sample, base, waiting, moved)
                waiting = []
            waiting.append(trial)
    _try(transform, sample, base, waiting, moved)
    return moved


def _try(
    transform: Callable[[Any], Any], sample: Dataset, base: np.ndarray, batch: list[Trial], moved: np.ndarray
) -> None:
    """Ask for many trials in one call; where one of them makes the transformation raise, ask in halves."""
    if not batch:
        return
    m = sample.n_rows
    try:
        after = _call(transform, _table(sample, batch))
    except ModelCallError:
        if len(batch) > 1:
            half = len(batch) // 2
            _try(transform, sample, base, batch[:half], moved)
            _try(transform, sample, base, batch[half:], moved)
        elif batch[0].is_real:
            # A value of the data itself in another row: a transformation that cannot take it cannot be
            # explained.
            raise
        else:
            for half_of_values in batch[0].halves():
                _try(transform, sample, base, [half_of_values], moved)
        return
    for k, trial in enumerate(batch):
        moved[trial.column] |= _differs(base, after[k * m : (k + 1) * m]).any(axis=0)


def _table(sample: Dataset, batch: list[Trial]) -> Any:
    """Rows of all trials under each other."""
    m = sample.n_rows
    if len({id(trial.source) for trial in batch}) == 1:
        mask = np.ones((len(batch) * m, sample.n_columns), dtype=bool)
        for k, trial in enumerate(batch):
            mask[k * m : (k + 1) * m, trial.column] = False
        rows = np.concatenate([trial.rows for trial in batch])
        return mix(sample, np.tile(np.arange(m), len(batch)), batch[0].source, rows, mask)
    import itertools

    parts = [
        _table(sample, list(group))
        for _, group in itertools.groupby(batch, key=lambda trial: id(trial.source))
    ]
    return stack(parts)


def stack(parts: list[Any]) -> Any:
    """Tables of one library under each other."""
    first = parts[0]
    if isinstance(first, np.ndarray):
        return np.concatenate(parts)
    if hasattr(first, "tocsr"):
        from scipy import sparse

        return type(first)(sparse.vstack(parts))
    if type(first).__module__.split(".")[0] == "pandas":
        import pandas as pd

        return pd.concat(parts, ignore_index=True)
    import narwhals.stable.v1 as nw

    frames: list[Any] = [nw.from_native(part, eager_only=True) for part in parts]
    return nw.concat(frames).to_native()


def _call(transform: Callable[[Any], Any], native: Any) -> np.ndarray:
    try:
        result = transform(native)
    except InterpretWidgetError:
        raise
    except Exception as error:
        raise ModelCallError(f"the transformation raised {type(error).__name__}: {error}") from error
    if hasattr(result, "toarray"):
        result = result.toarray()
    out = np.asarray(result)
    if out.ndim == 1:
        out = out.reshape(-1, 1)
    if out.dtype.kind not in "fiub":
        try:
            out = out.astype(np.float64)
        except (TypeError, ValueError):
            return out.astype(object)
    return out


def _differs(a: np.ndarray, b: np.ndarray, slack: float = 64.0) -> np.ndarray:
    """Where two outputs differ by more than rounding; two missing values are alike."""
    if a.shape != b.shape:
        raise InvalidInputError(
            f"transformations: gave {b.shape} values where {a.shape} were due; "
            "it must give one row for each row"
        )
    if a.dtype == object or b.dtype == object:
        unlike = np.asarray(a != b, dtype=bool)
        both_missing = np.asarray(a != a, dtype=bool) & np.asarray(b != b, dtype=bool)
        return np.asarray(unlike & ~both_missing)
    unlike = a != b
    if not unlike.any() or a.dtype.kind != "f":
        return np.asarray(unlike)
    # Matrix products round differently in batches of another size: a difference counts beyond that.
    with np.errstate(invalid="ignore"):
        magnitude = np.where(np.isfinite(a), np.abs(a), 0.0).max(axis=0, initial=0.0)
        alike = np.abs(a - b) <= slack * np.finfo(a.dtype).eps * magnitude
    return np.asarray(unlike & ~alike & ~(np.isnan(a) & np.isnan(b)))


def _refuse_unstable(transform: Callable[[Any], Any], sample: Dataset, base: np.ndarray) -> None:
    if len(base) != sample.n_rows:
        raise InvalidInputError(
            f"transformations: gave {len(base)} rows for {sample.n_rows}; it must give one row for each row"
        )
    half = max(1, sample.n_rows // 2)
    again = _call(transform, sample.native)
    if _differs(base, again, 1e4).any():
        raise InvalidInputError(
            "transformations: gave other values when asked again for the same rows; fix its random_state, "
            "or give the whole pipeline as the model"
        )
    if (
        sample.n_rows > 1
        and _differs(base[:half], _call(transform, sample.take(np.arange(half)).native), 1e4).any()
    ):
        raise InvalidInputError(
            "transformations: gave a row other values when asked beside other rows; "
            "a row's outputs may depend on that row only, so compute statistics in fit and not in transform"
        )
