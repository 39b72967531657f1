"""An explanation as a folder: Parquet tables and one JSON manifest, no pickle. See ``docs/format.md``."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget._version import __version__
from interpret_widget.errors import InvalidInputError
from interpret_widget.tabular import Dataset, Lineage

from .cells import pack, pack_column, unpack, unpack_column
from .fidelity import Fidelity
from .parquet import read_table, write_table
from .provenance import Provenance
from .tables import read_data, write_data

if TYPE_CHECKING:
    from .explanation import Explanation

FORMAT = "interpret-widget/explanation"
VERSION = 1
MANIFEST = "manifest.json"


def save(explanation: Explanation, path: str | Path) -> Path:
    """See `Explanation.save`."""
    target = Path(path).expanduser()
    _refuse_foreign(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    # Written beside and renamed: a full disk or an interrupt leaves no half of an explanation.
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
        fresh = Path(folder) / "fresh"
        fresh.mkdir()
        _write(explanation, fresh)
        old = Path(folder) / "old"
        try:
            if target.exists():
                target.rename(old)
            fresh.rename(target)
        except BaseException:
            # Leaving the block deletes its folder, which must not hold the only explanation there is.
            if old.exists() and not target.exists():
                old.rename(target)
            raise
    return target


def _refuse_foreign(target: Path) -> None:
    if target.is_file():
        raise InvalidInputError(f"path={str(target)!r} is a file; give the name of a folder")
    if target.is_dir() and any(target.iterdir()) and _format(target) != FORMAT:
        raise InvalidInputError(
            f"path={str(target)!r} is a folder with other things in it; give a new or empty folder"
        )


def _format(folder: Path) -> Any:
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return manifest.get("format") if isinstance(manifest, dict) else None


def _write(explanation: Explanation, folder: Path) -> None:
    files: dict[str, dict[str, Any]] = {}

    def write(name: str, table: Any) -> None:
        file = folder / f"{name}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        write_table(table, file)
        files[f"{name}.parquet"] = {"sha256": _digest(file), "rows": table.num_rows}

    top = explanation
    levels: list[dict[str, Any]] = []
    for level, prefix in ((top, ""), (top.engineered, "engineered/")):
        if level is not None:
            levels.append(_write_level(level, prefix, write))
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "written_by": __version__,
        "provenance": asdict(top.provenance),
        "levels": levels,
        "files": files,
    }
    manifest["sha256"] = _signature(manifest)
    text = json.dumps(manifest, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / MANIFEST).write_text(text, "utf-8")


def _write_level(level: Explanation, prefix: str, write: Any) -> dict[str, Any]:
    import pandas as pd
    import pyarrow as pa

    def by_feature(array: np.ndarray) -> Any:
        columns = [pa.array(np.ascontiguousarray(array[:, j])) for j in range(level.n_features)]
        return pa.table(columns, names=list(level.feature_names))

    for k in range(level.n_outputs):
        write(f"{prefix}values/{k}", by_feature(level.values[..., k]))
        if level.std_errors is not None:
            write(f"{prefix}std_errors/{k}", by_feature(level.std_errors[..., k]))
    rows = {}
    for name in _BY_ROW:
        array = getattr(level, name)
        if array is not None:
            for k, output in enumerate(level.output_names):
                rows[f"{name}: {output}"] = pa.array(np.ascontiguousarray(array[:, k]))
    outcome = None
    if level.y is not None:
        y = np.asarray(level.y)
        # numpy's strings of variable length have no dtype that could be written down.
        y = y.astype(object) if y.dtype.kind == "T" else y
        plain = y.astype(object) if y.dtype.kind in "US" else y
        rows["y"], outcome = pack_column(pd.Series(plain, dtype=plain.dtype), "y")
        outcome["numpy"] = y.dtype.str
    if rows:
        write(f"{prefix}rows", pa.table(rows))
    lineage = level.lineage
    return {
        "data": write_data(level.data, prefix, write),
        "base_values": [pack(float(value)) for value in level.base_values],
        "base_probabilities": _numbers(level.base_probabilities),
        "has": [name for name in (*_BY_ROW, "std_errors") if getattr(level, name) is not None],
        "y": outcome,
        "output_names": list(level.output_names),
        "class_values": None if level.class_values is None else [pack(value) for value in level.class_values],
        "lineage": None
        if lineage is None
        else {
            "raw_names": list(lineage.raw_names),
            "engineered_names": list(lineage.engineered_names),
            "parents": [[int(raw) for raw in raws] for raws in lineage.parents],
        },
        **{name: getattr(level, name) for name in _PLAIN},
        "notes": list(level.notes),
        "fidelity": None if level.fidelity is None else asdict(level.fidelity),
    }


_BY_ROW = ("predictions", "probabilities", "model_answers", "local_r2")


_PLAIN = ("output_space", "unit", "task", "method", "exact", "reason", "background", "is_raw", "complete")


def _numbers(array: np.ndarray | None) -> list[Any] | None:
    return None if array is None else [pack(float(value)) for value in array]


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        digest = hashlib.sha256()
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _signature(manifest: Mapping[str, Any]) -> str:
    """Digest of everything else in the manifest, whatever its layout: base values must not rot unseen."""
    said = {key: value for key, value in manifest.items() if key != "sha256"}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def load(path: str | Path) -> Explanation:
    """See `Explanation.load`."""
    folder = Path(path).expanduser()
    manifest = _manifest(folder)

    def read(name: str) -> Any:
        file = folder / f"{name}.parquet"
        known = manifest["files"].get(f"{name}.parquet")
        if known is None or not file.is_file():
            raise InvalidInputError(f"{str(file)!r} is missing; save the explanation again")
        if _digest(file) != known["sha256"]:
            raise InvalidInputError(f"{str(file)!r} is not as it was saved (checksum differs); save it again")
        return read_table(file)

    provenance = Provenance(**manifest["provenance"])
    try:
        top, *below = manifest["levels"]
        engineered = None
        if below:
            engineered = _read_level(below[0], "engineered/", read, provenance, None)
        return _read_level(top, "", read, provenance, engineered)
    except (InvalidInputError, MemoryError, OSError):
        raise
    except Exception as error:
        # Every file is as it was written, so what differs is what reads it.
        versions = ", ".join(f"{name} {version}" for name, version in provenance.versions.items())
        raise InvalidInputError(
            f"path={str(folder)!r} cannot be read with the libraries installed here "
            f"({type(error).__name__}: {error}); it was written with {versions}"
        ) from error


def _manifest(folder: Path) -> Mapping[str, Any]:
    try:
        text = (folder / MANIFEST).read_text("utf-8")
    except OSError:
        raise InvalidInputError(
            f"path={str(folder)!r} holds no {MANIFEST}; give the folder that explanation.save wrote"
        ) from None
    try:
        manifest = json.loads(text)
    except ValueError as error:
        raise InvalidInputError(f"{str(folder / MANIFEST)!r} is damaged ({error}); save it again") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise InvalidInputError(f"path={str(folder)!r} holds something else than an explanation")
    version = manifest.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise InvalidInputError(
            f"path={str(folder)!r} was written by interpret-widget {manifest.get('written_by')} in version "
            f"{version} of the format; this one reads up to {VERSION}. pip install -U interpret-widget"
        )
    if manifest.get("sha256") != _signature(manifest):
        raise InvalidInputError(
            f"{str(folder / MANIFEST)!r} is damaged (checksum differs); save the explanation again"
        )
    return manifest


def _read_level(
    said: Mapping[str, Any], prefix: str, read: Any, provenance: Provenance, engineered: Explanation | None
) -> Explanation:
    from .explanation import Explanation

    data: Dataset = read_data(said["data"], prefix, read)
    outputs = said["output_names"]

    def cube(name: str) -> np.ndarray:
        out: np.ndarray | None = None
        for k in range(len(outputs)):
            table = read(f"{prefix}{name}/{k}")
            for j in range(table.num_columns):
                column = table.column(j).to_numpy()
                if out is None:
                    out = np.empty((table.num_rows, table.num_columns, len(outputs)), dtype=column.dtype)
                out[:, j, k] = column
        if out is None:
            raise InvalidInputError(f"the saved {name} have no columns; save the explanation again")
        return out

    has = said["has"]
    rows: Any = read(f"{prefix}rows") if set(_BY_ROW) & set(has) or said["y"] else None

    def per_output(name: str) -> np.ndarray | None:
        if name not in has:
            return None
        return np.stack([rows.column(f"{name}: {output}").to_numpy() for output in outputs], axis=1)

    y = None
    if said["y"]:
        y = unpack_column(rows.column("y"), said["y"]).to_numpy().astype(np.dtype(said["y"]["numpy"]))
    lineage, classes = said["lineage"], said["class_values"]
    return Explanation(
        values=cube("values"),
        std_errors=cube("std_errors") if "std_errors" in has else None,
        base_values=np.array([unpack(value) for value in said["base_values"]], dtype=np.float64),
        base_probabilities=None
        if said["base_probabilities"] is None
        else np.array([unpack(value) for value in said["base_probabilities"]]),
        data=data,
        predictions=per_output("predictions"),
        probabilities=per_output("probabilities"),
        model_answers=per_output("model_answers"),
        local_r2=per_output("local_r2"),
        fidelity=None if said.get("fidelity") is None else Fidelity(**said["fidelity"]),
        output_names=tuple(outputs),
        class_values=None if classes is None else tuple(unpack(value) for value in classes),
        y=y,
        lineage=None
        if lineage is None
        else Lineage(
            tuple(lineage["raw_names"]),
            tuple(lineage["engineered_names"]),
            tuple(tuple(raws) for raws in lineage["parents"]),
        ),
        engineered=engineered,
        provenance=provenance,
        notes=tuple(said["notes"]),
        **{name: said[name] for name in _PLAIN},
    )
