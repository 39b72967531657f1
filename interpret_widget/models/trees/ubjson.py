"""Universal binary JSON, as XGBoost writes it: long arrays come as they lie in memory."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from interpret_widget.errors import UnsupportedModelError

_NUMBERS = {
    marker: (struct.Struct(f">{letter}"), np.dtype(f">{kind}"))
    for marker, letter, kind in [
        (b"i", "b", "i1"),
        (b"U", "B", "u1"),
        (b"I", "h", "i2"),
        (b"u", "H", "u2"),
        (b"l", "i", "i4"),
        (b"m", "I", "u4"),
        (b"L", "q", "i8"),
        (b"M", "Q", "u8"),
        (b"h", "e", "f2"),
        (b"d", "f", "f4"),
        (b"D", "d", "f8"),
    ]
}
_CONSTANTS = {b"Z": None, b"T": True, b"F": False}


def parsed(raw: bytes) -> Any:
    """The value written down in ``raw``; arrays of one kind of number become arrays of numpy.

    Raises
    ------
    UnsupportedModelError
        Bytes that are not universal binary JSON, or stop early.
    """
    try:
        return _value(raw, raw[:1], 1)[0]
    except (struct.error, ValueError, KeyError, UnicodeDecodeError) as error:
        raise UnsupportedModelError(f"the model's binary JSON cannot be read: {error}") from error


def _value(raw: bytes, marker: bytes, at: int) -> tuple[Any, int]:
    if marker in _NUMBERS:
        form = _NUMBERS[marker][0]
        return form.unpack_from(raw, at)[0], at + form.size
    if marker == b"S":
        return _text(raw, at)
    if marker == b"{":
        return _object(raw, at)
    if marker == b"[":
        return _array(raw, at)
    if marker in _CONSTANTS:
        return _CONSTANTS[marker], at
    raise ValueError(f"unknown marker {marker!r} at byte {at - 1}")


def _count(raw: bytes, at: int) -> tuple[int, int]:
    form = _NUMBERS[raw[at : at + 1]][0]
    n = int(form.unpack_from(raw, at + 1)[0])
    if not 0 <= n <= len(raw):
        raise ValueError(f"a length of {n} at byte {at}")
    return n, at + 1 + form.size


def _text(raw: bytes, at: int) -> tuple[str, int]:
    n, at = _count(raw, at)
    return raw[at : at + n].decode(), at + n


def _object(raw: bytes, at: int) -> tuple[dict[str, Any], int]:
    out: dict[str, Any] = {}
    while raw[at : at + 1] != b"}":
        key, at = _text(raw, at)
        out[key], at = _value(raw, raw[at : at + 1], at + 1)
    return out, at + 1


def _array(raw: bytes, at: int) -> tuple[Any, int]:
    if raw[at : at + 1] == b"$":
        dtype = _NUMBERS[raw[at + 1 : at + 2]][1]
        n, at = _count(raw, at + 3)
        return np.frombuffer(raw, dtype, n, at), at + n * dtype.itemsize
    out: list[Any] = []
    n = -1
    if raw[at : at + 1] == b"#":
        n, at = _count(raw, at + 1)
    while len(out) != n:
        marker = raw[at : at + 1]
        if n < 0 and marker == b"]":
            return out, at + 1
        each, at = _value(raw, marker, at + 1)
        out.append(each)
    return out, at
