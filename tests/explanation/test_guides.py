"""The guides' snippets run as they stand, and what they say of the files is so."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

DOCS = Path(__file__).parents[2] / "docs"


def snippets(guide):
    return "\n".join(re.findall(r"```python\n(.*?)```", (DOCS / guide).read_text("utf-8"), re.DOTALL))


def promised(guide):
    """The lines that a guide says its snippets print."""
    return re.findall(r"^# (.*)", snippets(guide), re.MULTILINE)


def run(guide, monkeypatch, tmp_path, capsys):
    """What a guide's snippets define, and the lines that they print."""
    monkeypatch.chdir(tmp_path)
    found = {}
    exec(compile(snippets(guide), guide, "exec"), found)
    return found, capsys.readouterr().out.splitlines()


def test_the_guide_runs_from_top_to_bottom(tmp_path, monkeypatch, capsys):
    found, said = run("explanation.md", monkeypatch, tmp_path, capsys)
    told = re.search(r"# (Explanation\(.*residual )", snippets("explanation.md")).group(1)
    assert said[0].startswith(told)
    assert f"feeds {len(found['explanation'].lineage.children[1])} columns" in said[1]
    assert np.array_equal(found["given"].predictions[:, 1], found["explanation"].predictions[:, 1])
    assert np.array_equal(found["again"].values, found["explanation"].values)
    assert found["back"].residual < 1e-9
    assert "kernel True raw 100 of 1,470 rows" in said
    assert "linear True Gaussian fitted to 1,470 rows" in said


def test_the_guide_to_trees_runs_and_says_what_it_prints(monkeypatch, tmp_path, capsys):
    pytest.importorskip("lightgbm")
    said = run("trees.md", monkeypatch, tmp_path, capsys)[1]
    for told in re.findall(r"^# ([A-Z].*)", snippets("trees.md"), re.MULTILINE)[:1]:
        assert told in said
    assert "400 rows" in said
    assert "probability True" in said


def test_the_guide_to_training_runs(monkeypatch, tmp_path, capsys):
    pytest.importorskip("lightgbm")
    monkeypatch.chdir(tmp_path)
    found = {}
    exec(compile(snippets("training.md"), "training.md", "exec"), found)
    assert "('run 1', 'lr=0.01')" in capsys.readouterr().out
    assert found["board"].explanation.residual < 1e-9
    assert (tmp_path / "build" / "training.html").stat().st_size > 100_000


def test_the_format_names_every_file_and_key(deep, tmp_path, monkeypatch):
    text = (DOCS / "format.md").read_text("utf-8")
    folder = deep.save(tmp_path / "folder")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    level = manifest["levels"][1]
    totals = json.loads((folder / "aggregates.json").read_text("utf-8"))
    for key in [
        *totals,
        *totals["levels"][0],
        *manifest,
        *manifest["provenance"],
        *level,
        *level["data"],
        *level["data"]["cells"][0],
    ]:
        assert f"`{key}`" in text, key
    for file in manifest["files"]:
        assert file.removeprefix("engineered/").split("/")[0] in text, file
    monkeypatch.chdir(tmp_path)
    exec(snippets("format.md"), {})


def test_the_guide_to_networks_runs_and_says_what_it_prints(monkeypatch, tmp_path, capsys):
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    exec(compile(snippets("networks.md"), "networks.md", "exec"), {})
    assert "gradients False log-odds" in capsys.readouterr().out


def test_the_guide_to_estimates_runs_and_says_what_it_prints(monkeypatch, tmp_path, capsys):
    said = run("estimates.md", monkeypatch, tmp_path, capsys)[1]
    for told in re.findall(r"^# ((?:True|False) .*)", snippets("estimates.md"), re.MULTILINE):
        assert told in said


def test_the_guide_to_explainers_runs_and_says_what_it_prints(monkeypatch, tmp_path, capsys):
    pytest.importorskip("lightgbm")
    pytest.importorskip("lime")
    said = run("explainers.md", monkeypatch, tmp_path, capsys)[1]
    for told in promised("explainers.md"):
        assert told in said


def test_the_guide_to_comparing_runs_and_says_what_it_prints(monkeypatch, tmp_path, capsys):
    pytest.importorskip("lightgbm")
    found, said = run("comparing.md", monkeypatch, tmp_path, capsys)
    assert said == promised("comparing.md")
    text = (DOCS / "comparing.md").read_text("utf-8")
    unsaid = {"output", "feature"}
    for column in set(found["drift"].to_frame()) - unsaid:
        family = column.partition("_")[0]
        assert f"`{column}`" in text or f"`{family}_…`" in text, column


def test_the_guide_to_the_command_line_can_be_typed():
    from interpret_widget.command.arguments import parser

    text = (DOCS / "command_line.md").read_text("utf-8")
    lines = re.search(r"```sh\n(.*?)```", text, re.DOTALL).group(1).splitlines()
    assert [parser().parse_args(line.split()[1:]).command for line in lines] == [
        "demo", "explain", "show", "diff",
    ]  # fmt: skip
    help_text = "".join(
        action.format_help() for action in parser()._subparsers._group_actions[0].choices.values()
    )
    for option in re.findall(r"`(--[a-z-]+)", text):
        assert option in help_text, option


@pytest.mark.parametrize("guide", ["effects.md", "quality.md", "counterfactuals.md"])
def test_a_guide_prints_what_it_says_and_nothing_else(guide, monkeypatch, tmp_path, capsys):
    pytest.importorskip("lightgbm")
    said = run(guide, monkeypatch, tmp_path, capsys)[1]
    assert said == promised(guide)


def test_the_guide_to_texts_and_images_runs_and_says_what_it_prints(monkeypatch, tmp_path, capsys):
    said = run("text_and_images.md", monkeypatch, tmp_path, capsys)[1]
    for told in promised("text_and_images.md"):
        assert told in said


def test_the_guide_to_serving_runs_and_says_what_it_prints(monkeypatch, tmp_path, capsys):
    pytest.importorskip("lightgbm")
    found, said = run("serving.md", monkeypatch, tmp_path, capsys)
    assert all(each in said for each in promised("serving.md"))
    assert found["reasons"].groupby("row").size().tolist() == [4, 4]
    assert found["scorer"].is_self_contained
