"""Check the columns against those that a model was fitted on, and find the form of table that it takes."""

from __future__ import annotations

from typing import Any

import numpy as np

from interpret_widget.errors import InterpretWidgetError, InvalidInputError, ModelCallError
from interpret_widget.tabular.dataset import Dataset

from .asking import Way
from .feed import Feed, candidate_feeds, fed, library


def known_names(source: Any) -> tuple[str, ...] | None:
    """Names of the columns that a model was fitted on, where it knows them."""
    try:
        names = getattr(source, "feature_names_in_", None)
        if names is None and type(source).__module__.split(".")[0] == "lightgbm":
            told = getattr(source, "feature_name", None) or getattr(source, "feature_name_", None)
            names = told() if callable(told) else told
    except Exception:  # a property that raises before fit
        return None
    if names is None or len(names) == 0:
        return None
    texts = tuple(map(str, names))
    # LightGBM makes names up where it was given none.
    return None if texts == tuple(f"Column_{j}" for j in range(len(texts))) else texts


def _spelled(names: Any, source: Any) -> tuple[str, ...]:
    """Column names as the model writes them: LightGBM puts an underscore for white space."""
    texts = map(str, names)
    if type(source).__module__.split(".")[0] == "lightgbm":
        return tuple("_".join(text.split(" ")) for text in texts)
    return tuple(texts)


def refuse_columns(source: Any, data: Dataset, title: str) -> None:
    """Tell which columns are missing or out of place before the model does it in its own words.

    Raises
    ------
    InvalidInputError
        A column of the model is missing, or columns are in another order or number.
    """
    wanted = known_names(source)
    has_names = library(data.native) not in ("numpy", "scipy")
    if wanted is not None and has_names:
        own = _spelled(_column_names(data.native), source)
        absent = [name for name in wanted if name not in set(own)]
        if absent:
            more = f" and {len(absent) - 5} more" if len(absent) > 5 else ""
            raise InvalidInputError(
                f"X lacks {', '.join(map(repr, absent[:5]))}{more}, which {title} was fitted on; "
                f"X has {', '.join(map(repr, own[:5]))}{', …' if len(own) > 5 else ''}. "
                "If X holds raw columns and the model engineered ones, pass transformations="
            )
        extra = [name for name in own if name not in set(wanted)]
        if extra and not _picks_columns(source):
            raise InvalidInputError(
                f"X has {', '.join(map(repr, extra[:5]))}, which {title} was not fitted on; "
                f"pass only {', '.join(map(repr, wanted[:5]))}{', …' if len(wanted) > 5 else ''}"
            )
        if not extra and own != wanted and not _picks_columns(source):
            raise InvalidInputError(
                f"X has the columns of {title} in another order; "
                f"its order is {', '.join(map(repr, wanted[:5]))}{', …' if len(wanted) > 5 else ''}"
            )
        return
    try:
        count = getattr(source, "n_features_in_", None)
    except Exception:
        return
    if isinstance(count, (int, np.integer)) and 0 < count != data.n_columns:
        raise InvalidInputError(
            f"X has {data.n_columns} columns, but {title} was fitted on {count}. "
            "If X holds raw columns and the model engineered ones, pass transformations="
        )


def _column_names(native: Any) -> Any:
    return native.column_names if library(native) == "pyarrow" else native.columns


def _picks_columns(source: Any) -> bool:
    """A ColumnTransformer in front takes its columns by name, in whatever order, among others."""
    from .pipeline import is_pipeline, unwrap

    inner = unwrap(source)
    while is_pipeline(inner):
        inner = inner.steps[0][1]
    return hasattr(inner, "transformers_")


def choose_feed(way: Way, rows: Dataset, title: str) -> tuple[Feed, tuple[Any, ...] | None, Any]:
    """The form of table that the model takes, names to give it, and its answer to these rows.

    Raises
    ------
    InvalidInputError
        The model is not fitted.
    ModelCallError
        The model raised, whatever the form.
    """
    names = known_names(way.source)
    feeds = candidate_feeds(rows.native)
    names_in: tuple[Any, ...] | None = None
    if names is not None and library(rows.native) in ("numpy", "scipy") and len(names) == rows.n_columns:
        # Fitted on a frame, asked with an array: give the names back, or scikit-learn warns at every call.
        feeds, names_in = ("named", "native"), names
    elif names is None and library(rows.native) == "pandas" and _was_fitted_on_array(way.source):
        feeds = ("numpy", "native")
    failure: Exception | None = None
    for feed in feeds:
        try:
            return feed, names_in, way.ask(fed(rows.native, feed, names_in))
        except InterpretWidgetError:
            raise
        except Exception as error:
            failure = failure or error
    assert failure is not None
    if type(failure).__name__ == "NotFittedError":
        raise InvalidInputError(f"model: this {title} is not fitted; call fit first ({failure})") from failure
    raise ModelCallError(
        f"{title} raised {type(failure).__name__} when asked about {rows.n_rows} rows of X: {failure}"
    ) from failure


def _was_fitted_on_array(source: Any) -> bool:
    """A scikit-learn estimator that counted columns and saw no names: it warns when names come later."""
    module = type(source).__module__.split(".")[0] if source is not None else ""
    try:
        return (
            module == "sklearn"
            and hasattr(source, "n_features_in_")
            and not hasattr(source, "feature_names_in_")
        )
    except Exception:
        return False
