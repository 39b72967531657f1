"""What a comparison found, frozen."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from interpret_widget.errors import InvalidInputError

from .separable import Separability

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from interpret_widget.explanation import Explanation


@dataclass(frozen=True)
class Summary:
    """One output in a few numbers.

    Attributes
    ----------
    output : str
    base_before, base_after : float
        Base values.
    mean_before, mean_after : float
        Mean predictions, in the unit of the explanation.
    moved : float
        Share of all importance that is on other features now, 0 to 1.
    ndcg : float
        Agreement of the order of features, weighed by importance; 1 is the same order.
    separability : Separability or None
        Whether contributions give away which table a row is from; None where the rows are the same, or few.
    """

    output: str
    base_before: float
    base_after: float
    mean_before: float
    mean_after: float
    moved: float
    ndcg: float
    separability: Separability | None


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Two explanations side by side; made by `compare`.

    Attributes
    ----------
    names : (str, str)
    features : DataFrame
        One line per output and feature, those that moved most first; see `compare`.
    outputs : tuple of Summary
    rows : DataFrame or None
        Where the same rows were explained twice: before, after, what changed; see ``to_frame("rows")``.
    n_rows : (int, int)
    unit : str
    default_output : str
    is_binary : bool
        Whether the outputs are two classes, of which each says the opposite of the other.
    left_out : (tuple of str, tuple of str)
        Features that only one of the two has.
    after : Explanation
        The second one, for the dashboard.
    """

    names: tuple[str, str]
    features: pd.DataFrame
    outputs: tuple[Summary, ...]
    rows: pd.DataFrame | None
    n_rows: tuple[int, int]
    unit: str
    default_output: str
    is_binary: bool
    left_out: tuple[tuple[str, ...], tuple[str, ...]]
    after: Explanation

    @property
    def is_paired(self) -> bool:
        """Whether the same rows were explained twice."""
        return self.rows is not None

    @property
    def drifted(self) -> list[str]:
        """Features that drifted for any output, those that moved most first."""
        found = self.features[self.features["drifted"]].sort_values("moved", ascending=False)
        return list(dict.fromkeys(found["feature"]))

    @property
    def moved(self) -> float:
        """The largest share of importance that moved to other features, over outputs."""
        return max(each.moved for each in self.outputs)

    @property
    def ndcg(self) -> float:
        """The lowest agreement of the order of features, over outputs."""
        return min(each.ndcg for each in self.outputs)

    @property
    def flipped(self) -> float | None:
        """Share of rows with another predicted class; None for regression and for different rows."""
        if self.rows is None or "flipped" not in self.rows:
            return None
        return float(self.rows["flipped"].mean())

    def of(self, output: str | None = None) -> Summary:
        """The numbers of one output; the default one for None."""
        wanted = self.default_output if output is None else output
        for each in self.outputs:
            if each.output == wanted:
                return each
        known = ", ".join(repr(each.output) for each in self.outputs[:20])
        raise InvalidInputError(f"output={output!r} is not compared; choose one of {known}")

    def to_frame(self, what: str = "features") -> pd.DataFrame:
        """The comparison as a table.

        Parameters
        ----------
        what : {"features", "outputs", "rows"}
            One line per output and feature, per output, or per row that was explained twice.
        """
        import pandas as pd

        if what == "features":
            features: pd.DataFrame = self.features.copy()
            return features
        if what == "outputs":
            lines = []
            for each in self.outputs:
                line = asdict(each)
                separable = line.pop("separability") or {"auc": float("nan"), "p_value": float("nan")}
                lines.append({**line, "auc": separable["auc"], "auc_p_value": separable["p_value"]})
            outputs: pd.DataFrame = pd.DataFrame(lines)
            return outputs
        if what == "rows":
            if self.rows is None:
                raise InvalidInputError(
                    "what='rows' needs the same rows on both sides (labels and values); these differ"
                )
            rows: pd.DataFrame = self.rows.copy()
            return rows
        raise InvalidInputError(f"what={what!r} is not one of 'features', 'outputs', 'rows'")

    def figure(self, top_k: int = 12, output: str | None = None) -> Any:
        """A Plotly figure: shares of importance then and now, those that moved most first."""
        from .figure import dumbbells

        return dumbbells(self, top_k, self.of(output))

    def dashboard(self, **options: Any) -> Any:
        """The dashboard of the second explanation, with a panel of what changed."""
        from interpret_widget.widget import ExplanationDashboard

        return ExplanationDashboard(self.after, comparison=self, **{"view": "changes", **options})

    def save_html(self, path: str | Path) -> Path:
        """Write a page that needs no network and runs no script.

        Parameters
        ----------
        path : str or Path
            A file; its folder must exist.
        """
        from .page import write_page

        return write_page(self, path)

    def words(self) -> list[str]:
        """The findings in sentences, the most important first."""
        from .wording import findings

        return findings(self)

    def __repr__(self) -> str:
        one, two = self.n_rows
        rows = f"{one:,} rows twice" if self.is_paired else f"{one:,} against {two:,} rows"
        return f"Comparison({rows}; {' '.join(self.words())})"

    def _repr_html_(self) -> str:
        said = "".join(f"<li>{escape(each)}</li>" for each in self.words())
        table = self.features[self.features["output"] == self.default_output].head(10)
        shown = table[["feature", "share_before", "share_after", "moved", "p_value", "remarks"]]
        html = shown.to_html(index=False, escape=True, float_format=lambda number: f"{number:.3g}")
        return f"<div><ul>{said}</ul>{html}</div>"
