"""Which features share a file: the strongest first, so that the top of an explanation is a small part."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from interpret_widget.tabular import Lineage

#: Features in the first file. Each further one doubles what there is, so that files stay few, and the k
#: strongest features (k ≥ 4) lie in files of less than 2k.
FIRST = 4

#: Positions of features, file by file.
Shards = Sequence[Sequence[int]]


def plan(order: Sequence[int]) -> list[list[int]]:
    """Files of 4, 4, 8, 16, … features in the order given.

    >>> [len(shard) for shard in plan(range(30))]
    [4, 4, 8, 14]
    """
    shards, start, size = [], 0, FIRST
    while start < len(order):
        shards.append([int(j) for j in order[start : start + size]])
        start += size
        size = start
    return shards


def follow(shards: Shards, lineage: Lineage) -> list[list[int]]:
    """Engineered columns in step: each in the file of the strongest raw column that feeds it."""
    of = {raw: number for number, shard in enumerate(shards) for raw in shard}
    last = len(shards) - 1
    out: list[list[int]] = [[] for _ in shards]
    for column, raws in enumerate(lineage.parents):
        out[min((of[raw] for raw in raws), default=last)].append(column)
    return out


def needed(shards: Shards, kept: Sequence[int] | None) -> list[int]:
    """Numbers of the files that hold these features; of all that are not empty for None."""
    wanted = None if kept is None else set(kept)
    return [n for n, shard in enumerate(shards) if shard and (wanted is None or wanted & set(shard))]


# -- columns of values -----------------------------------------------------------------------------------


def write_cube(
    name: str,
    cube: np.ndarray,
    shards: Shards,
    features: Sequence[str],
    outputs: Sequence[str],
    write: Callable[[str, Any], None],
) -> None:
    """Values (n_rows, n_features, n_outputs): a table per shard, columns "<output>: <feature>" by output."""
    import pyarrow as pa

    for number in needed(shards, None):
        columns, names = [], []
        for k, output in enumerate(outputs):
            for j in shards[number]:
                columns.append(pa.array(np.ascontiguousarray(cube[:, j, k])))
                names.append(f"{output}: {features[j]}")
        write(f"{name}/{number}", pa.table(columns, names=names))


def read_cube(
    name: str, shards: Shards, kept: Sequence[int] | None, n_outputs: int, read: Callable[[str], Any]
) -> np.ndarray:
    """Values (n_rows, n_kept, n_outputs) of some features, in the order of ``kept``."""
    to = _places(shards, kept)
    out: np.ndarray | None = None
    for number in needed(shards, kept):
        table, shard = read(f"{name}/{number}"), shards[number]
        if table.num_columns != n_outputs * len(shard):
            raise ValueError(f"{name}/{number} has {table.num_columns} columns, not {n_outputs * len(shard)}")
        for k in range(n_outputs):
            for position, j in enumerate(shard):
                if j not in to:
                    continue
                column = table.column(k * len(shard) + position).to_numpy()
                if out is None:
                    out = np.empty((table.num_rows, len(to), n_outputs), dtype=column.dtype)
                out[:, to[j], k] = column
    if out is None:
        raise ValueError(f"{name} has no columns")
    return out


def _places(shards: Shards, kept: Sequence[int] | None) -> dict[int, int]:
    if kept is None:
        kept = sorted(j for shard in shards for j in shard)
    return {j: place for place, j in enumerate(kept)}


# -- the rows explained ----------------------------------------------------------------------------------


def write_columns(name: str, table: Any, shards: Shards, write: Callable[[str, Any], None]) -> None:
    """A table with one column per feature."""
    for number in needed(shards, None):
        write(f"{name}/{number}", table.select(list(shards[number])))


def read_columns(name: str, shards: Shards, kept: Sequence[int] | None, read: Callable[[str], Any]) -> Any:
    """Some columns of `write_columns`, in the order of ``kept``."""
    import pyarrow as pa

    to = _places(shards, kept)
    found: dict[int, tuple[Any, Any]] = {}
    metadata = None
    for number in needed(shards, kept):
        table = read(f"{name}/{number}")
        metadata = table.schema.metadata
        for position, j in enumerate(shards[number]):
            if j in to:
                found[to[j]] = table.schema.field(position), table.column(position)
    fields, columns = zip(*(found[place] for place in range(len(to))), strict=True)
    return pa.Table.from_arrays(list(columns), schema=pa.schema(list(fields), metadata=metadata))


def write_entries(name: str, table: Any, shards: Shards, write: Callable[[str, Any], None]) -> None:
    """A sparse table: columns row, column and value, one line per entry."""
    column = table.column("column").to_numpy()
    for number in needed(shards, None):
        write(f"{name}/{number}", table.filter(np.isin(column, shards[number])))


def read_entries(name: str, shards: Shards, kept: Sequence[int] | None, read: Callable[[str], Any]) -> Any:
    """Entries of some columns, numbered by their places in ``kept``, row by row."""
    import pyarrow as pa

    to = _places(shards, kept)
    table = pa.concat_tables([read(f"{name}/{number}") for number in needed(shards, kept)])
    lookup = np.full(sum(map(len, shards)), -1, dtype=np.int64)
    lookup[list(to)] = list(to.values())
    place = lookup[table.column("column").to_numpy()]
    row = table.column("row").to_numpy()
    order = np.lexsort((place, row))
    order = order[place[order] >= 0]
    value = table.column("value").take(pa.array(order))
    return pa.table({"row": row[order], "column": place[order], "value": value})


def narrowed(said: Mapping[str, Any], kept: Sequence[int]) -> dict[str, Any]:
    """What the manifest says of the rows, of some columns only."""
    out = dict(said)
    for key in ("columns", "cells", "names", "dtypes"):
        if said.get(key) is not None:
            out[key] = [said[key][j] for j in kept]
    if said["library"] == "scipy":
        out["shape"] = [said["shape"][0], len(kept)]
    return out
