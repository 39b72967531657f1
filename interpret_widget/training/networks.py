"""Callbacks of neural networks: a step after an epoch or a batch, and those of Lightning and Keras."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from interpret_widget.models.network import Network, Output, TorchModel

from .callbacks import is_higher_better
from .feed import Feed


class TorchSteps:
    """Call it after each epoch, or batch: ``step(loss=..., valid_loss=...)``.

    Parameters
    ----------
    feed : Feed
    model : torch.nn.Module
        Takes a float32 tensor (n, n_columns).
    output : {"logits", "probability", "number"}, optional
        What it gives; by default logits where ``y_valid`` are classes, and numbers otherwise.
    classes : sequence, optional
        Labels of the classes, in their order.
    """

    def __init__(
        self, feed: Feed, model: Any, output: Output | None = None, *, classes: Sequence[Any] | None = None
    ) -> None:
        self._feed = feed
        self._network = TorchModel(model, output or _output_of(feed), classes=classes)
        self._number = 0

    def __call__(self, **metrics: float) -> bool:
        """Record the network as it is now.

        Parameters
        ----------
        **metrics
            Numbers by name; names that begin with ``valid`` or ``val`` are of validation data.

        Returns
        -------
        bool
            Whether the training should end, because somebody pressed *Stop*.
        """
        self._number += 1
        return _after(self._feed, self._number, self._network, metrics, is_last=False)


def lightning_callback(
    feed: Feed, output: Output | None = None, *, classes: Sequence[Any] | None = None
) -> Any:
    """For ``Trainer(callbacks=[...])`` of Lightning; a round is an epoch."""
    callback = _lightning().Callback

    class LightningCallback(callback):  # type: ignore[misc,valid-type]
        def on_train_epoch_end(self, trainer: Any, module: Any) -> None:
            number = int(trainer.current_epoch) + 1
            metrics = {name: float(value) for name, value in trainer.callback_metrics.items()}
            network = TorchModel(module, output or _output_of(feed), classes=classes)
            if _after(feed, number, network, metrics, is_last=number == trainer.max_epochs):
                trainer.should_stop = True

        def on_train_end(self, trainer: Any, module: Any) -> None:
            feed.settle()

        def on_exception(self, trainer: Any, module: Any, exception: BaseException) -> None:
            feed.settle(exception)

    return LightningCallback()


def _lightning() -> Any:
    """Callbacks of Lightning, by either name of the package."""
    try:
        return import_module("lightning.pytorch.callbacks")
    except ImportError:
        return import_module("pytorch_lightning.callbacks")


def keras_callback(feed: Feed, output: Output | None = None, *, classes: Sequence[Any] | None = None) -> Any:
    """For ``fit(callbacks=[...])`` of Keras 3; a round is an epoch."""
    import keras

    from interpret_widget.models.keras_model import KerasModel

    class KerasCallback(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            network = KerasModel(self.model, output, classes=classes, is_classifier=feed.recorder.has_classes)
            is_last = epoch + 1 == self.params.get("epochs")
            if _after(feed, epoch + 1, network, logs or {}, is_last=is_last):
                self.model.stop_training = True

        def on_train_end(self, logs: Any = None) -> None:
            feed.settle()

    return KerasCallback()


def _after(feed: Feed, number: int, network: Network, metrics: dict[str, float], *, is_last: bool) -> bool:
    told = []
    for name, value in metrics.items():
        data, metric = _split(name)
        told.append((data, metric, float(value), is_higher_better(metric)))
    feed.after_step(number, network.copy, told, is_last=is_last)
    if feed.control.wants_stop:
        feed.read_left()
        feed.recorder.state(feed.record, "stopped", f"stopped at round {number}")
    return feed.control.wants_stop


def _split(name: str) -> tuple[str, str]:
    """Data and metric of a name: ``val_loss`` is the loss of validation data."""
    head, _, tail = name.partition("_")
    if tail and head.lower() in ("train", "training", "valid", "validation", "val", "test"):
        return ("valid" if head.lower() in ("valid", "validation", "val") else head.lower()), tail
    return "train", name


def _output_of(feed: Feed) -> Output:
    return "logits" if feed.recorder.has_classes else "number"
