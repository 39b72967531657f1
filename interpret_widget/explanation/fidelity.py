"""How well a surrogate stands for the model that it imitates."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

_LOW = 0.8  # of R²: below, a fifth of what the model does is not in the surrogate


@dataclass(frozen=True)
class Fidelity:
    """Measured on rows that the surrogate was not fitted on, or of a local one around each row.

    Attributes
    ----------
    surrogate : str
        For people.
    r2 : float
        Share of the variance of the model's answers (probabilities, else predictions) that the surrogate has;
        over all outputs together. Negative where a constant would do better.
    agreement : float or None
        Share of rows for which both decide for the same class.
    n_rows : int
        Rows that it was measured on, or around which there is a surrogate each.
    is_local : bool
        Whether each row has a surrogate of its own; ``r2`` is then the median of theirs.
    """

    surrogate: str
    r2: float
    agreement: float | None
    n_rows: int
    is_local: bool = False

    @property
    def is_low(self) -> bool:
        """Whether the surrogate's explanation says little of the model."""
        return not self.r2 >= _LOW

    def __str__(self) -> str:
        text = f"R² {self.r2:.2f}"
        if self.is_local:
            return f"{text}, the median of {self.n_rows:,} fits" if self.n_rows > 1 else text
        if self.agreement is not None:
            text += f", the same class for {self.agreement:.0%}"
        return f"{text} of {self.n_rows:,} rows kept apart"

    def facts(self) -> dict[str, Any]:
        """Plain facts, to send and to store."""
        return {**asdict(self), "is_low": self.is_low}


def measured(surrogate: str, own: np.ndarray, given: np.ndarray, *, has_classes: bool) -> Fidelity:
    """Compare two answers to the same rows.

    Parameters
    ----------
    surrogate : str
    own, given : ndarray (n_rows, n_outputs)
        Of the surrogate, and of the model.
    has_classes : bool
        Whether outputs are classes.
    """
    spread = float(((given - given.mean(axis=0)) ** 2).sum())
    missed = float(((given - own) ** 2).sum())
    r2 = 1.0 - missed / spread if spread > 0 else (1.0 if missed == 0 else -np.inf)
    agreement = float((own.argmax(axis=1) == given.argmax(axis=1)).mean()) if has_classes else None
    return Fidelity(surrogate, r2, agreement, len(given))


def local(r2: np.ndarray) -> Fidelity:
    """The fidelity of linear models around rows, from the R² (n_rows, n_outputs) of each."""
    return Fidelity("local linear model", float(np.median(r2)) if r2.size else np.nan, None, len(r2), True)
