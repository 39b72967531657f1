"""Automatic remarks on a run, each with its evidence: pure functions of what was recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .recording import Record

_SETTLED = 0.05  # share of importance that still moves
_CLEARLY = 1.2  # times as important as the former leader
_LOOKED_AT = 1_000  # rounds, evenly spread where there are more
_AT_LEAST = 10  # recorded rounds before anything is said
_LEADS = 2.5  # times as important as the second: suspicious where the loss all but vanished as well
_TINY_LOSS = 0.25  # of the first loss


@dataclass(frozen=True)
class Remark:
    """What was noticed.

    Attributes
    ----------
    kind : {"settled", "took-over", "apart", "leak"}
    round : int
    text : str
    feature : str or None
    """

    kind: Literal["settled", "took-over", "apart", "leak"]
    round: int
    text: str
    feature: str | None = None


def remarks_on(record: Record, names: Sequence[str]) -> list[Remark]:
    """All remarks on a run so far, in the order of their rounds."""
    at = record.spread(_LOOKED_AT)
    if len(at) < _AT_LEAST:
        return []
    rounds = [record.rounds[position] for position in at]
    importance = np.stack([record.importance[position] for position in at]).mean(axis=1)
    shares = importance / np.maximum(importance.sum(axis=1, keepdims=True), 1e-300)
    found = [
        *_took_over(rounds, shares, names),
        *_settled(rounds, shares),
        *_leak(record, rounds, shares, names),
        *_apart(record),
    ]
    return sorted(found, key=lambda each: each.round)


def _took_over(rounds: list[int], shares: np.ndarray, names: Sequence[str]) -> list[Remark]:
    """Another feature led, and kept the lead for a tenth of the rounds so far."""
    leader = shares.argmax(axis=1)
    changes = np.flatnonzero(np.diff(leader)) + 1
    keep = max(3, len(rounds) // 10)
    out = []
    current = int(leader[0])
    for at in changes:
        new = int(leader[at])
        lasting = leader[at : at + keep]
        if new == current or len(lasting) < keep or (lasting != new).any():
            continue
        if shares[at + keep - 1, new] < _CLEARLY * shares[at + keep - 1, current]:
            continue
        text = (
            f"{names[new]} took over from {names[current]}: "
            f"{shares[at + keep - 1, new]:.0%} of all importance at round {rounds[at + keep - 1]}"
        )
        out.append(Remark("took-over", int(rounds[at]), text, names[new]))
        current = new
    return out


def _settled(rounds: list[int], shares: np.ndarray) -> list[Remark]:
    """The first round after which shares moved little until the end, over at least a third of the run."""
    moved = np.abs(shares - shares[-1]).sum(axis=1) / 2
    unsettled = np.flatnonzero(moved > _SETTLED)
    at = int(unsettled[-1]) + 1 if len(unsettled) else 0
    if len(rounds) - at < max(_AT_LEAST, len(rounds) // 3):
        return []
    text = f"importance settled at round {rounds[at]}: {moved[at]:.1%} of it has moved since"
    return [Remark("settled", int(rounds[at]), text)]


def _leak(record: Record, rounds: list[int], shares: np.ndarray, names: Sequence[str]) -> list[Remark]:
    """One feature leaves all others far behind, and the loss all but vanished."""
    if shares.shape[1] < 2:
        return []
    second, feature = np.argsort(shares[-1])[-2:].tolist()
    share = float(shares[-1, feature])
    if share < _LEADS * shares[-1, second]:
        return []
    for metric in record.metrics.values():
        if metric.higher_is_better or len(metric.values) < _AT_LEAST:
            continue
        numbers = sorted(metric.values)
        first, last = metric.values[numbers[0]], metric.values[numbers[-1]]
        if 0 <= last <= _TINY_LOSS * first:
            at = int(np.argmax(shares[:, feature] >= _LEADS * shares[:, second]))
            text = (
                f"{names[feature]} has {share:.0%} of all importance, {share / shares[-1, second]:.1f} times "
                f"as much as the next, and {metric.name} fell from {first:.3g} to {last:.3g}: "
                "does it know the outcome?"
            )
            return [Remark("leak", int(rounds[at]), text, names[feature])]
    return []


def _apart(record: Record) -> list[Remark]:
    """Training still improves while validation gets worse."""
    by_name = {(each.metric, each.data): each for each in record.metrics.values()}
    for (metric, data), valid in by_name.items():
        train = by_name.get((metric, "train"))
        if data != "valid" or train is None or len(valid.values) < _AT_LEAST:
            continue
        numbers = sorted(set(valid.values) & set(train.values))
        if len(numbers) < _AT_LEAST:
            continue
        sign = -1.0 if valid.higher_is_better else 1.0
        losses = sign * np.array([valid.values[n] for n in numbers])
        fitted = sign * np.array([train.values[n] for n in numbers])
        best = int(losses.argmin())
        if len(numbers) - best < max(_AT_LEAST, len(numbers) // 5) or fitted[-1] >= fitted[best]:
            continue
        worse = sign * losses[-1], sign * losses[best]
        text = (
            f"{valid.name} was best at round {numbers[best]} ({worse[1]:.4g}, now {worse[0]:.4g}) "
            "while training still improves: it overfits"
        )
        return [Remark("apart", int(numbers[best]), text)]
    return []
