"""What travels with a served explainer: its own files and, where it needs the model, the model by skops."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from interpret_widget.errors import InvalidInputError

from .skops_files import read, skops_io

EXPLAINER = "scoring_explainer"
_MODEL = "model.skops"
_TRANSFORMATIONS = "transformations.skops"
_TRUSTED = "trusted_types.json"


def pack(
    scorer: Any, folder: Path, *, model: Any = None, transformations: Any = None, trusted: Sequence[str] = ()
) -> dict[str, Path]:
    """Write what is needed to have the explainer back.

    Parameters
    ----------
    scorer : ScoringExplainer
    folder : Path
        Exists and is empty.
    model, transformations : object, optional
        Kept only where the explainer needs them.
    trusted : sequence of str
        Types that skops does not know and that may be loaded.

    Returns
    -------
    dict of str to Path
        Name to file or folder.

    Raises
    ------
    InvalidInputError
        It needs a model, and none is given or skops cannot keep it.
    """
    kept = {EXPLAINER: Path(scorer.save(folder / EXPLAINER))}
    if not scorer.is_self_contained:
        if model is None:
            raise InvalidInputError(
                "model=None, but the scoring explainer asks the model for every row "
                f"({scorer.reason}); give the model"
            )
        kept["model"] = _dump(model, folder / _MODEL, "model", trusted)
        if transformations is not None:
            kept["transformations"] = _dump(
                transformations, folder / _TRANSFORMATIONS, "transformations", trusted
            )
    (folder / _TRUSTED).write_text(json.dumps(sorted(trusted)), "utf-8")
    kept["trusted_types"] = folder / _TRUSTED
    return kept


def unpack(kept: Mapping[str, Path], *, model: Any = None, trusted: Sequence[str] | None = None) -> Any:
    """The explainer.

    Parameters
    ----------
    kept : mapping of str to Path
        As `pack` returned it.
    model : estimator, optional
        Taken in place of the one in the files.
    trusted : sequence of str, optional
        Types that skops may load beside those that it knows; by default those that `pack` was given. Whoever
        does not trust the files says which.

    Returns
    -------
    ScoringExplainer

    Raises
    ------
    InvalidInputError
        Files that are missing or changed, or types that are not trusted.
    """
    from . import ScoringExplainer

    if trusted is None:
        trusted = json.loads(kept["trusted_types"].read_text("utf-8"))
    if model is None and "model" in kept:
        model = _load(kept["model"], trusted)
    transformations = _load(kept["transformations"], trusted) if "transformations" in kept else None
    return ScoringExplainer.load(
        kept[EXPLAINER], model=model, transformations=transformations, trusted=trusted
    )


def found_in(folder: Path) -> dict[str, Path]:
    """What `pack` wrote, found again in a folder by its names."""
    places = {EXPLAINER: EXPLAINER, "model": _MODEL, "transformations": _TRANSFORMATIONS}
    places["trusted_types"] = _TRUSTED
    return {name: folder / file for name, file in places.items() if (folder / file).exists()}


def libraries(kept: Mapping[str, Path]) -> set[str]:
    """Top-level modules of the types in skops files; empty where everything is plain arrays."""
    files = [path for path in kept.values() if path.suffix == ".skops"]
    files += list(kept[EXPLAINER].rglob("*.skops"))
    found: set[str] = set()
    for file in files:
        with zipfile.ZipFile(file) as archive:
            _modules(json.loads(archive.read("schema.json")), found)
    return found


def _modules(node: Any, found: set[str]) -> None:
    if isinstance(node, dict):
        if isinstance(node.get("__module__"), str):
            found.add(node["__module__"].partition(".")[0])
        for each in node.values():
            _modules(each, found)
    elif isinstance(node, list):
        for each in node:
            _modules(each, found)


def _dump(thing: Any, path: Path, argument: str, trusted: Sequence[str]) -> Path:
    """Write it by skops, and see that it can be had back."""
    skops = skops_io("a model that must be asked again")
    title = type(thing).__name__
    try:
        skops.dump(thing, path)
        _load(path, trusted, f"{argument} ({title})")
    except InvalidInputError:
        raise
    except Exception as error:  # whatever an estimator or skops raises
        raise InvalidInputError(
            f"{argument} is a {title} that skops cannot keep ({type(error).__name__}: {error}), and a pickle "
            "would run code wherever it is loaded. Define its functions and classes in a module that can be "
            "imported, or take a model whose explainer is self-contained: trees and linear models"
        ) from error
    return path


def _load(path: Path, trusted: Sequence[str], what: str | None = None) -> Any:
    return read(path.read_bytes(), what or f"{path.name!r}", trusted)
