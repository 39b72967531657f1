"""Plain arrays in a ZIP: never pickled, the same bytes for the same arrays, and nothing taken on trust."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Mapping

import numpy as np

from interpret_widget.errors import InvalidInputError

_MOST_BYTES = 1 << 31


def packed(arrays: Mapping[str, np.ndarray]) -> bytes:
    """A ``.npz`` archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
            # A ZipInfo of its own has no clock in it.
            info = zipfile.ZipInfo(f"{name}.npy")
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, member.getvalue())
    return out.getvalue()


def opened(data: bytes) -> tuple[zipfile.ZipFile, list[str]]:
    """The archive and the names of its arrays.

    Raises
    ------
    InvalidInputError
        It would unpack to more than memory should be given for.
    """
    archive = zipfile.ZipFile(io.BytesIO(data))
    members = archive.infolist()
    size = sum(member.file_size for member in members)
    if size > _MOST_BYTES:
        raise InvalidInputError(f"data would unpack to {size >> 20} MB, which nothing here writes")
    return archive, [member.filename.removesuffix(".npy") for member in members]


def unpacked(archive: zipfile.ZipFile, name: str, kind: str) -> np.ndarray:
    """One array, whose header must agree with the bytes that follow before any memory is taken for it.

    Raises
    ------
    InvalidInputError
        It does not, or the array is of another type or order.
    """
    raw = archive.read(f"{name}.npy")
    stream = io.BytesIO(raw)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise InvalidInputError(f"the array {name} has an unknown format")
    shape, is_fortran, found = np.lib.format.read_array_header_1_0(stream)
    dtype, count = np.dtype(kind), math.prod(shape)
    start = stream.tell()
    if found != dtype or is_fortran or len(raw) - start != count * dtype.itemsize:
        raise InvalidInputError(f"the array {name} is cut off, or of another type or order")
    # The machine's own byte order, and memory of its own.
    return np.frombuffer(raw, dtype, count, start).reshape(shape).astype(dtype.newbyteorder("="))
