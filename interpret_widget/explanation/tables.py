"""The rows of a data set as one Parquet table, in whatever library the user has them, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError
from interpret_widget.tabular import ColumnSchema, Dataset, Schema

from .cells import pack, pack_column, plain_bytes, unpack, unpack_column

#: Writes an Arrow table under a name within the folder; reads it.
Write = Callable[[str, Any], None]
Read = Callable[[str], Any]


def write_data(data: Dataset, prefix: str, write: Write) -> dict[str, Any]:
    """Write the rows; what is returned goes into the manifest."""
    import pandas as pd
    import scipy.sparse

    native = data.native
    if isinstance(native, pd.DataFrame):
        said = _write_pandas(native, prefix, write)
    elif scipy.sparse.issparse(native):
        said = _write_sparse(native, prefix, write)
    elif isinstance(native, np.ndarray):
        # numpy's strings of variable length have no dtype that could be written down.
        array = native.astype(object) if native.dtype.kind == "T" else native
        if array.dtype.kind in "OUS":
            # Said outright: pandas would make text of its own kind of it, with one way of being missing.
            frame = pd.DataFrame(array.astype(object), dtype=object)
        else:
            frame = pd.DataFrame(array)
        said = {**_write_pandas(frame, prefix, write), "library": "numpy", "dtype": array.dtype.str}
    else:
        import narwhals.stable.v1 as nw

        frame_: Any = nw.from_native(native, eager_only=True)
        write(f"{prefix}data", frame_.to_arrow())
        said = {"library": "polars" if type(native).__module__.startswith("polars") else "pyarrow"}
        said["dtypes"] = [str(dtype) for dtype in native.dtypes] if said["library"] == "polars" else None
    # Row labels that the library itself does not keep.
    if said["library"] != "pandas":
        index, how = pack_column(pd.Series(data.index, dtype=data.index.dtype), "row labels")
        said["labels"] = {"how": how, "values": _table({"label": index})}
        write(f"{prefix}labels", said["labels"].pop("values"))
    return {**said, "columns": [_schema_out(column) for column in data.schema]}


def read_data(said: Mapping[str, Any], prefix: str, read: Read) -> Dataset:
    """The data set of `write_data`."""
    schema = Schema(tuple(_schema_in(column) for column in said["columns"]))
    library = said["library"]
    native: Any
    if library == "pandas":
        native = _read_pandas(said, prefix, read)
    elif library == "numpy":
        native = _read_pandas(said, prefix, read).to_numpy(dtype=np.dtype(said["dtype"]))
    elif library == "scipy":
        native = _read_sparse(said, prefix, read)
    elif library == "pyarrow":
        native = read(f"{prefix}data")
    elif library == "polars":
        native = _read_polars(said, prefix, read)
    else:
        raise InvalidInputError(f"the manifest names the library {library!r}, which this version cannot read")
    data = Dataset.of(native, feature_names=schema.names, like=schema)
    if library == "pandas":
        return data
    labels = unpack_column(read(f"{prefix}labels").column(0), said["labels"]["how"])
    return replace(data, index=labels.to_numpy())


def _table(columns: Mapping[str, Any]) -> Any:
    import pyarrow as pa

    return pa.table(dict(columns))


def _write_pandas(frame: Any, prefix: str, write: Write) -> dict[str, Any]:
    import pandas as pd

    arrays: dict[str, Any] = {}
    hows = []
    for j, name in enumerate(frame.columns):
        arrays[str(name)], how = pack_column(frame.iloc[:, j], str(name))
        hows.append(how)
    index = frame.index
    if isinstance(index, pd.RangeIndex):
        described: dict[str, Any] = {"range": [index.start, index.stop, index.step], "name": pack(index.name)}
    else:
        levels = [index.get_level_values(level) for level in range(index.nlevels)]
        parts = [pack_column(pd.Series(level.array, dtype=level.dtype), "row labels") for level in levels]
        write(f"{prefix}index", _table({f"level {level}": array for level, (array, _) in enumerate(parts)}))
        described = {
            "levels": [how for _, how in parts],
            "names": [pack(name) for name in index.names],
            "multi": isinstance(index, pd.MultiIndex),
        }
    write(f"{prefix}data", _table(arrays))
    return {
        "library": "pandas",
        "names": [pack(name) for name in frame.columns],
        "names_dtype": str(frame.columns.dtype),
        "names_levels": [pack(name) for name in frame.columns.names],
        "names_multi": isinstance(frame.columns, pd.MultiIndex),
        "cells": hows,
        "index": described,
    }


def _read_pandas(said: Mapping[str, Any], prefix: str, read: Read) -> Any:
    import pandas as pd

    table = read(f"{prefix}data")
    series = [unpack_column(table.column(j), how) for j, how in enumerate(said["cells"])]
    described = said["index"]
    index: Any
    if "range" in described:
        start, stop, step = described["range"]
        index = pd.RangeIndex(start, stop, step, name=unpack(described["name"]))
    else:
        stored = read(f"{prefix}index")
        levels = [unpack_column(stored.column(i), how) for i, how in enumerate(described["levels"])]
        names = [unpack(name) for name in described["names"]]
        if described["multi"]:
            index = pd.MultiIndex.from_arrays(levels, names=names)
        else:
            index = pd.Index(levels[0].array, dtype=levels[0].dtype, name=names[0], tupleize_cols=False)
    for column in series:
        column.index = index
    names = [unpack(name) for name in said["names"]]
    levels_names = [unpack(name) for name in said["names_levels"]]
    labels: Any
    if said["names_multi"]:
        labels = pd.MultiIndex.from_tuples(names, names=levels_names)
    else:
        labels = pd.Index(names, dtype=said["names_dtype"], name=levels_names[0], tupleize_cols=False)
    frame = pd.DataFrame(dict(enumerate(series)), index=index)
    frame.columns = labels
    return frame


def _write_sparse(native: Any, prefix: str, write: Write) -> dict[str, Any]:
    import scipy.sparse

    entries = native.tocoo()
    columns = {
        "row": entries.row.astype(np.int64),
        "column": entries.col.astype(np.int64),
        "value": plain_bytes(np.asarray(entries.data)),
    }
    write(f"{prefix}data", _table(columns))
    return {
        "library": "scipy",
        "shape": list(native.shape),
        "format": native.format,
        "dtype": native.dtype.str,
        "matrix": bool(scipy.sparse.isspmatrix(native)),
    }


def _read_sparse(said: Mapping[str, Any], prefix: str, read: Read) -> Any:
    import scipy.sparse

    table = read(f"{prefix}data")
    row, column, value = (table.column(name).to_numpy() for name in ("row", "column", "value"))
    make = scipy.sparse.coo_matrix if said["matrix"] else scipy.sparse.coo_array
    entries = make((value.astype(np.dtype(said["dtype"])), (row, column)), shape=tuple(said["shape"]))
    return entries.asformat(said["format"])


def _read_polars(said: Mapping[str, Any], prefix: str, read: Read) -> Any:
    try:
        import polars as pl
    except ImportError:
        raise InvalidInputError(
            "the data were a polars DataFrame and polars is not installed; pip install polars"
        ) from None
    frame: Any = pl.from_arrow(read(f"{prefix}data"))
    if [str(dtype) for dtype in frame.dtypes] != said["dtypes"]:
        changed = [
            f"{name}: {was} -> {now}"
            for name, was, now in zip(frame.columns, said["dtypes"], map(str, frame.dtypes), strict=True)
            if was != now
        ]
        raise InvalidInputError(
            "this version of polars reads columns with other types than they were saved with "
            f"({'; '.join(changed[:5])})"
        )
    return frame


def _schema_out(column: ColumnSchema) -> dict[str, Any]:
    return {
        "name": column.name,
        "kind": column.kind,
        "dtype": column.dtype,
        "categories": None if column.categories is None else [pack(value) for value in column.categories],
        "ordered": column.ordered,
        "minimum": pack(column.minimum),
        "maximum": pack(column.maximum),
        "n_missing": column.n_missing,
        "n_rows": column.n_rows,
    }


def _schema_in(said: Mapping[str, Any]) -> ColumnSchema:
    categories = said["categories"]
    return ColumnSchema(
        **{
            **said,
            "categories": None if categories is None else tuple(unpack(value) for value in categories),
            "minimum": unpack(said["minimum"]),
            "maximum": unpack(said["maximum"]),
        }
    )
