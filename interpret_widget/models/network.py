"""Neural networks, asked like estimators and for their gradients."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from scipy.special import expit, softmax

from interpret_widget.errors import InvalidInputError, UnsupportedModelError

from .feed import as_array

Output = Literal["logits", "probability", "number"]
_OUTPUTS = ("logits", "probability", "number")
_BATCH = 16_384  # rows that go through a network at once


class Network(ABC):
    """A network of numeric columns.

    Parameters
    ----------
    output : {"logits", "probability", "number"}
        What the network gives: one logit or one for each class, probabilities, or numbers to predict.
    classes : sequence, optional
        Labels of the classes, in their order.

    Raises
    ------
    InvalidInputError
        Another ``output``, or classes for numbers.
    """

    def __init__(self, output: Output, classes: Sequence[Any] | None) -> None:
        if output not in _OUTPUTS:
            raise InvalidInputError(f"output={output!r} is not one of {', '.join(map(repr, _OUTPUTS))}")
        if output == "number" and classes is not None:
            raise InvalidInputError(
                "classes are given, but output='number' says that the network predicts numbers"
            )
        self.output = output
        self._estimator_type = "regressor" if output == "number" else "classifier"
        if output != "number":
            self.predict_proba = self._probabilities
            if classes is not None:
                self.classes_ = np.asarray(list(classes))

    @property
    @abstractmethod
    def title(self) -> str:
        """Name for people."""

    @abstractmethod
    def forward(self, rows: np.ndarray) -> np.ndarray:
        """What the network gives (n, k) for rows (n, n_columns) of float32."""

    @abstractmethod
    def slopes(self, rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Gradients (n, n_columns) of ``forward(rows) @ weights``, row by row."""

    @abstractmethod
    def copy(self) -> Network:
        """The network as it is now."""

    def fit(self, *_: Any) -> Network:
        """Nothing to do: it is fitted elsewhere."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:
        """What a `Pipeline` asks of its last step."""
        from sklearn.utils import ClassifierTags, RegressorTags, Tags, TargetTags

        is_classifier = self._estimator_type == "classifier"
        return Tags(
            estimator_type=self._estimator_type,
            target_tags=TargetTags(required=False),
            classifier_tags=ClassifierTags() if is_classifier else None,
            regressor_tags=None if is_classifier else RegressorTags(),
        )

    def rows(self, Z: Any) -> np.ndarray:
        """A table as the network takes it (n, n_columns), float32.

        Raises
        ------
        InvalidInputError
            Columns that are no numbers.
        """
        table = Z.toarray() if hasattr(Z, "toarray") else as_array(Z)
        try:
            return np.ascontiguousarray(table, dtype=np.float32)
        except (TypeError, ValueError) as error:
            raise InvalidInputError(
                f"{self.title} takes numbers ({error}); put the preprocessing in front: "
                "transformations=, or a Pipeline that ends with the network"
            ) from error

    def margins(self, Z: Any) -> np.ndarray:
        """What is explained (n, n_outputs): of two classes the second against the first."""
        rows = self.rows(Z)
        found = [self.forward(rows[at : at + _BATCH]) for at in range(0, max(1, len(rows)), _BATCH)]
        raw = np.concatenate(found).astype(np.float64).reshape(len(rows), -1)
        return np.asarray(raw @ self.outputs_of(raw.shape[1]))

    def outputs_of(self, k: int) -> np.ndarray:
        """From what the network gives to what is explained (k, n_outputs)."""
        if self.output == "number" or k != 2:
            return np.eye(k)
        return np.array([[-1.0], [1.0]]) if self.output == "logits" else np.array([[0.0], [1.0]])

    def predict(self, Z: Any) -> np.ndarray:
        """Labels of classes, or numbers."""
        if self.output == "number":
            margins = self.margins(Z)
            return np.asarray(margins[:, 0] if margins.shape[1] == 1 else margins)
        at = self._probabilities(Z).argmax(axis=1)
        return np.asarray(self.classes_[at] if hasattr(self, "classes_") else at)

    def _probabilities(self, Z: Any) -> np.ndarray:
        margins = self.margins(Z)
        if margins.shape[1] > 1:
            return np.asarray(softmax(margins, axis=1) if self.output == "logits" else margins)
        second = expit(margins) if self.output == "logits" else margins
        return np.hstack([1 - second, second])


class TorchModel(Network):
    """A PyTorch module of numeric columns, to explain like any estimator.

    Parameters
    ----------
    module : torch.nn.Module
        Takes a float32 tensor (n, n_columns); gives (n,), (n, 1) or (n, k). Asked in evaluation mode.
    output : {"logits", "probability", "number"}, default "logits"
        What it gives.
    classes : sequence, optional
        Labels of the classes, in their order.

    Examples
    --------
    >>> explain(TorchModel(net, "logits"), X)  # doctest: +SKIP
    """

    def __init__(
        self, module: Any, output: Output = "logits", *, classes: Sequence[Any] | None = None
    ) -> None:
        super().__init__(output, classes)
        if not callable(getattr(module, "forward", None)) or not callable(getattr(module, "eval", None)):
            raise UnsupportedModelError(
                f"module is a {type(module).__name__}; TorchModel takes a torch.nn.Module"
            )
        self.module = module
        self._given = classes

    @property
    def title(self) -> str:
        """See `Network.title`."""
        return type(self.module).__name__

    def forward(self, rows: np.ndarray) -> np.ndarray:
        """See `Network.forward`."""
        import torch

        with _evaluating(self.module), torch.no_grad():
            return np.asarray(self._two_sided(self.module(self._tensor(rows))).cpu().numpy())

    def slopes(self, rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """See `Network.slopes`."""
        import torch

        with _evaluating(self.module), torch.enable_grad():
            given = self._tensor(rows).requires_grad_(True)
            out = self._two_sided(self.module(given))
            # Rows do not see each other in evaluation mode, so one sum has the gradients of all.
            total = (out @ torch.as_tensor(weights, dtype=out.dtype, device=out.device)).sum()
            (found,) = torch.autograd.grad(total, given)
        return np.asarray(found.cpu().numpy(), dtype=np.float64)

    def copy(self) -> TorchModel:
        """See `Network.copy`."""
        import copy

        return TorchModel(copy.deepcopy(self.module), self.output, classes=self._given)

    @staticmethod
    def _two_sided(out: Any) -> Any:
        return out.reshape(-1, 1) if out.ndim == 1 else out

    def _tensor(self, rows: np.ndarray) -> Any:
        import torch

        first = next(iter(self.module.parameters()), None)
        tensor = torch.from_numpy(np.ascontiguousarray(rows))
        return tensor if first is None else tensor.to(device=first.device, dtype=first.dtype)


class _evaluating:  # noqa: N801
    """Evaluation mode, and back: asking in the middle of a training must not change it."""

    def __init__(self, module: Any) -> None:
        self._module = module
        self._were: list[tuple[Any, bool]] = []

    def __enter__(self) -> None:
        self._were = [(each, each.training) for each in self._module.modules()]
        self._module.eval()

    def __exit__(self, *_: Any) -> None:
        for each, was in self._were:
            each.training = was
