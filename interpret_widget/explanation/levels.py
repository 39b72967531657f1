"""One level of an explanation as tables and what the manifest says of them, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.tabular import Lineage

from . import shards as sharded
from .cells import pack, pack_column, unpack, unpack_column
from .fidelity import Fidelity
from .provenance import Provenance
from .tables import read_data, write_data

if TYPE_CHECKING:
    from .explanation import Explanation

_BY_ROW = ("predictions", "probabilities", "model_answers", "local_r2")

_PLAIN = ("output_space", "unit", "task", "method", "exact", "reason", "background", "is_raw", "complete")


def write_level(
    level: Explanation, prefix: str, shards: sharded.Shards, write: Callable[[str, Any], None]
) -> dict[str, Any]:
    """Write the tables; what is returned goes into the manifest."""
    import pandas as pd
    import pyarrow as pa

    names, outputs = level.feature_names, level.output_names
    sharded.write_cube(f"{prefix}values", level.values, shards, names, outputs, write)
    if level.std_errors is not None:
        sharded.write_cube(f"{prefix}std_errors", level.std_errors, shards, names, outputs, write)
    rows = {}
    for name in _BY_ROW:
        array = getattr(level, name)
        if array is not None:
            for k, output in enumerate(outputs):
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
        "shards": [list(shard) for shard in shards],
        "data": write_data(level.data, prefix, _data_in_shards(level, prefix, shards, write)),
        "base_values": [pack(float(value)) for value in level.base_values],
        "base_probabilities": _numbers(level.base_probabilities),
        "has": [name for name in (*_BY_ROW, "std_errors") if getattr(level, name) is not None],
        "y": outcome,
        "output_names": list(outputs),
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


def _data_in_shards(
    level: Explanation, prefix: str, shards: sharded.Shards, write: Callable[[str, Any], None]
) -> Callable[[str, Any], None]:
    import scipy.sparse

    spread = sharded.write_entries if scipy.sparse.issparse(level.data.native) else sharded.write_columns

    def writing(name: str, table: Any) -> None:
        if name == f"{prefix}data":
            spread(name, table, shards, write)
        else:
            write(name, table)

    return writing


def _numbers(array: np.ndarray | None) -> list[Any] | None:
    return None if array is None else [pack(float(value)) for value in array]


def lineage_of(said: Mapping[str, Any]) -> Lineage | None:
    """How the engineered columns of a level descend from raw ones."""
    lineage = said["lineage"]
    if lineage is None:
        return None
    return Lineage(
        tuple(lineage["raw_names"]),
        tuple(lineage["engineered_names"]),
        tuple(tuple(raws) for raws in lineage["parents"]),
    )


def read_level(
    said: Mapping[str, Any],
    prefix: str,
    read: Callable[[str], Any],
    provenance: Provenance,
    kept: Sequence[int] | None = None,
    **replaced: Any,
) -> Explanation:
    """A level, or some features of it.

    Parameters
    ----------
    said : mapping
        What `write_level` returned.
    kept : sequence of int, optional
        Positions of features, in the order wanted; only the files that hold them are read.
    **replaced
        Fields of the explanation to set otherwise than the manifest says.
    """
    from .explanation import Explanation

    outputs, has = said["output_names"], said["has"]
    cube: Callable[[str], np.ndarray]
    if "shards" in said:
        shards = said["shards"]

        def cube(name: str) -> np.ndarray:
            return sharded.read_cube(f"{prefix}{name}", shards, kept, len(outputs), read)

        data = said["data"] if kept is None else sharded.narrowed(said["data"], kept)
        gather = sharded.read_entries if said["data"]["library"] == "scipy" else sharded.read_columns
        dataset = read_data(
            data,
            prefix,
            lambda name: gather(name, shards, kept, read) if name == f"{prefix}data" else read(name),
        )
    else:

        def cube(name: str) -> np.ndarray:
            return _cube_of_version_1(f"{prefix}{name}", len(outputs), read)

        dataset = read_data(said["data"], prefix, read)
    rows: Any = read(f"{prefix}rows") if set(_BY_ROW) & set(has) or said["y"] else None

    def per_output(name: str) -> np.ndarray | None:
        if name not in has:
            return None
        return np.stack([rows.column(f"{name}: {output}").to_numpy() for output in outputs], axis=1)

    y = None
    if said["y"]:
        y = unpack_column(rows.column("y"), said["y"]).to_numpy().astype(np.dtype(said["y"]["numpy"]))
    classes, base = said["class_values"], said["base_probabilities"]
    fields = {
        "values": cube("values"),
        "std_errors": cube("std_errors") if "std_errors" in has else None,
        "base_values": np.array([unpack(value) for value in said["base_values"]], dtype=np.float64),
        "base_probabilities": None if base is None else np.array([unpack(value) for value in base]),
        "data": dataset,
        "predictions": per_output("predictions"),
        "probabilities": per_output("probabilities"),
        "model_answers": per_output("model_answers"),
        "local_r2": per_output("local_r2"),
        "fidelity": fidelity_of(said),
        "output_names": tuple(outputs),
        "class_values": None if classes is None else tuple(unpack(value) for value in classes),
        "y": y,
        "lineage": lineage_of(said),
        "provenance": provenance,
        "notes": tuple(said["notes"]),
        **{name: said[name] for name in _PLAIN},
        **replaced,
    }
    return Explanation(**fields)


def fidelity_of(said: Mapping[str, Any]) -> Fidelity | None:
    """How well a surrogate stands for its model; files of early versions do not say."""
    return None if said.get("fidelity") is None else Fidelity(**said["fidelity"])


def _cube_of_version_1(name: str, n_outputs: int, read: Callable[[str], Any]) -> np.ndarray:
    """Version 1 had one table per output, with a column for each feature."""
    tables = [read(f"{name}/{k}") for k in range(n_outputs)]
    return np.stack(
        [np.stack([column.to_numpy() for column in table.columns], axis=1) for table in tables], axis=2
    )
