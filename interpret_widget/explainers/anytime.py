"""Rounds of an estimate: each one adds to what those before it found, so that there is always an answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .questions import OutOfTimeError, Sides
from .residual import FEWEST_PAIRS, MOST_FOLDS, Estimate, Residual
from .surrogate import MOST_LEARNED, Answered, Surrogate

_FIRST = 1_000  # predictions of the first of several rounds
_BLOCK = 8_000_000  # mask cells that are held at once
_SOON = 2_000  # answers below which a round of several does without trees


@dataclass(frozen=True, eq=False)
class Standing:
    """What is known after a round.

    Attributes
    ----------
    values, std_errors : ndarray (n_rows, n_features, n_outputs)
    base_values : ndarray (n_outputs,)
    surrogates : tuple of Surrogate
        Those of the last round.
    n_asked : int
        Predictions of mixed rows so far.
    """

    values: np.ndarray
    std_errors: np.ndarray
    base_values: np.ndarray
    surrogates: tuple[Surrogate, ...]
    n_asked: int


def rounds(
    sides: Sides,
    everywhere: np.ndarray,
    per_row: int,
    seed: int,
    *,
    several: bool,
    tolerance: float | None = None,
) -> Iterator[Standing]:
    """Estimate better and better.

    Parameters
    ----------
    sides : Sides
        Rows, background and model; with a deadline, rounds end there.
    everywhere : ndarray (n_given, n_columns)
        All rows of the background, as codes.
    per_row : int
        Pairs for each row, over all rounds.
    seed : int
    several : bool
        Whether to begin with a small round and double; one round otherwise.
    tolerance : float, optional
        Stop once no standard error exceeds this share of the spread of the background's predictions.
    """
    n, p = sides.front.shape
    rng = np.random.default_rng(seed)
    residual = Residual(sides, everywhere)
    spread = sides.at_background.std(axis=0)
    past = Answered(np.empty((0, p)), np.empty((0, sides.n_outputs)))
    surrogates: list[Surrogate] = []
    found: list[tuple[float, Estimate]] = []
    sides.expected = 2 * n * per_row
    done = 0
    most = max(FEWEST_PAIRS, _BLOCK // (2 * p))  # of a row, as they are in memory together
    size = max(FEWEST_PAIRS, _FIRST // (2 * n)) if several else min(per_row, most)
    while done + MOST_FOLDS <= per_row or not found:
        # A rest that is too small for a round of its own joins this one.
        size = per_row - done if per_row - done < 2 * size else size
        # Folds of one size, so that all of them weigh the same.
        size = max(size - size % MOST_FOLDS, FEWEST_PAIRS)
        try:
            estimate, surrogates, past = _round(residual, size, rng, surrogates, past, several)
        except OutOfTimeError:
            break
        weight = 1 / max(float(estimate.variances.mean()), 1e-300)
        found.append((weight, estimate))
        done += size
        size = min(done, most)
        standing = _combined(found, surrogates, sides.n_asked)
        if not found[0][1].variances.any():
            done = per_row
        yield standing
        if tolerance is not None and (standing.std_errors <= tolerance * spread).all():
            break
        if sides.deadline is not None and time.perf_counter() > sides.deadline:
            break
    sides.finished()


def _round(
    residual: Residual,
    per_row: int,
    rng: np.random.Generator,
    surrogates: list[Surrogate],
    past: Answered,
    several: bool,
) -> tuple[Estimate, list[Surrogate], Answered]:
    """One round over all rows, as many at a time as fit into memory."""
    n, p = residual.sides.front.shape
    block = max(1, _BLOCK // (2 * per_row * p))
    # Rows are often sorted; those that teach should be like the others.
    order = rng.permutation(n)
    whole: list[tuple[np.ndarray, Estimate]] = []
    deadline = residual.sides.deadline
    for start in range(0, n, block):
        which = np.sort(order[start : start + block])
        if start == 0 and not (surrogates and len(past.codes) >= MOST_LEARNED):
            # Somebody waits for the first round.
            trees = not several or (bool(surrogates) and 2 * per_row * len(which) >= _SOON)
            if not surrogates:
                residual.sides.deadline = None  # there is always a first answer
            estimate, surrogates, past = residual.cross_fitted(which, per_row, rng, past, trees=trees)
        else:
            estimate = residual.corrected(which, per_row, rng, surrogates)
        whole.append((which, estimate))
    residual.sides.deadline = deadline
    if len(whole) == 1:
        return whole[0][1], surrogates, past
    shape = (n, *whole[0][1].values.shape[1:])
    values, variances = np.empty(shape), np.empty(shape)
    base = np.zeros(shape[2])
    for which, estimate in whole:
        values[which], variances[which] = estimate.values, estimate.variances
        base = estimate.base_values
    return Estimate(values, variances, base), surrogates, past


def _combined(found: list[tuple[float, Estimate]], surrogates: list[Surrogate], n_asked: int) -> Standing:
    """Rounds weighed by how sure they are; one weight for a whole round keeps values additive."""
    total = sum(weight for weight, _ in found)
    shares = [weight / total for weight, _ in found]
    values = sum(share * each.values for share, (_, each) in zip(shares, found, strict=True))
    variances = sum(share**2 * each.variances for share, (_, each) in zip(shares, found, strict=True))
    base = sum(share * each.base_values for share, (_, each) in zip(shares, found, strict=True))
    return Standing(np.asarray(values), np.sqrt(variances), np.asarray(base), tuple(surrogates), n_asked)
