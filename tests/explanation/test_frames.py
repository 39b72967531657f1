"""Tidy tables hold the same numbers, one per line."""

from __future__ import annotations

import numpy as np
import pytest


def test_a_line_per_row_output_and_feature(three):
    frame = three.to_frame()
    assert len(frame) == 12 * 3 * 3
    line = frame[(frame.row == "p-4") & (frame.output == "b") & (frame.feature == "pay")].iloc[0]
    assert line.contribution == three.values[4, 1, 1]
    assert line.feature_value == three.data.native["pay"].iloc[4]
    totals = frame.groupby(["row", "output"]).contribution.sum()
    assert totals["p-4", "b"] + three.base_values[1] == pytest.approx(three.predictions[4, 1])


def test_the_global_table_is_ranked(three):
    frame = three.global_frame()
    for k, name in enumerate(three.output_names):
        part = frame[frame.output == name]
        assert part["rank"].tolist() == [1, 2, 3]
        assert part.importance.tolist() == sorted(np.abs(three.values[:, :, k]).mean(axis=0), reverse=True)
