"""One callback for each training library: they hand new trees and metrics over, and end or hold a run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from .control import Control
from .libraries import Library, LightGBM, ScikitLearn, XGBoost, library_of
from .recorder import Recorder
from .recording import Record

_PATIENCE = 0.2  # seconds between two readings of trees, as between two messages to the page
_TRAINING = ("train", "learn")


class Feed:
    """What all callbacks do after a round; the monitor's failures never reach the training.

    Parameters
    ----------
    recorder : Recorder
    record : Record
    control : Control
    """

    def __init__(self, recorder: Recorder, record: Record, control: Control) -> None:
        self.recorder = recorder
        self.record = record
        self.control = control
        self._library: Library | None = None
        self._read_at = 0.0
        self._has_failed = False
        self._number = 0
        self._thread: int | None = None

    def after_round(
        self,
        number: int,
        make: Callable[[], Library],
        metrics: Iterable[tuple[str, str, float, bool]],
        *,
        is_last: bool,
    ) -> None:
        """Record a round; trees are read in batches, so that a fast round costs next to nothing.

        Parameters
        ----------
        number : int
            Rounds that the model has now.
        make : callable
            The library's reader; called once.
        metrics : iterable of (data, metric, value, higher_is_better)
        is_last : bool
            Whether no round will follow.
        """
        self.measure(number, metrics)
        self._number, self._thread = number, threading.get_ident()
        if not self._has_failed:
            try:
                self._library = self._library or make()
                now = time.monotonic()
                is_due = is_last or self.control.wants_stop or self.control.is_paused
                if is_due or number == 1 or now - self._read_at >= _PATIENCE:
                    self.recorder.feed(self.record, self._library, number)
                    self._read_at = time.monotonic()
            except Exception as error:
                self._has_failed = True
                self.recorder.fail(error)
        if not is_last:
            self.hold()

    def measure(self, number: int, metrics: Iterable[tuple[str, str, float, bool]]) -> None:
        """Record the metrics of a round."""
        self.recorder.begin(self.record)
        try:
            for data, metric, value, higher in metrics:
                self.record.measure(f"{data} {metric}", _kind(data), metric, number, float(value), higher)
        except Exception as error:
            self.recorder.fail(error)

    def hold(self) -> None:
        """Wait while the run is paused."""
        if self.control.is_paused:
            self.recorder.state(self.record, "paused")
            self.control.wait()
            if not self.control.wants_stop:
                self.recorder.state(self.record, "running")

    def read(self, model: Any) -> None:
        """Take all rounds of a fitted model.

        Raises
        ------
        UnsupportedModelError
            Not a sum of trees over rounds.
        """
        self._library = library_of(model)
        self.recorder.begin(self.record)
        self.recorder.feed(self.record, self._library, self._library.n_rounds)

    def settle(self, error: BaseException | None = None) -> None:
        """End a run of which no callback will tell, such as one that the library's own early stop ended.

        Does nothing in another thread than the one that trains: there a round may be under way.

        Parameters
        ----------
        error : BaseException, optional
            What ended the training, where it is known.
        """
        if self._thread != threading.get_ident() or self.record.is_over:
            return
        self.catch_up(self._number)
        if isinstance(error, KeyboardInterrupt):
            self.recorder.state(self.record, "stopped", f"interrupted at round {self._number}")
        elif error is not None:
            self.recorder.state(self.record, "failed", f"{type(error).__name__}: {error}")
        else:
            self.recorder.state(self.record, "finished")

    def catch_up(self, number: int) -> None:
        """Read what is left once the model no longer changes."""
        if self._library is None or self._has_failed:
            return
        try:
            self.recorder.feed(self.record, self._library, min(number, self._library.n_rounds))
        except Exception as error:
            self._has_failed = True
            self.recorder.fail(error)


def _kind(data: str) -> str:
    name = data.lower()
    if name.startswith(_TRAINING):
        return "train"
    return "valid" if name.startswith(("valid", "val", "eval", "test", "dev")) else "other"


class LightGBMCallback:
    """For ``lightgbm.train(callbacks=[...])`` and the ``fit`` of its estimators."""

    order = 20  # before early stopping, which ends the training by an exception
    before_iteration = False

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self.model: Any = None

    def __call__(self, env: Any) -> None:
        """After a round."""
        self.model = env.model
        number = env.model.current_iteration()
        is_last = env.iteration + 1 >= env.end_iteration
        results = [each[:4] for each in env.evaluation_result_list or []]
        self._feed.after_round(number, lambda: LightGBM(env.model), results, is_last=is_last)
        if is_last:
            self._feed.recorder.state(self._feed.record, "finished")
        elif self._feed.control.wants_stop:
            from lightgbm.callback import EarlyStopException

            # The wish may have come after this round was looked at.
            self._feed.catch_up(number)
            self._feed.recorder.state(self._feed.record, "stopped", f"stopped at round {number}")
            best = self._feed.record.best() or number
            raise EarlyStopException(best - 1, env.evaluation_result_list)


def xgboost_callback(feed: Feed) -> Any:
    """For ``xgboost.train(callbacks=[...])`` and ``XGBClassifier(callbacks=[...])``."""
    import xgboost

    class XGBoostCallback(xgboost.callback.TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            number = model.num_boosted_rounds()
            metrics = [
                (data, metric, float(_last(values)), _is_higher_better(metric))
                for data, by_metric in (evals_log or {}).items()
                for metric, values in by_metric.items()
            ]
            feed.after_round(number, lambda: XGBoost(model), metrics, is_last=False)
            if feed.control.wants_stop:
                best = feed.record.best() or number
                model.set_attr(best_iteration=str(best - 1))
                feed.recorder.state(feed.record, "stopped", f"stopped at round {number}")
                return True
            return False

        def after_training(self, model: Any) -> Any:
            feed.catch_up(model.num_boosted_rounds())
            feed.recorder.state(feed.record, "finished")
            return model

    return XGBoostCallback()


def _last(values: Any) -> Any:
    last = values[-1]
    return last[0] if isinstance(last, tuple) else last


def _is_higher_better(metric: str) -> bool:
    return metric.split("@")[0].split("-")[0] in ("auc", "aucpr", "map", "ndcg", "pre", "accuracy", "r2")


class CatBoostCallback:
    """For ``fit(callbacks=[...])`` of CatBoost, which shows metrics while it trains and its trees
    afterwards.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def after_iteration(self, info: Any) -> bool:
        """After a round; False ends the training."""
        metrics = [
            (data, metric, values[-1], _is_higher_better(metric.lower().split(":")[0]))
            for data, by_metric in (info.metrics or {}).items()
            for metric, values in by_metric.items()
        ]
        self._feed.measure(int(info.iteration), metrics)
        self._feed.recorder.told()
        self._feed.hold()
        return not self._feed.control.wants_stop


def fit_scikit_learn(feed: Feed, estimator: Any, X: Any, y: Any, options: dict[str, Any]) -> Any:
    """Fit boosting or a forest of scikit-learn round by round.

    GradientBoosting calls back by itself; the others grow by ``warm_start``.
    """
    if type(estimator).__name__.startswith("GradientBoosting"):

        def after(stage: int, fitted: Any, _: Any) -> bool:
            number, is_last = stage + 1, stage + 1 >= fitted.n_estimators
            metrics = [("train", "loss", float(fitted.train_score_[stage]), False)]
            feed.after_round(number, lambda: ScikitLearn(fitted), metrics, is_last=is_last)
            return feed.control.wants_stop

        estimator.fit(X, y, monitor=after, **options)
        _end(feed, estimator.estimators_.shape[0])
        return estimator
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
    _end(feed, number)
    return estimator


def _end(feed: Feed, number: int) -> None:
    feed.catch_up(number)
    if feed.control.wants_stop:
        feed.recorder.state(feed.record, "stopped", f"stopped at round {number}")
    else:
        feed.recorder.state(feed.record, "finished")
