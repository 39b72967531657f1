"""What each training library's model is made of, while it grows."""

from __future__ import annotations

from typing import Any

from interpret_widget.errors import UnsupportedModelError

from .base import Library
from .catboost import CatBoost
from .lightgbm import LightGBM
from .sklearn import ScikitLearn
from .xgboost import XGBoost

__all__ = ["CatBoost", "Library", "LightGBM", "ScikitLearn", "XGBoost", "library_of"]


def library_of(model: Any) -> Library:
    """The reader of a fitted model.

    Raises
    ------
    UnsupportedModelError
        Not a sum of trees over rounds.
    """
    package = type(model).__module__.split(".")[0]
    if package == "lightgbm":
        return LightGBM(getattr(model, "booster_", model))
    if package == "xgboost":
        return XGBoost(model.get_booster() if hasattr(model, "get_booster") else model)
    if package == "catboost":
        return CatBoost(model)
    if package == "sklearn" and (hasattr(model, "_predictors") or hasattr(model, "estimators_")):
        return ScikitLearn(model)
    raise UnsupportedModelError(f"{type(model).__name__} is not known as a sum of trees over rounds")
