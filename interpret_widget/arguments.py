"""Checks of arguments that many functions take."""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import InvalidInputError


def whole_number(name: str, value: Any, least: int = 1) -> int:
    """The value as an int.

    Parameters
    ----------
    name : str
        Of the argument, for the message.
    value : object
        What was given; NumPy's integers are taken, booleans and floats are not.
    least : int, default 1
        The smallest that makes sense.

    Raises
    ------
    InvalidInputError
        Something else.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise InvalidInputError(f"{name}={value!r} must be a whole number of {least} or more")
    return int(value)
