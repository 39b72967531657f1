"""One callback for each library that boosts trees: they hand rounds and metrics over, and end a run."""

from __future__ import annotations

from typing import Any

from .feed import Feed
from .libraries import LightGBM, XGBoost

_SCORES = ("auc", "aucpr", "map", "ndcg", "pre", "acc", "accuracy", "r2", "f1")


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
                (data, metric, float(_last(values)), is_higher_better(metric))
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


def is_higher_better(metric: str) -> bool:
    """Whether a metric of this name is a score rather than a loss."""
    return metric.split("@")[0].split("-")[0] in _SCORES


class CatBoostCallback:
    """For ``fit(callbacks=[...])`` of CatBoost, which shows metrics while it trains and its trees
    afterwards.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def after_iteration(self, info: Any) -> bool:
        """After a round; False ends the training."""
        metrics = [
            (data, metric, values[-1], is_higher_better(metric.lower().split(":")[0]))
            for data, by_metric in (info.metrics or {}).items()
            for metric, values in by_metric.items()
        ]
        self._feed.measure(int(info.iteration), metrics)
        self._feed.recorder.told()
        self._feed.hold()
        return not self._feed.control.wants_stop
