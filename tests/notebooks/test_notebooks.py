"""The notebooks run as they are, from a fresh kernel, and are kept without outputs."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
NAMES = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))


def execute(name: str, folder: Path, *beside: str) -> nbformat.NotebookNode:
    here = folder / "notebooks"
    here.mkdir()
    for needed in (name, *beside):
        shutil.copy(NOTEBOOKS / needed, here)
    notebook = nbformat.read(here / name, as_version=4)
    NotebookClient(notebook, timeout=240, resources={"metadata": {"path": str(here)}}).execute()
    return notebook


def printed(notebook: nbformat.NotebookNode) -> str:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(output.get("text", "") for output in outputs if output.output_type == "stream")


@pytest.mark.parametrize("name", NAMES)
def test_kept_without_outputs(name: str) -> None:
    for cell in nbformat.read(NOTEBOOKS / name, as_version=4).cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


def test_quickstart_runs_and_leaves_one_self_contained_file(tmp_path: Path) -> None:
    notebook = execute("01_quickstart.ipynb", tmp_path)
    text = printed(notebook)
    assert "tree (exact)" in text
    page = (tmp_path / "build" / "quickstart.html").read_text()
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert "interpret-widget/state" in page
    warned = [
        output.text
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stderr" and "compiling its kernels, once" not in output.text
    ]
    assert warned == []


def test_the_workshops_notebook_runs_with_only_its_imports_changed(tmp_path: Path) -> None:
    notebook = execute("02_workshop_local.ipynb", tmp_path)
    assert "linear" in printed(notebook)
    shown = [output for output in notebook.cells[-2].outputs if "data" in output]
    assert "application/vnd.jupyter.widget-view+json" in shown[-1].data


def test_the_trees_notebook_runs_and_agrees_with_lightgbm(tmp_path: Path) -> None:
    notebook = execute("03_trees.ipynb", tmp_path)
    text = printed(notebook)
    assert "our own path-dependent values" in text
    assert float(re.search(r"difference between them: (\S+)", text)[1]) < 1e-9
    assert "probability - residual" in text
    assert "give all 100: True" in text
    shown = [output for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output]
    assert any("application/vnd.jupyter.widget-view+json" in output.data for output in shown)


def test_the_training_notebook_sees_the_leak_take_over(tmp_path: Path) -> None:
    text = printed(execute("04_watch_training.ipynb", tmp_path))
    assert "ExitInterviewBooked took over" in text
    assert "does it know the outcome?" in text
    assert "as LightGBM itself explains it: True" in text


def test_the_three_explainers_are_compared(tmp_path: Path) -> None:
    notebook = execute("03_explainers.ipynb", tmp_path)
    text = printed(notebook)
    assert "kernel -" in text
    assert "the same class" in text
    shown = [output for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output]
    assert any("application/vnd.plotly.v1+json" in output.data for output in shown)
    assert sum("application/vnd.jupyter.widget-view+json" in output.data for output in shown) == 2


def test_texts_and_images_are_exact_where_they_can_be(tmp_path: Path) -> None:
    said = printed(execute("06_text_and_images.ipynb", tmp_path))
    assert "exact by linear" in said
    assert "ImageExplanation(8 × 8 pixels" in said


def test_the_workshops_second_notebook_fetches_what_another_process_explained(tmp_path: Path) -> None:
    notebook = execute("05_workshop_remote.ipynb", tmp_path, "train_explain.py")
    text = printed(notebook)
    assert re.search(r"run \w{32}", text)
    names = re.search(r"importance names:  \[(.*)\]", text)[1]
    assert names.count("', '") == 3
    assert "complete: False" in text
    assert "294 rows, 30 columns" in text
    shown = [output for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output]
    assert sum("application/vnd.jupyter.widget-view+json" in output.data for output in shown) == 2
    plain = "\n".join(str(output.data.get("text/plain", "")) for output in shown)
    assert "Explanation(294 rows × 30 features" in plain
    assert "'comment': 'global explanation: all features'" in plain
    assert (tmp_path / "build" / "remote" / "mlflow.db").exists()


def test_reasons_are_the_same_where_nothing_of_the_model_is_installed(tmp_path: Path) -> None:
    notebook = execute("07_inference.ipynb", tmp_path)
    text = printed(notebook)
    assert "TreeScoringExplainer(LGBMClassifier, 30 columns, binary)" in text
    elsewhere, here = (float(re.search(rf"{place}: +(\S+)", text)[1]) for place in ("elsewhere", "here"))
    assert 0.4 < elsewhere == here < 0.8
    assert "column 'MonthlyIncome' needs a number, not '5,000'" in text
    assert "OverTime" in re.search(r"drifted: (.*)", text)[1]
    shown = [output for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output]
    assert any("application/vnd.jupyter.widget-view+json" in output.data for output in shown)
