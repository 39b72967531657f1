"""``explanation.plot``: arguments checked, figures made."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.arguments import whole_number
from interpret_widget.errors import InvalidInputError

if TYPE_CHECKING:
    from interpret_widget.explanation import Explanation


@dataclass(frozen=True)
class Plots:
    """Plotly figures of an explanation.

    Every method returns a ``plotly.graph_objects.Figure``, which shows itself at the end of a cell and can be
    changed or written like any other. Figures have no background and grey text, for light and dark pages;
    ``figure.update_layout(font_color="black")`` suits paper.

    Attributes
    ----------
    explanation : Explanation
        What the figures show.
    """

    explanation: Explanation

    def global_bar(self, top_k: int = 12, output: int | str | None = None) -> Any:
        """Mean |contribution| of the strongest features; ± 95 % where values are estimates.

        Parameters
        ----------
        top_k : int
            Features shown.
        output : int or str, optional
            One output. None: the second of two classes, and of several outputs all, stacked.
        """
        from .global_charts import global_bar, stacked_bar

        top = whole_number("top_k", top_k)
        if output is None and self.explanation.n_outputs > 1 and self.explanation.task != "binary":
            return stacked_bar(self.explanation, top)
        return global_bar(self.explanation, top, self.explanation.output_position(output))

    def beeswarm(self, top_k: int = 12, output: int | str | None = None, max_points: int = 2_000) -> Any:
        """Contributions of many rows to one output, coloured by the feature's value.

        Parameters
        ----------
        top_k : int
            Features shown.
        output : int or str, optional
            The second of two classes, else the first, otherwise.
        max_points : int
            Rows drawn; more are sampled with a fixed seed, and the title says so.
        """
        from .beeswarm_chart import beeswarm

        position = self.explanation.output_position(output)
        return beeswarm(
            self.explanation, whole_number("top_k", top_k), position, whole_number("max_points", max_points)
        )

    def waterfall(self, row: int = 0, top_k: int = 10, output: int | str | None = None) -> Any:
        """One prediction, from the base value step by step.

        Parameters
        ----------
        row : int
            Position; for a label use ``explanation.at(label).plot.waterfall()``.
        top_k : int
            Features with a bar of their own; the others are folded into one.
        output : int or str, optional
            The second of two classes, else the first, otherwise.
        """
        from .row_chart import row_waterfall

        n = self.explanation.n_rows
        if not isinstance(row, (int, np.integer)) or isinstance(row, bool) or not -n <= row < n:
            has = f"rows 0 to {n - 1}" if n else "no rows"
            raise InvalidInputError(
                f"row={row!r} is not a position; the explanation has {has}. "
                "For a row label use explanation.at(label).plot.waterfall()"
            )
        position = self.explanation.output_position(output)
        return row_waterfall(self.explanation, int(row), whole_number("top_k", top_k), position)

    def dependence(
        self,
        feature: int | str,
        color: int | str | None = None,
        output: int | str | None = None,
        max_points: int = 2_000,
    ) -> Any:
        """Contribution of a feature against its value.

        Parameters
        ----------
        feature : int or str
            The feature.
        color : int or str, optional
            The feature that colours the points: the strongest interacting one otherwise; the feature itself
            switches colours off.
        output : int or str, optional
            The second of two classes, else the first, otherwise.
        max_points : int
            Rows drawn; more are sampled with a fixed seed, and the title says so.
        """
        from .dependence_chart import dependence, interacting

        explanation = self.explanation
        at = self._feature("feature", feature)
        position = explanation.output_position(output)
        by = interacting(explanation, at, position) if color is None else self._feature("color", color)
        return dependence(
            explanation, at, None if by == at else by, position, whole_number("max_points", max_points)
        )

    def _feature(self, argument: str, which: int | str) -> int:
        names, p = self.explanation.feature_names, self.explanation.n_features
        if isinstance(which, str) and which in names:
            return names.index(which)
        if isinstance(which, (int, np.integer)) and not isinstance(which, bool) and 0 <= which < p:
            return int(which)
        near = get_close_matches(str(which), names, n=3) or list(names[:5])
        raise InvalidInputError(
            f"{argument}={which!r} is not a feature; give a position below {p} or a name such as "
            + ", ".join(map(repr, near))
        )
