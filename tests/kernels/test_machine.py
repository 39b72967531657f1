"""Compiled once, then loaded: by later processes, and whatever becomes of the files."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from interpret_widget.kernels import machine, warming

SCRIPT = """
import sys
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.tree import DecisionTreeRegressor
from interpret_widget.trees import TreeValues
X, y = load_diabetes(return_X_y=True)
trees = TreeValues(DecisionTreeRegressor(max_depth=4, random_state=0).fit(X, y))
values = trees.values(X)
assert abs(trees.base_values + values.sum(axis=1) - trees.predict(X)).max() < 1e-9
print("numba" in sys.modules)
"""


def explained(cache):
    settings = {**os.environ, "INTERPRET_WIDGET_CACHE": str(cache), "INTERPRET_WIDGET_WARM": "0"}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=settings, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip() == "True", done.stderr


def test_a_machine_compiles_once_and_says_so(tmp_path):
    compiles, said = explained(tmp_path)
    assert compiles
    assert said.count("compiling its kernels, once on this machine") == 1
    files = sorted(tmp_path.glob("*.o"))
    assert files
    compiles, said = explained(tmp_path)
    assert not compiles
    assert "compiling" not in said
    # A file that was cut short, or tampered with, is not run but compiled again.
    for path in files:
        path.write_bytes(path.read_bytes()[:-50])
    compiles, said = explained(tmp_path)
    assert compiles
    assert "compiling" in said
    assert not explained(tmp_path)[0]


def test_a_cache_that_cannot_be_written_to_is_no_obstacle(tmp_path):
    taken = tmp_path / "taken"
    taken.write_text("a file, not a directory")
    assert explained(taken)[0]


def test_the_first_import_on_a_machine_compiles_in_the_background(tmp_path, monkeypatch):
    monkeypatch.setenv("INTERPRET_WIDGET_CACHE", str(tmp_path))
    monkeypatch.delenv("INTERPRET_WIDGET_WARM", raising=False)
    monkeypatch.setattr(warming, "KERNELS", warming.KERNELS[:1])
    process = warming.warm()
    assert process is not None
    assert warming.warm() is None  # one is enough
    process.kill()
    process.wait()
    warming.compile_all()
    assert len(list(tmp_path.glob("all-*"))) == 2
    monkeypatch.setenv("INTERPRET_WIDGET_WARM", "0")
    monkeypatch.setenv("INTERPRET_WIDGET_CACHE", str(tmp_path / "other"))
    assert warming.warm() is None


def test_all_kernels_are_known_to_the_one_who_compiles_ahead():
    from importlib import import_module

    names = [path.stem for path in (machine._SOURCE).glob("*.py") if path.stem != "__init__"]
    modules = {name: import_module(f"interpret_widget.kernels.source.{name}") for name in names}
    found = {(name, each) for name, made in modules.items() for each in getattr(made, "KERNELS", {})}
    assert found == set(warming.KERNELS)


def test_arguments_are_checked():
    splits = machine.kernel("walks", "expectations")
    with pytest.raises(TypeError, match="float64"):
        splits(1, 1, np.zeros(1))
    with pytest.raises(TypeError, match="C order"):
        machine.address(np.zeros((4, 4))[:, 1])
