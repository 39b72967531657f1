"""An explanation as a folder: Parquet tables and one JSON manifest, no pickle. See ``docs/format.md``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from interpret_widget.errors import InvalidInputError

from . import shards as sharded
from .aggregates import Aggregates, aggregates_of, packed, unpacked
from .levels import lineage_of, read_level, write_level
from .manifest import (
    EXPLANATION,
    MANIFEST,
    VERSION,
    Folder,
    checked_bytes,
    checked_table,
    digest,
    read_manifest,
    written,
)
from .parquet import write_table
from .placing import whole
from .provenance import Provenance
from .ranked import checked_top_k
from .slicing import cut, fed_by, narrowed_lineage

if TYPE_CHECKING:
    from .explanation import Explanation

__all__ = [
    "MANIFEST",
    "VERSION",
    "Folder",
    "load",
    "load_aggregates",
    "read",
    "read_aggregates",
    "save",
    "write",
]

AGGREGATES = "aggregates.json"

_Found = TypeVar("_Found")


def save(explanation: Explanation, path: str | Path) -> Path:
    """See `Explanation.save`."""
    return whole(path, EXPLANATION, lambda folder: write(explanation, folder))


def write(explanation: Explanation, folder: Path) -> None:
    """Write the files of an explanation into an empty folder, the manifest last."""
    files: dict[str, dict[str, Any]] = {}

    def table(name: str, content: Any) -> None:
        file = folder / f"{name}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        write_table(content, file)
        files[f"{name}.parquet"] = {"sha256": digest(file), "rows": content.num_rows}

    shards = sharded.plan(explanation.global_importance_rank)
    levels = [write_level(explanation, "", shards, table)]
    below = explanation.engineered
    if below is not None:
        lineage = explanation.lineage
        if lineage is None:
            shards = sharded.plan(below.global_importance_rank)
        else:
            shards = sharded.follow(shards, lineage)
        levels.append(write_level(below, "engineered/", shards, table))
    found = [packed(level) for level in (explanation, below) if level is not None]
    text = json.dumps({"levels": found}, ensure_ascii=False, allow_nan=False)
    (folder / AGGREGATES).write_text(text, "utf-8")
    files[AGGREGATES] = {"sha256": digest(folder / AGGREGATES)}
    written(folder, {"provenance": asdict(explanation.provenance), "levels": levels, "files": files})


def load(path: str | Path, top_k: int | None = None) -> Explanation:
    """See `Explanation.load`."""
    return read(Folder.local(Path(path).expanduser()), top_k)


def load_aggregates(path: str | Path) -> Aggregates:
    """See `Aggregates.load`."""
    return read_aggregates(Folder.local(Path(path).expanduser()))


def read(folder: Folder, top_k: int | None = None) -> Explanation:
    """The explanation in a folder; of its strongest features only the files that hold them are asked for."""
    k = checked_top_k(top_k)
    manifest = read_manifest(folder)
    return _understood(folder, manifest, lambda: _read(folder, manifest, k))


def read_aggregates(folder: Folder) -> Aggregates:
    """The aggregates in a folder; of version 1, which had none, worked out from the whole."""
    manifest = read_manifest(folder)
    return _understood(folder, manifest, lambda: _read_aggregates(folder, manifest))


def _read(folder: Folder, manifest: Mapping[str, Any], top_k: int | None) -> Explanation:
    provenance = Provenance(**manifest["provenance"])
    top, *below = manifest["levels"]

    def table(name: str) -> Any:
        return checked_table(folder, manifest, name)

    order = [j for shard in top.get("shards", ()) for j in shard]
    if top_k is not None and top_k < len(order):
        return _read_some(top, below, order[:top_k], table, provenance)
    engineered = read_level(below[0], "engineered/", table, provenance) if below else None
    whole = read_level(top, "", table, provenance, engineered=engineered)
    if top_k is None or top_k >= whole.n_features:
        return whole
    return whole.select(features=whole.global_importance_rank[:top_k])


def _read_some(
    top: Mapping[str, Any],
    below: list[Mapping[str, Any]],
    kept: list[int],
    table: Any,
    provenance: Provenance,
) -> Explanation:
    """What `Explanation.select` would make of the whole."""
    complete, notes = cut(top["complete"], tuple(top["notes"]), len(kept), sum(map(len, top["shards"])))
    lineage, engineered = lineage_of(top), None
    if below and lineage is None:
        engineered = read_level(below[0], "engineered/", table, provenance)
    elif below and lineage is not None:
        children = fed_by(lineage, kept)
        lineage = narrowed_lineage(lineage, kept, children) if children.size else None
        if children.size:
            said = below[0]
            n_columns = sum(map(len, said["shards"]))
            _, remarks = cut(said["complete"], tuple(said["notes"]), len(children), n_columns)
            engineered = read_level(
                said,
                "engineered/",
                table,
                provenance,
                children.tolist(),
                lineage=lineage,
                complete=complete,
                notes=remarks,
            )
    elif lineage is not None and not top["is_raw"]:
        lineage = narrowed_lineage(lineage, range(len(lineage.raw_names)), kept)
    return read_level(
        top,
        "",
        table,
        provenance,
        kept,
        lineage=lineage,
        engineered=engineered,
        complete=complete,
        notes=notes,
    )


def _read_aggregates(folder: Folder, manifest: Mapping[str, Any]) -> Aggregates:
    if AGGREGATES not in manifest["files"]:
        return aggregates_of(_read(folder, manifest, None))
    provenance = Provenance(**manifest["provenance"])
    said = json.loads(checked_bytes(folder, manifest, AGGREGATES))["levels"]
    found = None
    for each, level in reversed(list(zip(said, manifest["levels"], strict=True))):
        found = unpacked(each, level, provenance, found)
    if found is None:
        raise ValueError("there are no levels")
    return found


def _understood(folder: Folder, manifest: Mapping[str, Any], make: Callable[[], _Found]) -> _Found:
    try:
        return make()
    except (InvalidInputError, MemoryError, OSError):
        raise
    except Exception as error:
        # Every file is as it was written, so what differs is what reads it.
        said = manifest.get("provenance")
        versions = said.get("versions") if isinstance(said, dict) else None
        known = versions.items() if isinstance(versions, dict) else ()
        listed = ", ".join(f"{name} {version}" for name, version in known)
        raise InvalidInputError(
            f"{folder.where} cannot be read with the libraries installed here "
            f"({type(error).__name__}: {error}); it was written with {listed}"
        ) from error
