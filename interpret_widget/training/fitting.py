"""Fitting estimators step by step: forests, boosting, `partial_fit`, pipelines, faces of the boosters."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from interpret_widget.arguments import whole_number
from interpret_widget.errors import InvalidInputError, UnsupportedModelError

from .callbacks import CatBoostCallback, LightGBMCallback, xgboost_callback
from .feed import Feed
from .libraries import ScikitLearn

_GROWS = ("GradientBoosting", "HistGradientBoosting", "RandomForest", "ExtraTrees")


def fit(feed: Feed, estimator: Any, X: Any, y: Any, options: dict[str, Any]) -> Any:
    """Fit an estimator, and watch it by whatever way it grows.

    Raises
    ------
    UnsupportedModelError
        It shows nothing before it has finished.
    """
    name, package = type(estimator).__name__, type(estimator).__module__.split(".")[0]
    if hasattr(estimator, "steps"):
        return _pipeline(feed, estimator, X, y, options)
    if package == "lightgbm":
        callbacks = [*(options.pop("callbacks", None) or ()), LightGBMCallback(feed)]
        return estimator.fit(X, y, callbacks=callbacks, **options)
    if package == "xgboost":
        return _xgboost(feed, estimator, X, y, options)
    if package == "catboost":
        callbacks = [*(options.pop("callbacks", None) or ()), CatBoostCallback(feed)]
        estimator.fit(X, y, callbacks=callbacks, **options)
        feed.read(estimator)
        end(feed, feed.record.rounds[-1])
        return estimator
    if name.startswith("GradientBoosting"):
        return _stages(feed, estimator, X, y, options)
    if name.startswith(_GROWS):
        return _warm(feed, estimator, X, y, options)
    if hasattr(estimator, "partial_fit"):
        return _partial(feed, estimator, X, y, **options)
    raise UnsupportedModelError(
        f"{name} shows nothing before it has finished: it neither grows by trees nor has partial_fit; "
        "fit it and use ExplanationDashboard"
    )


def _stages(feed: Feed, estimator: Any, X: Any, y: Any, options: dict[str, Any]) -> Any:
    """GradientBoosting calls back by itself."""

    def after(stage: int, fitted: Any, _: Any) -> bool:
        number, is_last = stage + 1, stage + 1 >= fitted.n_estimators
        metrics = [("train", "loss", float(fitted.train_score_[stage]), False)]
        feed.after_round(number, lambda: ScikitLearn(fitted), metrics, is_last=is_last)
        return feed.control.wants_stop

    estimator.fit(X, y, monitor=after, **options)
    end(feed, estimator.estimators_.shape[0])
    return estimator


def _warm(feed: Feed, estimator: Any, X: Any, y: Any, options: dict[str, Any]) -> Any:
    """Forests and HistGradientBoosting grow by ``warm_start``."""
    name = "max_iter" if hasattr(estimator, "max_iter") else "n_estimators"
    total, was_warm = getattr(estimator, name), estimator.warm_start
    step = max(1, total // 200)
    estimator.set_params(warm_start=True)
    number = 0
    try:
        while number < total and not feed.control.wants_stop:
            number = min(total, number + step)
            estimator.set_params(**{name: number})
            estimator.fit(X, y, **options)
            feed.after_round(number, lambda: ScikitLearn(estimator), (), is_last=number >= total)
    finally:
        estimator.set_params(warm_start=was_warm, **{name: total})
    end(feed, number)
    return estimator


def _partial(
    feed: Feed,
    estimator: Any,
    X: Any,
    y: Any,
    *,
    epochs: int = 5,
    batch_size: int = 256,
    random_state: int = 0,
    **options: Any,
) -> Any:
    """Whatever learns batch after batch; a round is a batch."""
    for name, value in (("epochs", epochs), ("batch_size", batch_size)):
        whole_number(name, value)
    n = int(X.shape[0])
    outcomes = np.asarray(y)
    if hasattr(estimator, "predict_proba") or hasattr(estimator, "decision_function"):
        options = {"classes": np.unique(outcomes), **options}
    rng = np.random.default_rng(random_state)
    rounds, number = epochs * -(-n // batch_size), 0
    for _ in range(epochs):
        order = rng.permutation(n)
        for start in range(0, n, batch_size):
            if feed.control.wants_stop:
                break
            rows = order[start : start + batch_size]
            batch = X.iloc[rows] if hasattr(X, "iloc") else X[rows]
            estimator.partial_fit(batch, outcomes[rows], **options)
            number += 1
            feed.after_step(number, lambda: copy.deepcopy(estimator), (), is_last=number >= rounds)
    end(feed, number)
    return estimator


def _xgboost(feed: Feed, estimator: Any, X: Any, y: Any, options: dict[str, Any]) -> Any:
    given = estimator.get_params().get("callbacks")
    estimator.set_params(callbacks=[*(given or ()), xgboost_callback(feed)])
    try:
        return estimator.fit(X, y, **options)
    finally:
        estimator.set_params(callbacks=given)


def _pipeline(feed: Feed, pipeline: Any, X: Any, y: Any, options: dict[str, Any]) -> Any:
    """The steps in front are fitted first; then the last one is watched behind them."""
    last, estimator = pipeline.steps[-1]
    given = {name.split("__", 1)[1]: value for name, value in options.items() if name.startswith(f"{last}__")}
    strange = [name for name in options if not name.startswith(f"{last}__")]
    if strange:
        raise InvalidInputError(
            f"{strange[0]}= is for no step that is watched; write {last}__{strange[0]}= for the last one"
        )
    if len(pipeline.steps) == 1:
        fit(feed, estimator, X, y, given)
        return pipeline
    front = pipeline[:-1]
    Z = front.fit_transform(X, y)
    try:
        feed.recorder.put_behind(feed.record, front)
    except Exception as error:
        feed.fail(error)
    fit(feed, estimator, Z, y, given)
    return pipeline


def end(feed: Feed, number: int) -> None:
    """The training has returned."""
    feed.catch_up(number)
    if feed.control.wants_stop:
        feed.recorder.state(feed.record, "stopped", f"stopped at round {number}")
    else:
        feed.recorder.state(feed.record, "finished")
