"""The table that viewers without widgets show: the explanation's numbers, nothing that could run."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

import numpy as np
import pytest

from interpret_widget import Explanation
from interpret_widget.widget.fallback import fallback_html

VOID = {"br", "img", "input", "meta", "link", "hr"}


@dataclass
class Page(HTMLParser):
    """What a reader sees once styles are stripped: paragraphs and cells as text, and every tag met."""

    html: str
    tags: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    lines: list[list[str]] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self):
        super().__init__(convert_charrefs=True)
        self.feed(self.html)
        self.close()
        assert not self._open, f"left open: {self._open}"

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self._open.append(tag)
        if tag == "tr":
            self.lines.append([])
        if tag in ("td", "th"):
            self.lines[-1].append("")
        if tag in ("p", "h3", "strong"):
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if {"td", "th"} & set(self._open):
            self.lines[-1][-1] += data
        for tag in ("p", "h3", "strong"):
            if tag in self._open:
                self.texts[tag][-1] += data

    @property
    def rows(self):
        return self.lines[1:]


def given(n=30, p=5, k=1, **more):
    rng = np.random.default_rng(0)
    return Explanation.from_values(rng.normal(size=(n, p, k)), rng.normal(size=(n, p)), **more)


def test_features_and_importances_are_those_of_the_ranking(binary):
    explanation = binary[0]
    page = Page(fallback_html(explanation, title="LogisticRegression", output=1))
    # Both classes of two have the same magnitudes, so one class ranks as all do.
    assert [row[1] for row in page.rows] == explanation.get_ranked_global_names()
    said = [float(row[2]) for row in page.rows]
    np.testing.assert_allclose(said, explanation.get_ranked_global_values(), rtol=6e-4)
    assert [row[0] for row in page.rows] == ["1", "2", "3", "4"]


@pytest.mark.parametrize("output", [0, 2])
def test_each_output_has_its_own_ranking_and_is_named(several, output):
    explanation = several[0]
    page = Page(fallback_html(explanation, title="t", output=output))
    assert [row[1] for row in page.rows] == explanation.get_ranked_per_class_names()[output]
    values = explanation.get_ranked_per_class_values()[output]
    np.testing.assert_allclose([float(row[2]) for row in page.rows], values, rtol=6e-4)
    assert page.texts["strong"] == [explanation.output_names[output]]
    assert "one of 3 classes: 0, 1, 2" in page.texts["p"][1]


def test_bars_have_the_lengths_of_the_numbers_without_any_style(regression):
    explanation = regression[0]
    page = Page(fallback_html(explanation, title="t", output=0))
    values = np.array(explanation.get_ranked_global_values())
    lengths = np.array([row[3].count("█") + "▏▎▍▌▋▊▉".find(row[3][-1]) / 8 + 1 / 8 for row in page.rows])
    full = np.array([row[3][-1] == "█" for row in page.rows])
    lengths[full] = [row[3].count("█") for row, whole in zip(page.rows, full, strict=True) if whole]
    assert page.rows[0][3] == "█" * 24, "the strongest fills the column"
    np.testing.assert_allclose(lengths / lengths[0], values / values[0], atol=1 / 100)


def test_heading_size_route_and_the_way_to_the_live_one(regression):
    explanation = regression[0]
    page = Page(fallback_html(explanation, title="LinearRegression", output=0))
    assert page.texts["h3"] == ["LinearRegression"]
    size = page.texts["p"][0]
    assert size.startswith("120 rows × 4 features · exact by linear, residual ")
    assert float(size.rsplit(" ", 1)[1]) == pytest.approx(explanation.residual, rel=0.1)
    assert "(rent)" in page.texts["p"][1]
    assert "Run the cell in JupyterLab" in page.texts["p"][-1]


def test_estimates_carry_their_error():
    explanation = given(method="sampling", std_errors=np.full((30, 5, 1), 0.2))
    page = Page(fallback_html(explanation, title="t", output=0))
    assert "estimated by sampling" in page.texts["p"][0]
    order = np.argsort(-explanation.importance[0])
    for row, j in zip(page.rows, order, strict=True):
        mean, around = row[2].split(" ± ")
        assert float(mean) == pytest.approx(explanation.importance[0][j], rel=6e-4)
        assert float(around) == pytest.approx(1.96 * explanation.importance_error[0][j], rel=6e-4)


def test_the_rest_is_counted():
    page = Page(fallback_html(given(p=20), title="t", output=0, top_k=3))
    assert len(page.rows) == 3
    assert "and 17 weaker features" in page.texts["p"]
    assert not any("weaker" in text for text in Page(fallback_html(given(), title="t", output=0)).texts["p"])


def test_nothing_that_is_named_can_run_or_break_out():
    evil = "<script>alert(1)</script>"
    explanation = given(
        p=3,
        feature_names=[evil, "\"' onmouseover=x", "</table>\x00\ud800&amp;"],
        output_names=[f"<img src=x onerror=y>{evil}"],
        unit="<style>*{}</style>",
    )
    page = Page(fallback_html(explanation, title=evil, output=0))
    assert page.tags == {
        "div",
        "h3",
        "p",
        "strong",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "span",
        "em",
    }
    assert page.attributes <= {"style", "aria-hidden"}
    assert page.texts["h3"] == [evil]
    assert {row[1] for row in page.rows} == {evil, "\"' onmouseover=x", "</table> &amp;"}
    page.html.encode("utf-8")


@pytest.mark.parametrize("top_k", [12, 500])
def test_long_names_stay_small_and_say_that_they_are_cut(top_k):
    names = [f"{j:03d}" + "<é&>'" * 40 for j in range(500)]
    outputs = [f"{k}" + "'" * 5_000 for k in range(60)]
    explanation = given(p=500, k=60, feature_names=names, output_names=outputs, unit="<" * 9_000)
    html = fallback_html(explanation, title="&" * 100_000, output=59, top_k=top_k)
    assert len(html.encode()) <= 60_000
    page = Page(html)
    best = explanation.get_ranked_per_class_names()[59]
    for row, name in zip(page.rows, best, strict=False):
        assert row[1].endswith("…")
        assert name.startswith(row[1][:-1])
    assert f"and {500 - len(page.rows)} weaker features" in page.texts["p"]
    assert len(page.rows) >= 12


def test_unknown_zero_and_huge_importances():
    values = np.array([[[np.nan], [0.0], [2.5e6], [3e-7]]])
    page = Page(fallback_html(Explanation.from_values(values, np.ones((1, 4))), title="t", output=0))
    assert [row[2] for row in page.rows] == ["2,500,000", "3e-07", "0", "unknown"]
    assert [bool(row[3]) for row in page.rows] == [True, True, False, False]
    assert "1 row × 4 features" in page.texts["p"][0]


def test_what_a_reader_must_know_is_said(binary):
    explanation = binary[0].select(features=["age", "role"])
    page = Page(fallback_html(explanation, title="t", output=1))
    assert any("do not add up" in text for text in page.texts["p"])
    assert "not all features" in page.texts["p"][0]
