"""An ensemble as bytes, and back: plain arrays in a ZIP, never pickled, and nothing taken on trust."""

from __future__ import annotations

import numpy as np

from interpret_widget.errors import InterpretWidgetError, InvalidInputError

from .checking import checked
from .ensemble import Ensemble
from .npz import opened, packed, unpacked

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


def to_bytes(ensemble: Ensemble) -> bytes:
    """The ensemble as a ``.npz`` archive, the same bytes for the same trees."""
    facts = np.array([VERSION, ensemble.n_features, int(ensemble.single)], dtype="<i8")
    arrays = {name: getattr(ensemble, name).astype(kind) for name, kind in _KINDS.items()}
    return packed({_FACTS: facts, **arrays})


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
    archive, names = opened(data)
    with archive:
        if _FACTS not in names:
            raise InvalidInputError("data holds no trees; give the bytes of to_bytes")
        version, n_features, single = unpacked(archive, _FACTS, "<i8").tolist()
        if version != VERSION:
            raise InvalidInputError(
                f"data has format {version}, this version knows {VERSION}; update interpret-widget"
            )
        if sorted(names) != sorted((_FACTS, *_KINDS)):
            raise InvalidInputError(
                "data does not hold the arrays of an ensemble; give the bytes of to_bytes"
            )
        arrays = {name: unpacked(archive, name, kind) for name, kind in _KINDS.items()}
    for name in ("missing_left", "zero_missing", "categories"):
        if arrays[name].size and arrays[name].max() > 1:
            raise InvalidInputError(f"the trees' {name} holds something else than yes and no")
        arrays[name] = arrays[name].astype(bool)
    if single not in (0, 1):
        raise InvalidInputError("data does not say in which precision the trees compare")
    return checked(Ensemble(n_features=n_features, single=bool(single), **arrays))
