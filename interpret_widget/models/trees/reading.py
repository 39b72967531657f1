"""Trees of any library that is known here."""

from __future__ import annotations

from typing import Any

from interpret_widget.errors import InvalidInputError, UnsupportedModelError

from .ensemble import Ensemble


def read_trees(model: Any, rounds: tuple[int, int] | None = None) -> Ensemble:
    """Read a fitted tree model.

    Parameters
    ----------
    model : estimator or booster
        scikit-learn's trees, forests and boosting, LightGBM, XGBoost, or CatBoost without categories; of a
        pipeline, its last step.
    rounds : (int, int), optional
        First and last boosting round, as in ``range``; for LightGBM and XGBoost. All that the model predicts
        with by default.

    Returns
    -------
    Ensemble
        What boosting starts from is left out where a library does not keep it with its trees: XGBoost's
        ``base_score``, the ``init`` of GradientBoosting.

    Raises
    ------
    InvalidInputError
        ``rounds`` of a model that is not boosted in rounds.
    UnsupportedModelError
        No trees that are known here.
    """
    package = type(model).__module__.split(".")[0]
    if package == "lightgbm":
        from . import lightgbm

        return lightgbm.read(model) if rounds is None else lightgbm.read(model, rounds)
    if package == "xgboost":
        from . import xgboost

        booster = model.get_booster() if hasattr(model, "get_booster") else model
        best = None if booster is model else getattr(model, "best_iteration", None)
        return xgboost.read(booster, rounds or ((0, 0) if best is None else (0, int(best) + 1)))
    if rounds is not None:
        raise InvalidInputError(
            f"rounds={rounds} is known for LightGBM and XGBoost; a {type(model).__name__} is read as a whole"
        )
    if package == "catboost":
        from . import catboost

        return catboost.read(model)
    if package == "sklearn":
        from . import sklearn

        found = sklearn.read(model)
        if found is not None:
            return found
    raise UnsupportedModelError(f"{type(model).__name__} has no trees that are known here")
