"""Numbers and dates as people write them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np

#: What a missing value is called.
MISSING_TEXT = "missing"


def number_text(value: float) -> str:
    """Up to six significant digits, whole numbers in full, no exponent between 0.0001 and 1e15.

    >>> number_text(18.0), number_text(0.1234567), number_text(1234567.0)
    ('18', '0.123457', '1234567')
    """
    number = float(value)
    if not np.isfinite(number):
        return "missing" if np.isnan(number) else ("∞" if number > 0 else "-∞")
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    if not 1e-4 <= abs(number) < 1e15:
        return f"{number:.6g}"
    digits = max(6, len(str(int(abs(number)))))
    return str(np.format_float_positional(number, precision=digits, unique=True, fractional=False, trim="-"))


def stamp_text(milliseconds: float) -> str:
    """ISO date, with the time only where there is one.

    >>> stamp_text(0.0), stamp_text(1000.0)
    ('1970-01-01', '1970-01-01 00:00:01')
    """
    if np.isnan(milliseconds):
        return MISSING_TEXT
    # Not fromtimestamp: it refuses dates before 1970 on some systems.
    stamp = datetime(1970, 1, 1) + timedelta(milliseconds=float(milliseconds))
    if (stamp.hour, stamp.minute, stamp.second, stamp.microsecond) == (0, 0, 0, 0):
        return stamp.date().isoformat()
    return stamp.isoformat(sep=" ", timespec="milliseconds" if stamp.microsecond else "seconds")


def row_label(label: Any) -> str:
    """The label of a row as text."""
    if isinstance(label, tuple):
        return " / ".join(map(row_label, label))
    if isinstance(label, np.datetime64):
        text = str(label.astype("datetime64[ms]")).replace("T", " ")
        return text.removesuffix(".000").removesuffix(" 00:00:00")
    return str(label)
