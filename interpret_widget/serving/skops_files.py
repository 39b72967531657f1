"""Fitted transformers and models as skops files: types are asked about before anything is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from interpret_widget.errors import InvalidInputError

#: Types that skops asks about, and that only describe numbers.
_HARMLESS = ("numpy.dtype",)


def skops_io(needed: str) -> Any:
    """The module `skops.io`.

    Parameters
    ----------
    needed : str
        What it is needed for, in words that end a sentence.

    Raises
    ------
    InvalidInputError
        It cannot be imported.
    """
    try:
        import skops.io
    except ImportError as error:
        raise InvalidInputError(f"skops is needed for {needed} ({error}): pip install skops") from None
    return skops.io


def read(content: bytes, what: str, trusted: Sequence[str]) -> Any:
    """What a skops file holds.

    Parameters
    ----------
    content : bytes
    what : str
        For messages.
    trusted : sequence of str
        Types that may be loaded beside those that skops knows.

    Raises
    ------
    InvalidInputError
        Damaged, or types that are not trusted.
    """
    skops = skops_io(what)
    known = [*_HARMLESS, *trusted]
    try:
        unknown = [each for each in skops.get_untrusted_types(data=content) if each not in known]
    except Exception as error:  # what a damaged file raises depends on where it is damaged
        raise InvalidInputError(f"{what} is damaged ({type(error).__name__}: {error})") from error
    if unknown:
        raise InvalidInputError(
            f"{what} holds types that skops does not know: {', '.join(unknown)}. "
            f"If you trust them: trusted={unknown!r}"
        )
    return skops.loads(content, trusted=known)
