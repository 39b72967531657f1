"""The runs of a recorder with their controls: begin, hold and end them, and who hands over their rounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interpret_widget.errors import InvalidInputError

from .callbacks import CatBoostCallback, LightGBMCallback, xgboost_callback
from .control import Control
from .feed import Feed
from .fitting import fit
from .handle import TrainingRun
from .networks import TorchSteps, keras_callback, lightning_callback
from .recorder import Recorder
from .recording import Record


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

    def callback(self, library: str, **options: Any) -> Any:
        """What the training library takes as a callback; ``options`` are those of neural networks."""
        boosters: dict[str, Callable[[Feed], Any]] = {
            "lightgbm": LightGBMCallback,
            "xgboost": xgboost_callback,
            "catboost": CatBoostCallback,
        }
        networks: dict[str, Callable[..., Any]] = {
            "torch": TorchSteps,
            "lightning": lightning_callback,
            "keras": keras_callback,
        }
        if library in networks:
            return networks[library](self._feed, **options)
        if library not in boosters:
            known = ", ".join(map(repr, (*boosters, *networks)))
            raise InvalidInputError(
                f"callback({library!r}) is not known; it is {known}, "
                "and monitor.fit(estimator, X, y) is for scikit-learn"
            )
        if options:
            raise TypeError(f"callback({library!r}) does not take {', '.join(map(repr, options))}")
        return boosters[library](self._feed)

    def fit(self, estimator: Any, X: Any, y: Any, **options: Any) -> Any:
        """Fit an estimator and watch it; see `fit`."""
        try:
            return fit(self._feed, estimator, X, y, options)
        except BaseException as error:
            self._feed.settle(error)
            raise

    def read(self, model: Any) -> None:
        """Take all rounds of a fitted model."""
        self._feed.read(model)
        self.recorder.state(self.record, "stopped" if self.control.wants_stop else "finished")

    def read_left(self) -> None:
        """Read rounds that no callback told of; see `Feed.read_left`."""
        self._feed.read_left()

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
