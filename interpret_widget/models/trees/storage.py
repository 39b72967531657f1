"""An ensemble as bytes, and back: plain arrays in a ZIP, never pickled, and nothing taken on trust."""

from __future__ import annotations

import io
import math
import zipfile

import numpy as np

from interpret_widget.errors import InterpretWidgetError, InvalidInputError

from .checking import checked
from .ensemble import Ensemble

VERSION = 1

_KINDS = {
    "roots": "<i4",
    "feature": "<i4",
    "threshold": "<f8",
    "left": "<i4",
    "right": "<i4",
    "missing_left": "|u1",
    "zero_missing": "|u1",
    "category_set": "<i4",
    "categories": "|u1",
    "cover": "<f8",
    "value": "<f8",
    "output": "<i4",
    "base": "<f8",
}
# version, n_features, single
_FACTS = "facts"
_MOST_BYTES = 1 << 31


def to_bytes(ensemble: Ensemble) -> bytes:
    """The ensemble as a ``.npz`` archive, the same bytes for the same trees."""
    facts = np.array([VERSION, ensemble.n_features, int(ensemble.single)], dtype="<i8")
    arrays = {name: getattr(ensemble, name).astype(kind) for name, kind in _KINDS.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in {_FACTS: facts, **arrays}.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
            # A ZipInfo of its own has no clock in it.
            info = zipfile.ZipInfo(f"{name}.npy")
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, member.getvalue())
    return out.getvalue()


def from_bytes(data: bytes) -> Ensemble:
    """The ensemble that `to_bytes` wrote.

    Parameters
    ----------
    data : bytes
        They may come from anywhere.

    Raises
    ------
    InvalidInputError
        Bytes of something else, cut off, changed, or of a later format; arrays that are not trees.
    """
    try:
        return _read(data)
    except InterpretWidgetError:
        raise
    except Exception as error:
        # What a broken archive raises depends on where it is broken.
        raise InvalidInputError(
            f"data cannot be read as trees ({type(error).__name__}: {error}); give the bytes of to_bytes"
        ) from error


def _read(data: bytes) -> Ensemble:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        size = sum(member.file_size for member in members)
        if size > _MOST_BYTES:
            raise InvalidInputError(f"data would unpack to {size >> 20} MB; give the bytes of to_bytes")
        if f"{_FACTS}.npy" not in archive.namelist():
            raise InvalidInputError("data holds no trees; give the bytes of to_bytes")
        version, n_features, single = _array(archive, _FACTS, "<i8").tolist()
        if version != VERSION:
            raise InvalidInputError(
                f"data has format {version}, this version knows {VERSION}; update interpret-widget"
            )
        wanted = sorted(f"{name}.npy" for name in (_FACTS, *_KINDS))
        if sorted(member.filename for member in members) != wanted:
            raise InvalidInputError(
                "data does not hold the arrays of an ensemble; give the bytes of to_bytes"
            )
        arrays = {name: _array(archive, name, kind) for name, kind in _KINDS.items()}
    for name in ("missing_left", "zero_missing", "categories"):
        if arrays[name].size and arrays[name].max() > 1:
            raise InvalidInputError(f"the trees' {name} holds something else than yes and no")
        arrays[name] = arrays[name].astype(bool)
    if single not in (0, 1):
        raise InvalidInputError("data does not say in which precision the trees compare")
    return checked(Ensemble(n_features=n_features, single=bool(single), **arrays))


def _array(archive: zipfile.ZipFile, name: str, kind: str) -> np.ndarray:
    """One array, whose header must agree with the bytes that follow before any memory is taken for it."""
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
