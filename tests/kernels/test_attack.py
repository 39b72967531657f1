"""What a hostile but honest user does to the kernels."""

from __future__ import annotations

import copy
import gc
import pickle
import subprocess
import sys

import numpy as np

from interpret_widget.trees import TreeValues
from tests.kernels.test_path_dependent import ensemble_of, grown

ELSEWHERE = """
import pickle, sys
import numpy as np
trees, rows, values = pickle.load(open(sys.argv[1], "rb"))
np.testing.assert_array_equal(trees.values(rows), values)
"""


def test_copies_do_not_remember_where_arrays_lay(tmp_path):
    rng = np.random.default_rng(0)
    trees = TreeValues(ensemble_of([grown(rng, 6, 5) for _ in range(20)], 5))
    rows = rng.normal(size=(2, 5))
    values = trees.values(rows)  # so few that addresses are kept
    (tmp_path / "trees.pickle").write_bytes(pickle.dumps((trees, rows, values)))
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, str(tmp_path / "trees.pickle")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    twin = copy.deepcopy(trees)
    held = [each for _, arrays in trees._game._calls_of_row for each in arrays]
    np.testing.assert_array_equal(twin.values(rows), values)
    for each in held:
        if each.flags.writeable and each.dtype == np.float64:
            each[...] = np.nan
    del trees
    gc.collect()
    np.testing.assert_array_equal(twin.values(rows), values)
