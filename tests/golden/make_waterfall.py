"""Write the golden steps of waterfalls: ``python -m tests.golden.make_waterfall``.

The steps are worked out here in exact fractions by the rule as people say it, not by the package, so that the
package and the page are both held to something else than themselves.
"""

from __future__ import annotations

import json
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("waterfall.json")


def steps(values: list[float], base: float, top_k: int) -> list[dict[str, Any]]:
    """The strongest first, ties by column; the rest as one step, unless it is a single feature."""
    order = sorted(range(len(values)), key=lambda j: (-abs(values[j]), j))
    shown, rest = order[:top_k], order[top_k:]
    if len(rest) == 1:
        shown, rest = order, []
    moves = [(j, Fraction(values[j])) for j in shown]
    if rest:
        moves.append((None, sum((Fraction(values[j]) for j in rest), Fraction(0))))
    at, out = Fraction(base), []
    for feature, move in moves:
        out.append({"feature": feature, "value": float(move), "start": float(at), "end": float(at + move)})
        at += move
    return out


def cases() -> list[dict[str, Any]]:
    """By hand where a rule shows, by chance where only the size matters."""
    chance = random.Random(0)
    many = [round(chance.gauss(0, 1), 6) for _ in range(40)]
    tiny = [round(chance.gauss(0, 1) * 10.0 ** -(j % 9), 12) for j in range(24)]
    given = [
        ("strongest first, the rest folded", [0.5, -2.0, 1.0, 0.25, -0.125], 1.0, 2),
        ("a rest of one keeps its name", [3.0, 2.0, 1.0], 0.0, 2),
        ("a rest of two does not", [3.0, 2.0, 1.0, 0.5], 0.0, 2),
        ("a rest that cancels out", [4.0, 1.0, -1.0, 0.5, -0.5], -4.0, 1),
        ("ties keep the order of the columns", [-1.0, 1.0, 1.0, -1.0], 0.0, 9),
        ("ties across the fold", [1.0, -1.0, 1.0, -1.0], 0.25, 2),
        ("as many as are shown", [0.5, 0.25, -0.75], 0.0, 3),
        ("one feature", [0.75], -0.5, 1),
        ("nothing moves", [0.0, 0.0, 0.0, 0.0], 2.0, 1),
        ("many features", many, -1.25, 12),
        ("sizes far apart", tiny, 100.0, 10),
    ]
    return [
        {"name": name, "values": values, "base": base, "top_k": top_k, "steps": steps(values, base, top_k)}
        for name, values, base, top_k in given
    ]


def main() -> None:
    """Write the file."""
    FILE.write_text(json.dumps(cases(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
