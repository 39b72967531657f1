"""Which question values answer: what becomes of columns that a coalition lacks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from interpret_widget.errors import InvalidInputError

_PERTURBATIONS = ("tree_path_dependent", "interventional", "correlation_dependent")
_OUTPUTS = ("raw", "probability")


@dataclass(frozen=True, eq=False)
class TreeGame:
    """What becomes of the columns that a coalition lacks, and which output is explained.

    Attributes
    ----------
    feature_perturbation : {"tree_path_dependent", "interventional", "correlation_dependent"}
        Averaged over the covers of the trees, taken from rows of the background, or, of linear models,
        guessed from the columns that are known.
    model_output : {"raw", "probability"}
        The sum of the trees, or what the model makes of it.
    weights : ndarray (n_background,) or None
        Of the rows of the background.

    Raises
    ------
    InvalidInputError
        Other names, or probabilities with ``"tree_path_dependent"``, which knows only sums of leaves.
    """

    feature_perturbation: str = "tree_path_dependent"
    model_output: str = "raw"
    weights: np.ndarray | None = None

    def __post_init__(self) -> None:
        for name, known in (("feature_perturbation", _PERTURBATIONS), ("model_output", _OUTPUTS)):
            value = getattr(self, name)
            if value not in known:
                raise InvalidInputError(f"{name}={value!r} is not one of {', '.join(map(repr, known))}")
        if self.model_output == "probability" and not self.is_interventional:
            why = (
                "what is guessed is the linear sum"
                if self.is_correlated
                else "the covers of the trees say nothing of probabilities"
            )
            raise InvalidInputError(
                f"model_output='probability' needs feature_perturbation='interventional': {why}"
            )

    @property
    def is_interventional(self) -> bool:
        """Whether rows of a background take the place of missing columns."""
        return self.feature_perturbation == "interventional"

    @property
    def is_correlated(self) -> bool:
        """Whether columns that are known tell of those that are not."""
        return self.feature_perturbation == "correlation_dependent"


PATH_DEPENDENT = TreeGame()
