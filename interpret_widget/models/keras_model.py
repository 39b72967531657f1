"""Models of Keras 3 with numeric columns, asked like estimators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from interpret_widget.errors import UnsupportedModelError

from .network import Network, Output, TorchModel


class KerasModel(Network):
    """A Keras model, to explain like any estimator.

    Gradients are those of PyTorch, so they are to be had where Keras runs on it (``KERAS_BACKEND=torch``).

    Parameters
    ----------
    model : keras.Model
    output : {"logits", "probability", "number"}, optional
        What it gives; by default what the activation of its last layer says.
    classes : sequence, optional
        Labels of the classes, in their order.
    is_classifier : bool, default True
        Whether a linear last layer gives logits rather than numbers.
    """

    def __init__(
        self,
        model: Any,
        output: Output | None = None,
        *,
        classes: Sequence[Any] | None = None,
        is_classifier: bool = True,
    ) -> None:
        if not hasattr(model, "get_weights") or not hasattr(model, "layers"):
            raise UnsupportedModelError(f"model is a {type(model).__name__}; KerasModel takes a keras.Model")
        super().__init__(output or _output_of(model, is_classifier), classes)
        self.model = model
        self._given = classes

    @property
    def title(self) -> str:
        """See `Network.title`."""
        return str(getattr(self.model, "name", type(self.model).__name__))

    def forward(self, rows: np.ndarray) -> np.ndarray:
        """See `Network.forward`."""
        from keras import ops

        return np.asarray(ops.convert_to_numpy(ops.stop_gradient(self.model(rows, training=False))))

    def slopes(self, rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """See `Network.slopes`."""
        import keras

        if keras.backend.backend() != "torch":
            raise NotImplementedError(
                f"gradients of {self.title} are to be had where Keras runs on PyTorch (KERAS_BACKEND=torch)"
            )
        return TorchModel(self.model, self.output).slopes(rows, weights)

    def copy(self) -> KerasModel:
        """See `Network.copy`."""
        import keras

        twin = keras.models.clone_model(self.model)
        twin.build((None, *self.model.input_shape[1:]))
        twin.set_weights(self.model.get_weights())
        return KerasModel(twin, self.output, classes=self._given)


def _output_of(model: Any, is_classifier: bool) -> Output:
    last = getattr(model.layers[-1], "activation", None) if model.layers else None
    name = getattr(last, "__name__", "linear")
    if name in ("sigmoid", "softmax"):
        return "probability"
    return "logits" if is_classifier else "number"
