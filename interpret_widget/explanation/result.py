"""The fields of an explanation, checked once, and what follows from them directly."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from interpret_widget.errors import InvalidInputError
from interpret_widget.tabular import Dataset, Lineage

from .fidelity import Fidelity
from .links import base_probabilities
from .provenance import Provenance
from .summary import importance_with_error

if TYPE_CHECKING:
    from .explanation import Explanation

OutputSpace = Literal["probability", "log-odds", "raw"]
SPACES: tuple[str, ...] = ("probability", "log-odds", "raw")
TASKS: tuple[str, ...] = ("binary", "multiclass", "regression")

_ROWS_AT_A_TIME = 65_536


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Result:
    """The numbers of an explanation and how true they are; see `Explanation`."""

    values: np.ndarray
    base_values: np.ndarray
    data: Dataset
    predictions: np.ndarray | None = None
    probabilities: np.ndarray | None = None
    std_errors: np.ndarray | None = None
    output_names: tuple[str, ...]
    output_space: OutputSpace = "raw"
    unit: str = "prediction"
    task: str = "regression"
    method: str = "given"
    exact: bool = False
    reason: str = ""
    background: str = ""
    notes: tuple[str, ...] = ()
    is_raw: bool = True
    y: np.ndarray | None = None
    class_values: tuple[Any, ...] | None = None
    lineage: Lineage | None = None
    engineered: Explanation | None = None
    provenance: Provenance = field(default_factory=Provenance)
    explainer: Any = None
    base_probabilities: np.ndarray | None = None
    complete: bool = True
    fidelity: Fidelity | None = None
    model_answers: np.ndarray | None = None
    local_r2: np.ndarray | None = None

    def __post_init__(self) -> None:
        values = np.asarray(self.values)
        if values.ndim != 3 or values.dtype.kind != "f":
            raise InvalidInputError(
                f"values has shape {values.shape} and dtype {values.dtype}; it needs floats of shape "
                "(n_rows, n_features, n_outputs). Explanation.from_values accepts other layouts"
            )
        n, p, k = values.shape
        if (n, p) != (self.data.n_rows, self.data.n_columns):
            raise InvalidInputError(
                f"values has {n} rows and {p} features, but data has {self.data.n_rows} rows and "
                f"{self.data.n_columns} columns"
            )
        if len(self.output_names) != k:
            raise InvalidInputError(f"output_names has {len(self.output_names)} names for {k} outputs")
        self._keep("values", values, (n, p, k))
        self._keep("base_values", np.asarray(self.base_values, dtype=np.float64), (k,))
        self._keep("predictions", self.predictions, (n, k))
        self._keep("probabilities", self.probabilities, (n, k))
        self._keep("model_answers", self.model_answers, (n, k))
        self._keep("local_r2", self.local_r2, (n, k))
        self._keep("std_errors", self.std_errors, (n, p, k))
        self._keep("y", self.y, (n,))
        for name in ("output_names", "notes"):
            object.__setattr__(self, name, tuple(str(text) for text in getattr(self, name)))
        if self.class_values is not None:
            object.__setattr__(self, "class_values", tuple(self.class_values))
        if self.base_probabilities is None:
            object.__setattr__(self, "base_probabilities", base_probabilities(self))

    def _keep(self, name: str, array: Any, shape: tuple[int, ...]) -> None:
        """Store an array that cannot be written through this object; the caller's own stays writeable."""
        if array is None:
            return
        given = np.asarray(array)
        if given.shape != shape:
            raise InvalidInputError(f"{name} has shape {given.shape}; it needs {shape}")
        view = given.view()
        view.setflags(write=False)
        object.__setattr__(self, name, view)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features of this level."""
        return self.data.names

    @property
    def outcome_names(self) -> tuple[str, ...] | None:
        """Names of the classes by output; None for regression."""
        return None if self.task == "regression" else self.output_names

    @property
    def n_rows(self) -> int:
        """Rows explained."""
        return int(self.values.shape[0])

    @property
    def n_features(self) -> int:
        """Features of this level."""
        return int(self.values.shape[1])

    @property
    def n_outputs(self) -> int:
        """Outputs: classes, or targets."""
        return int(self.values.shape[2])

    @property
    def default_output(self) -> int:
        """The output shown first: the second of two classes, else the first."""
        return 1 if self.task == "binary" and self.n_outputs == 2 else 0

    def output_position(self, which: int | str | None = None) -> int:
        """Position of an output given by name or position; `default_output` for None."""
        if which is None:
            return self.default_output
        k = self.n_outputs
        if isinstance(which, str) and which in self.output_names:
            return self.output_names.index(which)
        if isinstance(which, (int, np.integer)) and not isinstance(which, bool) and -k <= which < k:
            return int(which) % k
        shown = ", ".join(map(repr, self.output_names[:20])) + (", …" if self.n_outputs > 20 else "")
        raise InvalidInputError(
            f"output={which!r} is not an output; choose a position below {k} or one of {shown}"
        )

    def totals(self) -> np.ndarray:
        """What the explanation adds up to, base value plus contributions, as float64 (n_rows, n_outputs)."""
        out = np.empty((self.n_rows, self.n_outputs))
        for start in range(0, self.n_rows, _ROWS_AT_A_TIME):
            part = self.values[start : start + _ROWS_AT_A_TIME]
            out[start : start + len(part)] = part.sum(axis=1, dtype=np.float64)
        out += self.base_values
        return out

    @cached_property
    def residual(self) -> float | None:
        """Largest |base value + contributions − prediction| over all rows and outputs.

        None where predictions are unknown, or where features were left out by `select`.
        """
        if self.predictions is None or not self.complete:
            return None
        if not self.n_rows:
            return 0.0
        gaps = np.abs(self.totals() - self.predictions)
        known = gaps[~np.isnan(gaps)]
        return float(known.max()) if known.size else None

    @cached_property
    def _importance(self) -> tuple[np.ndarray, np.ndarray]:
        mean, error = importance_with_error(self.values, self.std_errors)
        # Kept for all who ask, so nobody may write into them.
        mean.setflags(write=False)
        error.setflags(write=False)
        return mean, error

    @property
    def importance(self) -> np.ndarray:
        """Mean |contribution| over all rows (n_outputs, n_features)."""
        return self._importance[0]

    @property
    def importance_error(self) -> np.ndarray:
        """One standard error of `importance` (n_outputs, n_features); NaN where one row cannot tell."""
        return self._importance[1]
