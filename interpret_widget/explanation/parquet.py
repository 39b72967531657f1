"""Arrow tables as Parquet files, with every type as it was.

Parquet has fewer types than Arrow: timestamps in seconds come back in milliseconds, dictionaries of numbers
as numbers. The file remembers the types of the table that it was written from; they are put back here.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any


def write_table(table: Any, file: Path) -> None:
    """Write an Arrow table."""
    import pyarrow.parquet as pq

    pq.write_table(table, file, compression="zstd")


def read_table(content: bytes) -> Any:
    """The Arrow table of `write_table`, from the bytes of its file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Not through a dataset reader, which would take folder names for columns.
    stored = pq.ParquetFile(pa.BufferReader(content))
    table = stored.read()
    written = (stored.metadata.metadata or {}).get(b"ARROW:schema")
    if written is None:
        return table
    wanted = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(written)))
    if table.schema.equals(wanted):
        return table
    columns = [_again(table.column(j), wanted.field(j).type) for j in range(table.num_columns)]
    return pa.table(columns, schema=wanted)


def _again(column: Any, wanted: Any) -> Any:
    import pyarrow as pa

    if column.type == wanted:
        return column
    if not pa.types.is_dictionary(wanted):
        return column.cast(wanted)
    encoded = column.cast(wanted.value_type).dictionary_encode()
    chunks = [
        pa.DictionaryArray.from_arrays(
            chunk.indices.cast(wanted.index_type), chunk.dictionary, ordered=wanted.ordered
        )
        for chunk in encoded.chunks
    ]
    return pa.chunked_array(chunks, type=wanted)
