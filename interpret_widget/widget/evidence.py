"""Texts and images with their contributions in place: a small widget that asks nothing of Python."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets

from .codec import encode

if TYPE_CHECKING:
    from interpret_widget.image import ImageExplanation
    from interpret_widget.text import ExplainedText, TextExplanation

_STATIC = Path(__file__).parent / "static"


class EvidenceWidget(anywidget.AnyWidget):
    """What in a text or an image spoke for a prediction.

    Attributes
    ----------
    output : int
        Position of the output shown.
    document : int
        Position of the text shown.
    """

    _esm = _STATIC / "index.js"
    _css = _STATIC / "index.css"

    output = traitlets.Int(0, min=0).tag(sync=True)
    document = traitlets.Int(0, min=0).tag(sync=True)
    _evidence = traitlets.Dict().tag(sync=True)


def text_evidence(explanation: TextExplanation) -> EvidenceWidget:
    """The widget of explained texts."""
    evidence = {
        "kind": "text",
        "outputs": list(explanation.output_names),
        "unit": explanation.unit,
        "how": _how(explanation.exact, explanation.method, explanation.reason, explanation.background),
        "documents": [_document(each) for each in explanation],
    }
    return EvidenceWidget(_evidence=evidence, output=len(explanation.output_names) - 1)


def image_evidence(explanation: ImageExplanation) -> EvidenceWidget:
    """The widget of an explained image."""
    evidence = {
        "kind": "image",
        "outputs": list(explanation.output_names),
        "unit": "prediction",
        "how": _how(explanation.exact, explanation.method, explanation.reason, explanation.background),
        "pixels": encode(_rgba(explanation.image)),
        "segments": encode(explanation.segments.astype(np.uint32)),
        "values": encode(np.ascontiguousarray(explanation.values, dtype=np.float64)),
        "errors": None if explanation.std_errors is None else encode(explanation.std_errors),
        "base": explanation.base_values.tolist(),
        "prediction": explanation.prediction.tolist(),
    }
    return EvidenceWidget(_evidence=evidence, output=int(np.argmax(explanation.prediction)))


def _how(exact: bool, method: str, reason: str, background: str) -> str:
    return f"{'Exact' if exact else 'Estimated'} by {method}, compared with {background}. {reason}"


def _document(one: ExplainedText) -> dict[str, Any]:
    """Pieces of the text in order, tokens and what lies between them: the page never counts characters,
    which are not the same in Python and JavaScript.
    """
    pieces: list[list[Any]] = []
    at = 0
    for token, (start, end) in enumerate(one.spans):
        if start > at:
            pieces.append([one.text[at:start], -1])
        pieces.append([one.text[start:end], token])
        at = end
    if at < len(one.text):
        pieces.append([one.text[at:], -1])
    return {
        "pieces": pieces,
        "values": encode(np.ascontiguousarray(one.values, dtype=np.float64)),
        "errors": None if one.std_errors is None else encode(one.std_errors),
        "base": one.base_values.tolist(),
        "prediction": one.prediction.tolist(),
        "absent": one.absent.tolist(),
        "note": one.note,
    }


def _rgba(image: np.ndarray) -> np.ndarray:
    """Pixels for a canvas (h, w, 4) of uint8: bytes as they are, shares scaled, else least to most."""
    pixels = image.reshape(*image.shape[:2], -1).astype(np.float64)
    if pixels.shape[2] not in (3, 4):
        pixels = pixels.mean(axis=2, keepdims=True)
    low, high = float(pixels.min()), float(pixels.max())
    if image.dtype == np.uint8:
        low, high = 0.0, 255.0
    elif image.dtype.kind == "f" and low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    scaled = np.rint((pixels - low) / ((high - low) or 1.0) * 255)
    if scaled.shape[2] == 1:
        scaled = np.repeat(scaled, 3, axis=2)
    opaque = np.full((*scaled.shape[:2], 1), 255.0)
    return np.concatenate([scaled, opaque], axis=2)[:, :, :4].astype(np.uint8)
