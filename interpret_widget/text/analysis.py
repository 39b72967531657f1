"""Terms of a vectorizer and where they stand in the text: proved against the vectorizer's own analyzer."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_SENTENCE = re.compile(r"[^.!?…\n]+[.!?…]*\s*")

Span = tuple[int, int]


class NotLocatedError(Exception):
    """Terms of a vectorizer whose place in the text cannot be told; the message says why."""


@dataclass(frozen=True)
class Located:
    """Tokens of a text by place, and the terms that are made of them.

    Attributes
    ----------
    spans : tuple of (start, end)
        ``text[start:end]`` is the token as it was written.
    terms : tuple of (str, tuple of int)
        Every occurrence of a term, with the positions of its tokens.
    """

    spans: tuple[Span, ...]
    terms: tuple[tuple[str, tuple[int, ...]], ...]


def locate(vectorizer: Any, text: str) -> Located:
    """Find the terms of a text.

    Raises
    ------
    NotLocatedError
        Character n-grams, an analyzer or tokenizer of the user's, or text that the vectorizer rewrites in a
        way that loses the places.
    """
    if vectorizer.analyzer != "word":
        raise NotLocatedError(f"analyzer={vectorizer.analyzer!r} does not make words")
    if vectorizer.tokenizer is not None or vectorizer.token_pattern is None:
        raise NotLocatedError("a tokenizer of one's own does not say where its tokens stand")
    prepared, places = _prepared(vectorizer.build_preprocessor(), text)
    stop = vectorizer.get_stop_words() or ()
    pattern = re.compile(vectorizer.token_pattern)
    group = 1 if pattern.groups == 1 else 0
    found = [each for each in pattern.finditer(prepared) if each.group(group) not in stop]
    words = [each.group(group) for each in found]
    spans = tuple((places[each.start(group)], places[each.end(group)]) for each in found)
    low, high = vectorizer.ngram_range
    terms = tuple(
        (" ".join(words[at : at + n]), tuple(range(at, at + n)))
        for n in range(low, high + 1)
        for at in range(len(words) - n + 1)
    )
    if Counter(term for term, _ in terms) != Counter(vectorizer.build_analyzer()(text)):
        raise NotLocatedError("the analyzer makes other terms than its settings say")
    return Located(spans, terms)


def _prepared(preprocess: Any, text: str) -> tuple[str, list[int]]:
    """The text as it is tokenized, and where each of its characters comes from."""
    prepared = preprocess(text)
    if len(prepared) == len(text):
        return prepared, list(range(len(text) + 1))
    places: list[int] = []
    parts = []
    for at, character in enumerate(text):
        part = preprocess(character)
        parts.append(part)
        places += [at] * len(part)
    if "".join(parts) != prepared:
        raise NotLocatedError("the preprocessor does not work character by character")
    # An end is where the next character begins; of letters that became several, the whole is meant.
    return prepared, [*places, len(text)]


def words_of(text: str, most: int) -> tuple[tuple[Span, ...], str]:
    """Pieces of a text to be left out one by one: words, else sentences, else groups of words.

    Parameters
    ----------
    text : str
    most : int
        Most pieces.

    Returns
    -------
    spans : tuple of (start, end)
    kind : {"words", "sentences", "groups of words"}
    """
    words = [each.span() for each in _WORD.finditer(text)]
    if len(words) <= most:
        return tuple(words), "words"
    sentences = [each.span() for each in _SENTENCE.finditer(text) if _WORD.search(each.group())]
    sentences = [(start, start + len(text[start:end].rstrip())) for start, end in sentences]
    if most // 4 < len(sentences) <= most:
        return tuple(sentences), "sentences"
    edges = [round(at * len(words) / most) for at in range(most + 1)]
    groups = tuple((words[a][0], words[b - 1][1]) for a, b in pairwise(edges))
    return groups, "groups of words"


def without(text: str, spans: tuple[Span, ...], kept: Any, mask: str | None) -> str:
    """The text with pieces that are not kept replaced by the mask, or left out with the space before them."""
    parts, at = [], 0
    for (start, end), stays in zip(spans, kept, strict=True):
        parts.append(text[at:start])
        if stays:
            parts.append(text[start:end])
        elif mask is not None:
            parts.append(mask)
        elif parts and parts[-1].endswith(" "):
            parts[-1] = parts[-1][:-1]
        at = end
    return "".join([*parts, text[at:]])
