"""Importing the package must stay light: notebooks import it before they need it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import interpret_widget

HEAVY = ("shap", "plotly", "anywidget", "ipywidgets", "sklearn", "pandas", "lightgbm", "xgboost", "numba")
HEAVY += ("catboost", "matplotlib", "scipy", "polars", "pyarrow", "mlflow")


def test_nothing_heavy_is_imported_with_it():
    code = "import json, sys, interpret_widget; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    assert "interpret_widget" in loaded
    assert not set(HEAVY) & set(loaded)


@pytest.mark.parametrize("name", interpret_widget.__all__)
def test_every_public_name_is_there(name):
    assert getattr(interpret_widget, name) is not None
    assert name in dir(interpret_widget)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="MimicExplorer"):
        _ = interpret_widget.MimicExplorer
