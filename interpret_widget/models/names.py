"""What models and their outputs are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError


def title_of(model: Any) -> str:
    """Name of a model for people: the class of its final estimator, or the name of the function.

    >>> title_of(len)
    'len'
    """
    from .pipeline import is_pipeline, unwrap

    try:
        model = unwrap(model)
        while is_pipeline(model):
            model = unwrap(model.steps[-1][1])
    except InvalidInputError:
        return type(model).__name__
    if type(model).__name__ == "Booster":
        library = {"lightgbm": "LightGBM", "xgboost": "XGBoost"}.get(type(model).__module__.split(".")[0], "")
        return f"{library} booster".strip()
    if type(model).__name__ in ("FrozenTrees", "TorchModel", "KerasModel"):
        return str(model.title)
    if isinstance(model, type) or hasattr(model, "__name__"):
        name = str(model.__name__)
        return "function" if name == "<lambda>" else name
    return type(model).__name__


def label_text(label: Any) -> str:
    """A class label as people write it: ``np.int64(1)`` and ``1.0`` are "1".

    >>> label_text(np.float64(1.0)), label_text(np.str_("yes"))
    ('1', 'yes')
    """
    if isinstance(label, np.generic):
        label = label.item()
    if isinstance(label, float) and label.is_integer():
        label = int(label)
    return str(label)


def output_names(
    class_values: Sequence[Any] | None, n_outputs: int, classes: Sequence[Any] | None
) -> tuple[str, ...]:
    """Names of the outputs of a classifier.

    Parameters
    ----------
    class_values : sequence or None
        ``classes_`` of the model, where it has them.
    n_outputs : int
        Number of classes.
    classes : sequence or None
        Names that the user gives, in the order of ``classes_``.

    Raises
    ------
    InvalidInputError
        A wrong number of names, a name twice, or the model's own labels in another order.
    """
    own = tuple(label_text(value) for value in class_values) if class_values is not None else None
    if classes is None:
        return own if own is not None else tuple(str(k) for k in range(n_outputs))
    given = tuple(label_text(name) for name in classes)
    if len(given) != n_outputs:
        known = f" ({', '.join(own)})" if own else ""
        raise InvalidInputError(
            f"classes has {len(given)} name(s), but the model tells {n_outputs} classes apart{known}; "
            "give one name for each class, in that order"
        )
    if len(set(given)) < len(given):
        raise InvalidInputError(f"classes={list(given)!r} has a name twice; give every class its own")
    if own is not None and given != own and set(given) == set(own):
        raise InvalidInputError(
            f"classes={list(given)!r} are the model's labels in another order; its order is {list(own)!r}, "
            "and outputs would be mislabelled"
        )
    return given
