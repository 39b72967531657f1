"""Explain models of images: regions are hidden, and the model is asked again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.arguments import whole_number
from interpret_widget.errors import InvalidInputError, UnsupportedModelError
from interpret_widget.models import title_of

from .result import ImageExplanation
from .segments import superpixels

if TYPE_CHECKING:
    from interpret_widget.explainers.base import Cancel, Progress


class ImageExplainer:
    """Explain a model of images on regions of like pixels.

    A region that a coalition lacks is hidden: blurred, or replaced by the mean colour or another image.
    Shapley values of regions are exact up to 12 regions; else they are estimated, with standard errors.

    Parameters
    ----------
    model : callable
        ndarray (n, h, w[, c]) -> (n,) or (n, n_outputs), such as ``model.predict``.
    background : {"blur", "mean"} or ndarray, default "blur"
        What hides a region; an array is one number, a colour (c,) or an image.
    n_segments : int, default 50
        About how many regions (own SLIC on a grid); never more.
    segments : ndarray of int (h, w), optional
        Your own regions instead.
    max_evals : int, default 2000
        Questions for each image; up to 12 regions every coalition is asked anyway.
    batch_size : int, default 64
        Images handed to the model at once.
    classes : sequence of str, optional
        Names of the outputs.
    random_state : int, default 0

    Raises
    ------
    InvalidInputError
        Arguments that cannot be used.
    UnsupportedModelError
        The model cannot be called.

    References
    ----------
    Achanta et al., SLIC superpixels compared to state-of-the-art superpixel methods, 2012.
    Musco and Witter, Provably accurate Shapley value estimation via leverage score sampling, 2024.
    """

    def __init__(
        self,
        model: Callable[[np.ndarray], Any],
        *,
        background: Any = "blur",
        n_segments: int = 50,
        segments: Any = None,
        max_evals: int = 2_000,
        batch_size: int = 64,
        classes: Sequence[Any] | None = None,
        random_state: int = 0,
    ) -> None:
        if not callable(model):
            raise UnsupportedModelError(
                f"{type(model).__name__} cannot be called; give a function of images, as model.predict"
            )
        for name, given in (("n_segments", n_segments), ("max_evals", max_evals), ("batch_size", batch_size)):
            whole_number(name, given)
        if isinstance(background, str) and background not in ("blur", "mean"):
            raise InvalidInputError(f"background={background!r} is not 'blur', 'mean' or an array")
        self._model, self._background, self._n_segments = model, background, int(n_segments)
        self._segments = None if segments is None else _labels(segments)
        self._max_evals, self._batch, self._classes = int(max_evals), int(batch_size), classes
        self._seed = random_state

    def explain_local(
        self, image: Any, *, progress: Progress | None = None, cancel: Cancel = None
    ) -> ImageExplanation:
        """Explain one image.

        Parameters
        ----------
        image : ndarray (h, w) or (h, w, c)
            As the model takes it, without the axis of images.
        progress : callable, optional
            Called with (done, total) questions.
        cancel : callable or Event, optional
            Asked between questions; when true, `CancelledError` is raised.

        Raises
        ------
        InvalidInputError
            Not an image, or one that ``segments`` or ``background`` does not fit.
        ModelCallError
            The model raised or answered nonsense.
        """
        from interpret_widget.explainers.presence import asked, play

        picture = _image(image)
        hidden, said = self._hidden(picture)
        segments = self._regions(picture)
        n, name = int(segments.max()) + 1, title_of(self._model)
        if n > 12 and self._max_evals < 4 * n:
            raise InvalidInputError(f"max_evals={self._max_evals}: {n} segments need at least {4 * n}")

        def ask(there: np.ndarray) -> np.ndarray:
            answers = []
            for start in range(0, len(there), self._batch):
                kept = there[start : start + self._batch][:, segments]
                kept = kept[..., None] if picture.ndim == 3 else kept
                mixed = np.where(kept, picture, hidden)
                answers.append(asked(self._model, mixed, len(mixed), name))
            return np.concatenate(answers)

        n_outputs = ask(np.ones((1, n), dtype=bool)).shape[1]
        names = self._names(n_outputs)
        found = play(
            ask,
            n,
            n_outputs,
            max_evals=self._max_evals,
            random_state=self._seed,
            progress=progress,
            cancel=cancel,
        )
        own = "your own" if self._segments is not None else "SLIC superpixels"
        reason = f"Each of {n} regions ({own}) is hidden or not, and the model is asked again" + (
            ": every coalition." if found.exact else ": a sample of coalitions."
        )
        return ImageExplanation(
            picture, segments, found.values, found.base_values, found.prediction,
            None if found.exact else found.std_errors, names, found.exact,
            "enumeration" if found.exact else "sampling", reason, said,
        )  # fmt: skip

    def _regions(self, picture: np.ndarray) -> np.ndarray:
        if self._segments is None:
            return superpixels(picture, self._n_segments)
        if self._segments.shape != picture.shape[:2]:
            raise InvalidInputError(
                f"segments has shape {self._segments.shape}; the image has {picture.shape[:2]} pixels"
            )
        return self._segments

    def _hidden(self, picture: np.ndarray) -> tuple[np.ndarray, str]:
        """What takes the place of pixels, in the type of the image, and its name."""
        if isinstance(self._background, str) and self._background == "blur":
            from scipy.ndimage import gaussian_filter

            sigma = max(picture.shape[:2]) / 10
            sigmas = (sigma, sigma, 0) if picture.ndim == 3 else (sigma, sigma)
            blurred = gaussian_filter(picture.astype(np.float64), sigmas)
            return _like(blurred, picture), "the image blurred"
        if isinstance(self._background, str):
            mean = np.broadcast_to(picture.mean(axis=(0, 1)), picture.shape)
            return _like(mean, picture), "the mean colour of the image"
        given = np.asarray(self._background, dtype=np.float64)
        try:
            return _like(np.broadcast_to(given, picture.shape), picture), "the background given"
        except ValueError as error:
            raise InvalidInputError(
                f"background has shape {given.shape}, which does not fit an image of {picture.shape}"
            ) from error

    def _names(self, n_outputs: int) -> tuple[str, ...]:
        names = self._classes
        if names is None:
            names = ["prediction"] if n_outputs == 1 else [f"output {at}" for at in range(n_outputs)]
        if len(names) != n_outputs or len(set(map(str, names))) != n_outputs:
            raise InvalidInputError(
                f"classes={list(names)!r}: the model has {n_outputs} outputs; name each once"
            )
        return tuple(map(str, names))

    def __repr__(self) -> str:
        return f"ImageExplainer({title_of(self._model)})"


def _like(values: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """In the type of the picture, rounded where that holds whole numbers."""
    if picture.dtype.kind in "iu":
        limits = np.iinfo(picture.dtype)
        values = np.clip(np.rint(values), limits.min, limits.max)
    return values.astype(picture.dtype)


def _image(given: Any) -> np.ndarray:
    picture = np.asarray(given)
    if picture.ndim not in (2, 3) or picture.size == 0 or picture.dtype.kind not in "fiu":
        raise InvalidInputError(
            f"image has shape {picture.shape} and type {picture.dtype}; give numbers (h, w) or (h, w, c)"
        )
    if not np.isfinite(picture).all():
        raise InvalidInputError("image has values that are not finite")
    return picture


def _labels(given: Any) -> np.ndarray:
    labels = np.asarray(given)
    if labels.ndim != 2 or labels.dtype.kind not in "iub" or labels.size == 0:
        raise InvalidInputError(
            f"segments has shape {labels.shape}, type {labels.dtype}; give int labels (h, w)"
        )
    return np.unique(labels, return_inverse=True)[1].reshape(labels.shape)
