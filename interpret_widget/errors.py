"""Errors of the package: each says what is wrong, where, and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence


class InterpretWidgetError(Exception):
    """Base of every error that this package raises on purpose."""


class InvalidInputError(InterpretWidgetError, ValueError):
    """An argument cannot be used; the message names the argument, the value and the mend."""


class UnsupportedModelError(InterpretWidgetError, TypeError):
    """The model offers none of the interfaces that an explanation needs."""


class ModelCallError(InterpretWidgetError, RuntimeError):
    """The model raised or answered nonsense while it was being asked."""


class InvalidEditError(InvalidInputError):
    """A what-if value cannot be given to the model.

    Parameters
    ----------
    feature : str
        The edited column.
    reason : str
        What is wrong, for people: ``"needs a number; the data has 18 to 60"``.
    hint : str, optional
        How to mend it.
    """

    def __init__(self, feature: str, reason: str, hint: str | None = None) -> None:
        super().__init__(f"{feature}: {reason}")
        self.feature = feature
        self.reason = reason
        self.hint = hint


class NoCounterfactualError(InvalidInputError):
    """No counterfactual was found under the constraints.

    Parameters
    ----------
    message : str
    binding : sequence of str
        Constraints without which there is one, each alone: ``"fixed: Age"``.
    """

    def __init__(self, message: str, binding: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.binding = tuple(binding)


class CancelledError(InterpretWidgetError):
    """The computation was cancelled by the caller."""


class RunHistoryError(InterpretWidgetError, RuntimeError):
    """The run history cannot be reached, or has not what was asked for."""
