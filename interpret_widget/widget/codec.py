"""Arrays and plain values on their way to the browser, and back from a state at rest.

Three forms, described in ``docs/protocol.md``: in traits an array is ``{dtype, shape, data}``, in messages
its bytes lie in the message's buffers, at rest in one compressed string. Bytes are little endian, C order.
"""

from __future__ import annotations

import base64
import gzip
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np

FORMAT = "interpret-widget/state"
VERSION = 1

DTYPES = ("float32", "float64", "int32", "uint32", "uint16", "uint8")


def encode(array: np.ndarray) -> dict[str, Any]:
    r"""One array as ``{dtype, shape, data}``, as traits hold it.

    Raises
    ------
    TypeError
        A dtype that the wire does not know: converting silently would lose digits.

    >>> encoded = encode(np.array([[1, 2]], dtype="uint8"))
    >>> encoded["dtype"], encoded["shape"], bytes(encoded["data"])
    ('uint8', [1, 2], b'\x01\x02')
    """
    return {**_head(array), "data": memoryview(_bytes(array))}


def decode(encoded: Mapping[str, Any]) -> np.ndarray:
    """The array of ``{dtype, shape, data}``.

    Raises
    ------
    ValueError
        Bytes that do not fill the shape.
    """
    dtype = np.dtype(encoded["dtype"]).newbyteorder("<")
    shape = tuple(encoded["shape"])
    flat = np.frombuffer(bytes(encoded["data"]), dtype=dtype)
    if flat.size != math.prod(shape):
        raise ValueError(f"{flat.nbytes} bytes do not hold {shape} values of {encoded['dtype']}")
    return flat.reshape(shape)


def to_message(result: Any) -> tuple[Any, list[bytes]]:
    """A reply as JSON-safe content and the buffers that its arrays moved to."""
    buffers: list[bytes] = []

    def leaf(array: np.ndarray) -> dict[str, Any]:
        buffers.append(_bytes(array))
        return {**_head(array), "buffer": len(buffers) - 1}

    return plain(result, leaf), buffers


def at_rest(state: Mapping[str, Any]) -> dict[str, Any]:
    """Traits as one JSON-safe object (``StaticState``): exported files and the golden files of the tests.

    Parameters
    ----------
    state : mapping
        Traits by name; arrays, or ``{dtype, shape, data}``, anywhere inside.
    """
    parts: list[bytes] = []
    length = 0

    def leaf(array: np.ndarray) -> dict[str, Any]:
        nonlocal length
        # Typed arrays of the browser start at multiples of 8, so that nothing is copied.
        gap = -length % 8
        raw = _bytes(array)
        parts.extend((bytes(gap), raw))
        placed = {**_head(array), "offset": length + gap, "length": len(raw)}
        length += gap + len(raw)
        return placed

    content = plain(state, leaf)
    # No time stamp inside, so that equal states are equal files.
    packed = gzip.compress(b"".join(parts), compresslevel=6, mtime=0)
    return {
        "format": FORMAT,
        "version": VERSION,
        "state": content,
        "buffers": base64.b64encode(packed).decode("ascii"),
    }


def from_rest(static: Mapping[str, Any]) -> dict[str, Any]:
    """Traits of a state at rest, with arrays as ndarray.

    Raises
    ------
    ValueError
        Not such a state, or one of another version.
    """
    if static.get("format") != FORMAT or static.get("version") != VERSION:
        raise ValueError(f"not a saved {FORMAT} of version {VERSION}")
    data = gzip.decompress(base64.b64decode(static["buffers"])) if static["buffers"] else b""

    def restored(value: Any) -> Any:
        if isinstance(value, list):
            return [restored(each) for each in value]
        if not isinstance(value, dict):
            return value
        if {"dtype", "shape", "offset", "length"} <= set(value):
            part = data[value["offset"] : value["offset"] + value["length"]]
            return decode({**value, "data": part})
        return {key: restored(each) for key, each in value.items()}

    traits: dict[str, Any] = restored(static["state"])
    return traits


def plain(value: Any, leaf: Callable[[np.ndarray], dict[str, Any]]) -> Any:
    """JSON-safe values: NaN and infinities are None, as JSON has no word for them; arrays go to ``leaf``."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return number if math.isfinite(number) else None
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, np.ndarray):
        return leaf(value)
    if isinstance(value, Mapping):
        if {"dtype", "shape", "data"} <= set(value):
            return leaf(decode(value))
        return {str(key): plain(each, leaf) for key, each in value.items()}
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Sequence):
        return [plain(each, leaf) for each in value]
    raise TypeError(f"{type(value).__name__} does not travel to the browser: {value!r}")


def _head(array: np.ndarray) -> dict[str, Any]:
    name = array.dtype.newbyteorder("=").name
    if name not in DTYPES:
        raise TypeError(f"arrays of {name} do not travel to the browser; use one of {', '.join(DTYPES)}")
    return {"dtype": name, "shape": list(array.shape)}


def _bytes(array: np.ndarray) -> bytes:
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()
