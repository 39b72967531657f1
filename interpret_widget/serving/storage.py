"""A scoring explainer as a folder: a JSON manifest and plain arrays, no pickle. See ``docs/format.md``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.errors import InterpretWidgetError, InvalidInputError
from interpret_widget.explanation.manifest import (
    Folder,
    Format,
    checked_bytes,
    checked_table,
    digest,
    read_manifest,
    written,
)
from interpret_widget.explanation.parquet import write_table
from interpret_widget.explanation.placing import whole
from interpret_widget.explanation.tables import read_data, write_data
from interpret_widget.models.trees.npz import opened, packed, unpacked
from interpret_widget.models.trees.storage import from_bytes, to_bytes

from .attached import KernelScoringExplainer
from .base import About, Parts, ScoringExplainer
from .checking import about_of, checked_form, checked_recipe, schema_of
from .forms import LinearForm, TreeForm
from .recipe import Arithmetic, Lookup, Recipe
from .self_contained import LinearScoringExplainer, SelfContained, TreeScoringExplainer
from .skops_files import read, skops_io
from .transforming import Transforming

if TYPE_CHECKING:
    from .base import Columns

VERSION = 1
FORMAT = Format("interpret-widget/scoring-explainer", VERSION, "scoring explainer", "scorer.save")
_ALIKE = 1e-3  # of predictions by another version of a library
_ARRAYS, _TREES, _STEPS = "arrays.npz", "trees.npz", "preprocessing.skops"


# -- writing ---------------------------------------------------------------------------------------------


def save_arrays(scorer: SelfContained, path: str | Path) -> Path:
    """See `ScoringExplainer.save`."""
    arrays: dict[str, np.ndarray] = {}
    form = scorer.form
    assert isinstance(form, (LinearForm, TreeForm))
    said = {**_facts(scorer), "form": _form_facts(form, arrays)}
    steps: bytes | None = None
    if isinstance(scorer.columns, Recipe):
        said["recipe"] = _recipe_facts(scorer.columns, arrays)
    else:
        assert isinstance(scorer.columns, Transforming)
        said["transforming"] = {"library": scorer.columns.library, "why": scorer.columns.why}
        steps = skops_io("this preprocessing, which is more than arithmetic and tables").dumps(
            scorer.columns.plain
        )

    def write(folder: Path) -> None:
        (folder / _ARRAYS).write_bytes(packed(arrays))
        if isinstance(form, TreeForm):
            (folder / _TREES).write_bytes(to_bytes(form.ensemble))
        if steps is not None:
            (folder / _STEPS).write_bytes(steps)
        _sign(folder, said)

    return whole(path, FORMAT, write)


def save_attached(scorer: KernelScoringExplainer, path: str | Path) -> Path:
    """See `ScoringExplainer.save`."""
    explainer = scorer.explainer

    def write(folder: Path) -> None:
        def table(name: str, content: Any) -> None:
            write_table(content, folder / f"{name}.parquet")

        problem = explainer.explainer.problem
        rows = write_data(problem.background, "background-", table)
        answers = problem.adapter.predict(problem.checked).tolist()
        attached = {"settings": explainer.settings, "rows": rows, "answers": answers}
        _sign(folder, {**_facts(scorer), "attached": attached})

    return whole(path, FORMAT, write)


def _sign(folder: Path, said: Mapping[str, Any]) -> None:
    files = {file.name: {"sha256": digest(file)} for file in sorted(folder.iterdir())}
    written(folder, {**said, "files": files}, FORMAT)


def _facts(scorer: ScoringExplainer) -> dict[str, Any]:
    kinds = {TreeScoringExplainer: "tree", LinearScoringExplainer: "linear", KernelScoringExplainer: "kernel"}
    return {
        "kind": kinds[type(scorer)],
        "schema": [_listed(asdict(column)) for column in scorer.schema],
        "about": _listed(asdict(scorer.about)),
    }


def _listed(facts: dict[str, Any]) -> dict[str, Any]:
    """Levels that JSON cannot hold are for people only, so their text will do."""
    plain = (str, int, float, bool, type(None))
    levels = facts.get("categories")
    if levels is not None:
        facts["categories"] = [each if isinstance(each, plain) else str(each) for each in levels]
    return facts


def _form_facts(form: LinearForm | TreeForm, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    arrays["owner"] = form.owner.astype("<i8")
    if isinstance(form, LinearForm):
        for name in ("weights", "intercept", "means"):
            arrays[name] = getattr(form, name).astype("<f8")
        return {"n_raw": form.n_raw}
    arrays["columns"], arrays["start"] = form.columns.astype("<i8"), form.start.astype("<f8")
    for name in ("background", "shares"):
        if getattr(form, name) is not None:
            arrays[name] = getattr(form, name).astype("<f8")
    return {
        "n_raw": form.n_raw,
        "is_split": form.is_split,
        "both": form.both,
        "missing": None if np.isnan(form.missing) else form.missing,
        "is_coarse": form.is_coarse,
        "link": form.link,
    }


def _recipe_facts(recipe: Recipe, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    for number, each in enumerate(recipe.arithmetic):
        arrays[f"arithmetic-{number}-raw"] = each.raw.astype("<i8")
        arrays[f"arithmetic-{number}-out"] = each.out.astype("<i8")
        arrays[f"arithmetic-{number}-parameters"] = each.parameters.astype("<f8")
    for number, lookup in enumerate(recipe.lookups):
        arrays[f"lookup-{number}-out"] = lookup.out.astype("<i8")
        arrays[f"lookup-{number}-table"] = lookup.table.astype("<f8")
    return {
        "n_out": recipe.n_out,
        "arithmetic": [list(each.steps) for each in recipe.arithmetic],
        "lookups": [
            {
                "raw": each.raw,
                "levels": list(each.levels),
                "takes_missing": each.takes_missing,
                "takes_unknown": each.takes_unknown,
            }
            for each in recipe.lookups
        ],
    }


# -- reading ---------------------------------------------------------------------------------------------


def load(
    path: str | Path, *, model: Any = None, transformations: Any = None, trusted: Sequence[str] = ()
) -> ScoringExplainer:
    """See `ScoringExplainer.load`."""
    folder = Folder.local(Path(path).expanduser())
    manifest = read_manifest(folder, FORMAT)
    try:
        return _load(folder, manifest, model, transformations, trusted)
    except (InterpretWidgetError, MemoryError, OSError):
        raise
    except Exception as error:  # what a wrong manifest raises depends on what is wrong with it
        raise InvalidInputError(
            f"{folder.where} cannot be read as a scoring explainer ({type(error).__name__}: {error})"
        ) from error


def _load(
    folder: Folder, manifest: Mapping[str, Any], model: Any, transformations: Any, trusted: Sequence[str]
) -> ScoringExplainer:
    schema, about = schema_of(manifest["schema"]), about_of(manifest["about"])
    if manifest["kind"] == "kernel":
        return _attached(folder, manifest, about, model, transformations)
    arrays = _arrays(checked_bytes(folder, manifest, _ARRAYS))
    columns: Columns
    if "recipe" in manifest:
        recipe = _recipe(manifest["recipe"], arrays)
        columns = checked_recipe(recipe, schema)
    else:
        steps = checked_bytes(folder, manifest, _STEPS)
        said = manifest["transforming"]
        plain = read(steps, f"{folder.where}: the preprocessing", trusted)
        columns = Transforming.from_plain(plain, str(said["library"]), str(said["why"]))
    said = manifest["form"]
    if manifest["kind"] == "linear":
        linear = LinearForm(
            arrays["weights"], arrays["intercept"], arrays["means"], arrays["owner"], int(said["n_raw"])
        )
        return LinearScoringExplainer.of(
            Parts(schema, about, columns, checked_form(linear, schema, about, columns))
        )
    trees = TreeForm(
        from_bytes(checked_bytes(folder, manifest, _TREES)),
        arrays["columns"],
        arrays["start"],
        arrays["owner"],
        int(said["n_raw"]),
        bool(said["is_split"]),
        said["both"],
        float("nan") if said["missing"] is None else float(said["missing"]),
        bool(said["is_coarse"]),
        arrays.get("background"),
        arrays.get("shares"),
        said["link"],
    )
    return TreeScoringExplainer.of(Parts(schema, about, columns, checked_form(trees, schema, about, columns)))


def _attached(
    folder: Folder, manifest: Mapping[str, Any], about: About, model: Any, transformations: Any
) -> KernelScoringExplainer:
    if model is None:
        raise InvalidInputError(
            f"{folder.where} was made for {about.title}, which is asked again about every row: give model="
        )
    from interpret_widget.explainers import TabularExplainer

    said = manifest["attached"]
    rows = read_data(said["rows"], "background-", lambda name: checked_table(folder, manifest, name))
    explainer = TabularExplainer(model, rows, transformations=transformations, **said["settings"])
    problem = explainer.explainer.problem
    known = np.asarray(said["answers"], dtype=np.float64)
    found = problem.adapter.predict(problem.checked)
    if known.shape != found.shape or not np.allclose(known, found, rtol=_ALIKE, atol=_ALIKE):
        raise InvalidInputError(
            f"model predicts something else than the {about.title} that {folder.where} was made for; "
            "give that one"
        )
    return KernelScoringExplainer(explainer, about.reason)


_WHOLE = ("owner", "columns", "raw", "out")


def _arrays(data: bytes) -> dict[str, np.ndarray]:
    archive, names = opened(data)
    with archive:
        return {
            name: unpacked(archive, name, "<i8" if name.rpartition("-")[2] in _WHOLE else "<f8")
            for name in names
        }


def _recipe(said: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Recipe:
    arithmetic = tuple(
        Arithmetic(
            arrays[f"arithmetic-{number}-raw"],
            arrays[f"arithmetic-{number}-out"],
            tuple(map(str, steps)),
            arrays[f"arithmetic-{number}-parameters"],
        )
        for number, steps in enumerate(said["arithmetic"])
    )
    lookups = tuple(
        Lookup(
            int(each["raw"]),
            tuple(each["levels"]),
            arrays[f"lookup-{number}-out"],
            arrays[f"lookup-{number}-table"],
            bool(each["takes_missing"]),
            bool(each["takes_unknown"]),
        )
        for number, each in enumerate(said["lookups"])
    )
    return Recipe(int(said["n_out"]), arithmetic, lookups)
