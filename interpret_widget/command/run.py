"""One function for each command."""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interpret_widget.errors import InterpretWidgetError

from .arguments import BROKEN, INTERRUPTED, MISSING, OK, OVER, UNUSABLE, parser
from .models import MissingLibraryError, load_model
from .tables import read_table, without

if TYPE_CHECKING:
    from interpret_widget.comparison import Comparison
    from interpret_widget.explanation import Explanation

_TOP = 10


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv : sequence of str, optional
        What was typed; that of the process otherwise.

    Returns
    -------
    int
        The exit code; ``interpret-widget --help`` lists them.
    """
    given = parser().parse_args(argv)
    commands: dict[str, Callable[[argparse.Namespace], int]] = {
        "demo": _demo,
        "explain": _explain,
        "show": _show,
        "diff": _diff,
    }
    try:
        return commands[given.command](given)
    except (InterpretWidgetError, OSError) as error:
        print(f"interpret-widget: {error}", file=sys.stderr)
        return UNUSABLE
    except MissingLibraryError as error:
        print(f"interpret-widget: {error}", file=sys.stderr)
        return MISSING
    except KeyboardInterrupt:
        print("interpret-widget: interrupted", file=sys.stderr)
        return INTERRUPTED
    except Exception:
        traceback.print_exc()
        return BROKEN


def _demo(given: argparse.Namespace) -> int:
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder

    from interpret_widget.datasets import load_attrition
    from interpret_widget.explainers import explain

    _tell(given, "training on the bundled table of 1,470 employees …")
    X, y = load_attrition(return_X_y=True)
    train, test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0, stratify=y)
    encoded = make_column_transformer(
        (OrdinalEncoder(), make_column_selector(dtype_exclude="number")), remainder="passthrough"
    )
    model = make_pipeline(encoded, HistGradientBoostingClassifier(random_state=0)).fit(train, y_train)
    found = explain(model, test, y_test, classes=["staying", "leaving"], progress=_progress(given))
    return _written(given, found, title="Why people leave")


def _explain(given: argparse.Namespace) -> int:
    from interpret_widget.explainers import explain

    table = read_table(given.data, "DATA", index=given.index)
    table, outcomes = without(table, given.target, "--target")
    background = None
    if given.background is not None:
        background = read_table(given.background, "--background", index=given.index)
        known = given.target if given.target in background.columns else None
        background, _ = without(background, known, "--target")
    model = load_model(given.model, trust=given.trust, allow_pickle=given.allow_pickle)
    rows = table
    if given.rows is not None and given.rows < len(table):
        rows = table.sample(given.rows, random_state=0).sort_index()
        outcomes = None if outcomes is None else outcomes.loc[rows.index]
    found = explain(
        model,
        rows,
        outcomes,
        background=table if background is None else background,
        classes=given.classes,
        method=given.method,
        max_seconds=given.max_seconds,
        progress=_progress(given),
    )
    return _written(given, found)


def _show(given: argparse.Namespace) -> int:
    return _written(given, _loaded(given.explanation))


def _diff(given: argparse.Namespace) -> int:
    from interpret_widget.comparison import compare

    before, after = _loaded(given.before), _loaded(given.after)
    found = compare(before, after, names=tuple(given.names))
    over = _over(given, found)
    if given.html is not None:
        found.save_html(given.html)
    if given.json:
        outputs = json.loads(found.to_frame("outputs").to_json(orient="records", double_precision=15))
        features = found.features.drop(columns=["remarks"])
        told = {
            "is_paired": found.is_paired,
            "flipped": found.flipped,
            "moved": found.moved,
            "ndcg": found.ndcg,
            "drifted": found.drifted,
            "outputs": outputs,
            "features": json.loads(features.to_json(orient="records", double_precision=15)),
            "over": over,
            "html": given.html,
        }
        print(json.dumps(told, ensure_ascii=False))
    else:
        for each in found.words():
            print(each)
        if given.html is not None:
            print(f"wrote {given.html}")
    for each in over:
        print(f"interpret-widget: {each}", file=sys.stderr)
    return OVER if over else OK


def _over(given: argparse.Namespace, found: Comparison) -> list[str]:
    said = []
    if given.fail_over is not None and found.moved > given.fail_over:
        said.append(
            f"{found.moved:.1%} of the importance is on other features, over --fail-over {given.fail_over:g}"
        )
    if given.fail_over_rows is not None:
        if found.flipped is None:
            raise _unusable(
                "--fail-over-rows needs the same rows on both sides, and classes; these are other rows "
                "or a regression"
            )
        if found.flipped > given.fail_over_rows:
            said.append(
                f"{found.flipped:.1%} of the rows have another predicted class, over --fail-over-rows "
                f"{given.fail_over_rows:g}"
            )
    if given.fail_on_drift and found.drifted:
        said.append(f"the contributions of {', '.join(found.drifted[:5])} drifted")
    return said


def _loaded(name: str) -> Explanation:
    from interpret_widget.explanation import Explanation

    if name.startswith("runs:/"):
        from interpret_widget.history import load_explanation

        return load_explanation(name)
    return Explanation.load(name)


def _written(given: argparse.Namespace, found: Explanation, title: str | None = None) -> int:
    folder = getattr(given, "save", None)
    if folder is not None:
        found.save(folder)
    if given.html is not None:
        target = Path(given.html).expanduser()
        if not target.parent.is_dir():
            raise _unusable(f"--html={given.html!r}: the folder {str(target.parent)!r} does not exist")
        found.dashboard(**({} if title is None else {"title": title})).save_html(target)
    output = found.default_output
    table = found.global_frame()
    table = table[table["output"] == found.output_names[output]].head(_TOP)
    if given.json:
        told: dict[str, Any] = {
            "rows": found.n_rows,
            "features": found.n_features,
            "outputs": list(found.output_names),
            "method": found.method,
            "exact": found.exact,
            "reason": found.reason,
            "residual": found.residual,
            "output_space": found.output_space,
            "output": found.output_names[output],
            "top": json.loads(
                table[["feature", "importance", "std_error"]].to_json(orient="records", double_precision=15)
            ),
            "html": given.html,
            "saved": folder,
        }
        print(json.dumps(told, ensure_ascii=False))
        return OK
    print(repr(found))
    width = max(len(name) for name in table["feature"])
    for name, importance in zip(table["feature"], table["importance"], strict=True):
        print(f"  {name:{width}}  {importance:.4g}")
    for wrote in (given.html, folder):
        if wrote is not None:
            print(f"wrote {wrote}")
    return OK


def _unusable(message: str) -> InterpretWidgetError:
    from interpret_widget.errors import InvalidInputError

    return InvalidInputError(message)


def _tell(given: argparse.Namespace, text: str) -> None:
    if not given.quiet:
        print(text, file=sys.stderr)


def _progress(given: argparse.Namespace) -> Callable[[int, int], None] | None:
    if given.quiet:
        return None
    is_terminal = sys.stderr.isatty()
    last = [-1]

    def show(done: int, total: int) -> None:
        share = 100 * done // max(1, total)
        # A log file gets a line for each quarter.
        step = share if is_terminal else share // 25 * 25
        if step != last[0]:
            last[0] = step
            end = "\r" if is_terminal and done < total else "\n"
            print(f"explaining: {share} %", end=end, file=sys.stderr, flush=True)

    return show
