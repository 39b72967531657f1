"""The runs of a recorder with their controls: begin, hold and end them, and who hands over their rounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interpret_widget.errors import InvalidInputError, UnsupportedModelError

from .callbacks import CatBoostCallback, Feed, LightGBMCallback, fit_scikit_learn, xgboost_callback
from .control import Control
from .handle import TrainingRun
from .recorder import Recorder
from .recording import Record

_LIBRARIES = ("lightgbm", "xgboost", "catboost")
_GROWS = ("GradientBoosting", "HistGradientBoosting", "RandomForest", "ExtraTrees")


class WatchedRun:
    """One run: its callbacks, its thread, its buttons.

    Parameters
    ----------
    recorder : Recorder
    record : Record
    """

    def __init__(self, recorder: Recorder, record: Record) -> None:
        self.recorder, self.record = recorder, record
        self.control = Control()
        self.handle: TrainingRun | None = None
        self._feed = Feed(recorder, record, self.control)

    def callback(self, library: str) -> Any:
        """What the training library takes as a callback."""
        if library == "lightgbm":
            return LightGBMCallback(self._feed)
        if library == "xgboost":
            return xgboost_callback(self._feed)
        if library == "catboost":
            return CatBoostCallback(self._feed)
        known = ", ".join(map(repr, _LIBRARIES))
        raise InvalidInputError(
            f"callback({library!r}) is not known; it is {known}, "
            "and monitor.fit(estimator, X, y) is for scikit-learn"
        )

    def fit(self, estimator: Any, X: Any, y: Any, **options: Any) -> Any:
        """Fit an estimator of scikit-learn."""
        name = type(estimator).__name__
        if not name.startswith(_GROWS):
            raise UnsupportedModelError(
                f"{name} does not grow by trees; known are GradientBoosting, HistGradientBoosting, "
                "RandomForest and ExtraTrees, for classes and for numbers"
            )
        try:
            return fit_scikit_learn(self._feed, estimator, X, y, options)
        except BaseException as error:
            self._feed.settle(error)
            raise

    def read(self, model: Any) -> None:
        """Take all rounds of a fitted model."""
        self._feed.read(model)
        self.recorder.state(self.record, "stopped" if self.control.wants_stop else "finished")

    def settle(self, error: BaseException | None = None) -> None:
        """End a run whose training is over without having said so; see `Feed.settle`."""
        self._feed.settle(error)

    def train(self, work: Callable[[], Any]) -> TrainingRun:
        """Call ``work`` in a thread of its own."""

        def watched() -> Any:
            try:
                model = work()
            except BaseException as error:
                self._feed.settle(error)
                raise
            self._feed.settle()
            if not self.record.rounds and type(model).__module__.split(".")[0] == "catboost":
                try:
                    self._feed.read(model)
                except Exception as error:
                    self.recorder.fail(error)
            return model

        self.handle = TrainingRun(self.recorder, self.record, self.control, watched)
        return self.handle
