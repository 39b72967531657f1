"""An explanation at the end of a cell."""

from __future__ import annotations

import numpy as np

from interpret_widget import Explanation


def test_one_line_says_size_outputs_and_truth(deep):
    text = repr(deep)
    assert "40 rows × 3 features" in text
    assert "exact by linear, residual" in text


def test_the_table_is_plain_and_escaped():
    explanation = Explanation.from_values(np.ones((2, 2)), feature_names=["<script>x</script>", "b&b"])
    html = explanation._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "b&amp;b" in html


def test_of_many_features_the_rest_is_counted():
    explanation = Explanation.from_values(np.ones((2, 25)))
    assert "and 15 more features" in explanation._repr_html_()
