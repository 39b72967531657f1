"""What an explanation of texts holds: tokens by place, and what each contributes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError


@dataclass(frozen=True, eq=False)
class ExplainedText:
    """One text.

    Attributes
    ----------
    text : str
    spans : tuple of (start, end)
        Places of the tokens, in order: ``text[start:end]``.
    values : ndarray (n_tokens, n_outputs)
        Contributions.
    base_values, prediction : ndarray (n_outputs,)
        ``base_values + values.sum(axis=0) + absent`` is the prediction.
    absent : ndarray (n_outputs,)
        What terms contribute that the text lacks, where the background has them; zero elsewhere.
    std_errors : ndarray (n_tokens, n_outputs) or None
        Of estimates; None where values are exact.
    terms : dict of str to ndarray (n_outputs,)
        Contributions of the terms of the text before they were split over tokens.
    exact : bool
    note : str
        What was left out piece by piece, where it was not words.
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    values: np.ndarray
    base_values: np.ndarray
    prediction: np.ndarray
    absent: np.ndarray
    std_errors: np.ndarray | None
    terms: dict[str, np.ndarray]
    exact: bool
    note: str = ""

    def __post_init__(self) -> None:
        for array in (self.values, self.base_values, self.prediction, self.absent, self.std_errors):
            if array is not None:
                array.setflags(write=False)

    @property
    def tokens(self) -> tuple[str, ...]:
        """As they are written in the text."""
        return tuple(self.text[start:end] for start, end in self.spans)

    @property
    def residual(self) -> float:
        """The largest gap between sum and prediction over outputs."""
        total = self.base_values + self.values.sum(axis=0) + self.absent
        return float(np.abs(total - self.prediction).max())


@dataclass(frozen=True, eq=False)
class TextExplanation:
    """Texts explained; a sequence of `ExplainedText`.

    Attributes
    ----------
    documents : tuple of ExplainedText
    output_names : tuple of str
    unit : str
        Of values: "log-odds", "probability", "decision value", "prediction".
    method : {"linear", "tree", "enumeration", "sampling"}
    reason : str
        Why this route.
    background : str
        What texts are compared with.
    """

    documents: tuple[ExplainedText, ...]
    output_names: tuple[str, ...]
    unit: str
    method: str
    reason: str
    background: str

    @property
    def exact(self) -> bool:
        """Whether the values of every text are computed rather than estimated."""
        return all(each.exact for each in self.documents)

    @property
    def residual(self) -> float:
        """The largest of all texts."""
        return max(each.residual for each in self.documents)

    def __len__(self) -> int:
        return len(self.documents)

    def __getitem__(self, at: int) -> ExplainedText:
        return self.documents[at]

    def __iter__(self) -> Iterator[ExplainedText]:
        return iter(self.documents)

    def to_frame(self) -> Any:
        """One row for each token and output: text, token, start, end, output, contribution, std_error."""
        import pandas as pd

        rows = [
            (at, token, start, end, name, one.values[j, k], np.nan if errors is None else errors[j, k])
            for at, one in enumerate(self.documents)
            for errors in [one.std_errors]
            for j, (token, (start, end)) in enumerate(zip(one.tokens, one.spans, strict=True))
            for k, name in enumerate(self.output_names)
        ]
        names = ["text", "token", "start", "end", "output", "contribution", "std_error"]
        return pd.DataFrame(rows, columns=names)

    def terms_frame(self, top_k: int | None = None) -> Any:
        """Terms over all texts, by mean absolute contribution: one row for each term and output.

        A text without the term counts as 0; ``n_texts`` says how many have it, ``mean_signed`` the mean of
        signed contributions over these.
        """
        import pandas as pd

        seen: dict[str, list[np.ndarray]] = {}
        for one in self.documents:
            for term, values in one.terms.items():
                seen.setdefault(term, []).append(values)
        rows = []
        for k, name in enumerate(self.output_names):
            found = [
                (name, term, np.abs(v[:, k]).sum() / len(self), v[:, k].mean(), len(v))
                for term, v in ((term, np.stack(each)) for term, each in seen.items())
            ]
            rows += sorted(found, key=lambda row: (-row[2], row[1]))[:top_k]
        return pd.DataFrame(rows, columns=["output", "term", "importance", "mean_signed", "n_texts"])

    def to_explanation(self) -> Any:
        """A table of texts by terms as an `Explanation`: terms that a text lacks count 0.

        The last column, ``(terms not in the text)``, is what `ExplainedText.absent` holds.
        """
        from interpret_widget.explanation import Explanation

        names = list(dict.fromkeys(term for one in self.documents for term in one.terms))
        position = {term: at for at, term in enumerate(names)}
        values = np.zeros((len(self), len(names) + 1, len(self.output_names)))
        present = np.zeros((len(self), len(names) + 1))
        for at, one in enumerate(self.documents):
            for term, each in one.terms.items():
                values[at, position[term]], present[at, position[term]] = each, 1
            values[at, -1] = one.absent
        several = len(self.output_names) > 1
        return Explanation.from_values(
            values if several else values[:, :, 0],
            present,
            base_values=self.documents[0].base_values if several else self.documents[0].base_values[0],
            predictions=np.stack([one.prediction for one in self.documents])[:, :: 1 if several else None],
            feature_names=[*names, "(terms not in the text)"],
            output_names=list(self.output_names),
            output_space=self.unit if self.unit in ("log-odds", "probability") else "raw",
            method=self.method,
            exact=self.exact,
        )

    def dashboard(self) -> Any:
        """Texts with their tokens highlighted in place, as a widget."""
        from interpret_widget.widget.evidence import text_evidence

        return text_evidence(self)

    def output_position(self, output: str | int) -> int:
        """Position of an output by name or position.

        Raises
        ------
        InvalidInputError
            No such output.
        """
        if output in self.output_names:
            return self.output_names.index(str(output))
        if isinstance(output, (int, np.integer)) and 0 <= output < len(self.output_names):
            return int(output)
        raise InvalidInputError(f"output={output!r} is not one of {', '.join(map(repr, self.output_names))}")

    def _repr_html_(self) -> str:
        """The first texts, the last output; what stands in a text is escaped."""
        k = len(self.output_names) - 1
        shown = self.documents[:5]
        most = max((float(np.abs(one.values[:, k]).max(initial=0)) for one in shown), default=0) or 1.0
        blocks = [_paragraph(one, k, most, self.output_names[k], self.unit) for one in shown]
        more = f"<p>… and {len(self) - 5:,} more texts</p>" if len(self) > 5 else ""
        return f"<div>{''.join(blocks)}{more}</div>"

    def __repr__(self) -> str:
        kind = "exact" if self.exact else "estimated"
        n = f"{len(self):,} text{'' if len(self) == 1 else 's'}"
        outputs = ", ".join(self.output_names)
        return f"TextExplanation({n} → {outputs}; {self.unit}; {kind} by {self.method})"


def _paragraph(one: ExplainedText, k: int, most: float, name: str, unit: str) -> str:
    parts, at = [], 0
    for (start, end), value in zip(one.spans, one.values[:, k], strict=True):
        colour, line = ("214,51,108", "solid") if value > 0 else ("42,125,225", "dashed")
        share = 0.45 * abs(float(value)) / most
        style = (
            f"background:rgba({colour},{share:.2f});border-bottom:2px {line} rgba({colour},{2 * share:.2f})"
        )
        parts.append(escape(one.text[at:start]))
        parts.append(f'<span style="{style}" title="{value:+.4g}">{escape(one.text[start:end])}</span>')
        at = end
    parts.append(escape(one.text[at:]))
    line = f"{escape(name)}: {one.base_values[k]:.4g} → {one.prediction[k]:.4g} ({escape(unit)})"
    return f'<p style="white-space:pre-wrap">{"".join(parts)}<br><small>{line}</small></p>'
