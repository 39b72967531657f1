"""Explain models of texts: exact behind a vectorizer, by leaving words out elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.arguments import whole_number
from interpret_widget.errors import InvalidInputError, UnsupportedModelError
from interpret_widget.models import title_of
from interpret_widget.models.names import output_names
from interpret_widget.models.pipeline import unwrap

from .analysis import NotLocatedError, locate, without, words_of
from .engineered import Front, Linear, RefusedError, Trees, front_of, in_place, linear_of
from .result import ExplainedText, TextExplanation

if TYPE_CHECKING:
    from interpret_widget.explainers.base import Cancel, Progress

_METHODS = ("auto", "linear", "tree", "sampling")


class TextExplainer:
    """Explain a model of texts on the tokens of each text.

    Linear models and trees behind a vectorizer of scikit-learn's words are explained exactly: Shapley values
    of the terms against the mean of (linear) or the rows of (trees) the background, handed back to the tokens
    in place. Any other model is asked about the text with words left out, against the text without words.

    Parameters
    ----------
    model : Pipeline or callable
        Fitted, of texts; a callable takes a list of str and returns (n,) or (n, n_outputs).
    initialization_examples : sequence of str, optional
        Texts to compare with, on the exact routes; by default an empty text.
    classes : sequence of str, optional
        Names of the outputs.
    method : {"auto", "linear", "tree", "sampling"}, default "auto"
    mask : str, optional
        What takes the place of a word that is left out on the sampling route; nothing by default.
    max_players : int, default 60
        Most pieces of a text that are left out; longer texts are cut into sentences, then groups of words.
    max_evals : int, default 2000
        Questions for each text on the sampling route; up to 12 words every coalition is asked anyway.
    random_state : int, default 0

    Attributes
    ----------
    method, reason : str
        The route, and why.

    Raises
    ------
    InvalidInputError
        Arguments that cannot be used.
    UnsupportedModelError
        ``method`` names a route that the model does not have, or the model cannot be asked.

    References
    ----------
    Musco and Witter, Provably accurate Shapley value estimation via leverage score sampling, 2024.
    """

    def __init__(
        self,
        model: Any,
        initialization_examples: Sequence[str] | None = None,
        *,
        classes: Sequence[Any] | None = None,
        method: str = "auto",
        mask: str | None = None,
        max_players: int = 60,
        max_evals: int = 2_000,
        random_state: int = 0,
    ) -> None:
        if method not in _METHODS:
            raise InvalidInputError(f"method={method!r} is not one of {', '.join(map(repr, _METHODS))}")
        if mask is not None and not isinstance(mask, str):
            raise InvalidInputError(f"mask={mask!r} is not a str; give one such as '[MASK]', or None")
        for name, given, least in (("max_players", max_players, 2), ("max_evals", max_evals, 1)):
            whole_number(name, given, least)
        if max_players > 12 and max_evals < 4 * max_players:
            raise InvalidInputError(
                f"max_evals={max_evals!r}: max_players={max_players} need at least {4 * max_players}"
            )
        self._model, self._classes, self._mask = model, classes, mask
        self._max_players, self._max_evals, self._seed = int(max_players), int(max_evals), random_state
        self._examples = None
        if initialization_examples is not None:
            self._examples = _texts(initialization_examples, "initialization_examples")
        self._front: Front | None = None
        self._exact: Linear | Trees | None = None
        self.method, self.reason = "sampling", "method='sampling' was asked for."
        self._ask, self._answer = _asker(model)
        if method != "sampling":
            self._choose(method)

    def _choose(self, method: str) -> None:
        """The first exact route that proves itself."""
        try:
            front, estimator = front_of(self._model)
            texts = self._examples or [""]
            for each in texts[:5]:
                locate(front.vectorizer, each)
            X = front.matrix(texts)
            background = None if self._examples is None else X
            try:
                if method == "tree":
                    raise RefusedError("method='tree' was asked for")
                self._exact = linear_of(estimator, X, background)
                self.method = "linear"
            except RefusedError:
                if method == "linear":
                    raise
                self._exact = Trees(estimator, X.shape[1], background)
                self.method = "tree"
            self._front = front
            word = "linear in" if self.method == "linear" else "made of trees on"
            self.reason = (
                f"{type(estimator).__name__} is {word} the terms of {type(front.vectorizer).__name__}."
            )
        except (RefusedError, NotLocatedError) as error:
            if method != "auto":
                raise UnsupportedModelError(
                    f"method={method!r} is not to be had: {error}; method='auto' or 'sampling' is"
                ) from error
            self.reason = f"Words are left out and the model is asked again: {error}."

    def explain_local(
        self, texts: Any, *, progress: Progress | None = None, cancel: Cancel = None
    ) -> TextExplanation:
        """Explain texts.

        Parameters
        ----------
        texts : str or sequence of str
        progress : callable, optional
            Called with (done, total) texts.
        cancel : callable or Event, optional
            Asked between questions; when true, `CancelledError` is raised.

        Returns
        -------
        TextExplanation

        Raises
        ------
        InvalidInputError
            No texts, or something that is no text.
        ModelCallError
            The model raised or answered nonsense.
        """
        from interpret_widget.explainers.base import ticking

        rows = _texts(texts, "texts")
        tick = ticking(progress, cancel)
        tick(0, len(rows))
        try:
            return self._exactly(rows, tick)
        except NotLocatedError as error:
            reason = f"Words are left out and the model is asked again: {error}."
        documents = []
        for at, text in enumerate(rows):
            documents.append(self._by_asking(text, cancel))
            tick(at + 1, len(rows))
        names = self._names(len(documents[0].prediction))
        background = "the text without words" if self._mask is None else f"the text of {self._mask!r}"
        why = self.reason if self._exact is None else reason
        method = "enumeration" if all(each.exact for each in documents) else "sampling"
        return TextExplanation(tuple(documents), names, self._answer, method, why, background)

    def explain_global(
        self, texts: Any, *, progress: Progress | None = None, cancel: Cancel = None
    ) -> TextExplanation:
        """Explain many texts; `TextExplanation.terms_frame` has the terms over all of them."""
        return self.explain_local(texts, progress=progress, cancel=cancel)

    def _exactly(self, texts: list[str], tick: Any) -> TextExplanation:
        front, exact = self._front, self._exact
        if front is None or exact is None:
            raise NotLocatedError(self.reason)
        documents = []
        for at, text in enumerate(texts):
            values, base, margins = exact.columns(front.matrix([text]))
            documents.append(in_place(front, text, values[0], base, margins[0]))
            tick(at + 1, len(texts))
        if self._examples is None:
            background = "an empty text"
        else:
            n = f"{len(self._examples):,} texts"
            background = f"mean of {n}" if self.method == "linear" else n
        names = self._names(len(documents[0].prediction))
        return TextExplanation(tuple(documents), names, exact.unit, self.method, self.reason, background)

    def _by_asking(self, text: str, cancel: Cancel) -> ExplainedText:
        from interpret_widget.explainers.presence import asked, play

        spans, kind = words_of(text, self._max_players)
        name = title_of(self._model)

        def ask(there: np.ndarray) -> np.ndarray:
            given = [without(text, spans, kept, self._mask) for kept in there]
            return asked(self._ask, given, len(given), name)

        n_outputs = ask(np.ones((1, len(spans)), dtype=bool)).shape[1]
        found = play(
            ask, len(spans), n_outputs, max_evals=self._max_evals, random_state=self._seed, cancel=cancel
        )
        terms: dict[str, np.ndarray] = {}
        for (start, end), value in zip(spans, found.values, strict=True):
            terms[text[start:end]] = terms.get(text[start:end], 0.0) + value
        note = "" if kind == "words" else f"{kind} are left out, as there are many words"
        errors = None if found.exact else found.std_errors
        nothing = np.zeros(n_outputs)
        return ExplainedText(
            text, spans, found.values, found.base_values, found.prediction, nothing, errors, terms,
            found.exact, note,
        )  # fmt: skip

    def _names(self, n_outputs: int) -> tuple[str, ...]:
        known = getattr(unwrap(self._model), "classes_", None)
        if known is not None and len(known) == n_outputs:
            return output_names(list(known), n_outputs, self._classes)
        names = self._classes
        if names is None:
            names = ["prediction"] if n_outputs == 1 else [f"output {at}" for at in range(n_outputs)]
        if len(names) != n_outputs or len(set(map(str, names))) != n_outputs:
            raise InvalidInputError(
                f"classes={list(names)!r}: the model has {n_outputs} outputs; name each once"
            )
        return tuple(map(str, names))

    def __repr__(self) -> str:
        return f"TextExplainer({title_of(self._model)}, method={self.method!r}, reason={self.reason!r})"


def _texts(given: Any, name: str) -> list[str]:
    rows = [given] if isinstance(given, str) else list(given)
    if not rows:
        raise InvalidInputError(f"{name} has no texts; give at least one")
    for at, each in enumerate(rows):
        if not isinstance(each, str):
            raise InvalidInputError(f"{name}[{at}] is {each!r}, not a str; give a list of texts")
    return [str(each) for each in rows]


def _asker(model: Any) -> tuple[Callable[..., Any], str]:
    """How a model is asked, and what it answers."""
    for method, unit in (("predict_proba", "probability"), ("decision_function", "decision value")):
        if hasattr(model, method):
            return getattr(model, method), unit
    if hasattr(model, "predict") and not hasattr(model, "classes_"):
        return model.predict, "prediction"
    if callable(model):
        return model, "prediction"
    raise UnsupportedModelError(
        f"{type(model).__name__} cannot be asked about texts; give a fitted pipeline or a function of texts"
    )
