"""Which way a value goes at a split."""

from __future__ import annotations

import math

import numba

#: Ways to compare: a number, a number where zero is missing, a set of categories.
NUMBER, ZERO_MISSING, SET = 0, 1, 2


@numba.njit(inline="always")
def goes_left(x, threshold, missing, way, row, width, categories):
    """Whether a value goes left."""
    if math.isnan(x) or (way == ZERO_MISSING and abs(x) <= 1e-35):
        return missing != 0
    if way != SET:
        return x <= threshold
    if x < 0 or x >= width:
        return False
    return categories[row * width + numba.intp(x)] != 0
