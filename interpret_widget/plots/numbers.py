"""Numbers beside bars and on axes, as the dashboard writes them: a true minus, no false precision."""

from __future__ import annotations

import math

import numpy as np

_MINUS = "\u2212"


def decimals_for(size: float) -> int:
    """Decimals that keep two significant digits of ``size``, never fewer than two below 10."""
    if not math.isfinite(size) or size == 0:
        return 2
    size = abs(size)
    if size >= 100:
        return 0
    return 1 if size >= 10 else max(2, min(12, 1 - math.floor(math.log10(size))))


def number(value: float, decimals: int | None = None) -> str:
    """A number beside its peers; ``decimals`` by its own size otherwise.

    >>> number(-0.4137), number(12345.6), number(0.00002)
    ('−0.41', '12,346', '2.0e−05')
    """
    if not math.isfinite(value):
        return "unknown" if math.isnan(value) else ("∞" if value > 0 else f"{_MINUS}∞")
    size = abs(value)
    if decimals is None and size and not 1e-4 <= size < 1e15:
        text = f"{size:.1e}".replace("-", _MINUS)
    else:
        text = f"{size:,.{decimals_for(size) if decimals is None else decimals}f}"
        if not text.strip("0.,"):
            return text
    return f"{_MINUS}{text}" if value < 0 else text


def signed(value: float, decimals: int | None = None) -> str:
    """A contribution: with its sign, unless it rounds to nothing.

    >>> signed(0.4137), signed(-0.001, 2)
    ('+0.41', '0.00')
    """
    text = number(value, decimals)
    return f"+{text}" if value > 0 and text.strip("0.,") else text


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers from ``low`` to ``high``: steps of 1, 2 or 5 times a power of ten.

    >>> ticks(18, 59)
    [20.0, 30.0, 40.0, 50.0]
    """
    if not high > low:
        return [low]
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = power * next(factor for factor in (1, 2, 5, 10) if factor * power >= raw * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(at) for at in np.arange(first, last + 1) * step]
