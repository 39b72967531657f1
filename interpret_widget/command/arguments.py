"""What can be typed."""

from __future__ import annotations

import argparse

from interpret_widget._version import __version__

#: Exit codes, as the help tells them.
OK, OVER, USAGE, UNUSABLE, MISSING, BROKEN, INTERRUPTED = 0, 1, 2, 3, 4, 70, 130

_CODES = """exit codes:
  0    done
  1    diff: over a threshold
  2    the command line cannot be understood
  3    a model, table or explanation cannot be used; the message says why
  4    an optional library is missing; the message says how to install it
  70   an error inside this program
  130  interrupted"""

_MODEL = """a scikit-learn model saved by skops (.skops), a LightGBM (.txt), XGBoost (.json, .ubj) or CatBoost
(.cbm) file, or an MLflow address (runs:/…, models:/…, or the folder of a model)"""


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    whole = argparse.ArgumentParser(
        prog="interpret-widget",
        description="Explain models on the command line: dashboards as files, differences for pull requests.",
        epilog=_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    whole.add_argument("--version", action="version", version=f"interpret-widget {__version__}")
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="a dashboard of the bundled data, as one file")
    demo.add_argument("--html", default="interpret-widget-demo.html", metavar="FILE")
    _for_machines(demo)

    explain = commands.add_parser("explain", help="explain a saved model on a table")
    explain.add_argument("model", metavar="MODEL", help=_MODEL)
    explain.add_argument("data", metavar="DATA", help="rows to explain: .csv, .parquet or .feather")
    explain.add_argument("--html", metavar="FILE", help="write the dashboard as one file")
    explain.add_argument("--save", metavar="FOLDER", help="write the explanation, for show and diff")
    explain.add_argument("--target", metavar="COLUMN", help="the column of DATA with true outcomes")
    explain.add_argument("--index", metavar="COLUMN", help="the column of DATA that labels its rows")
    explain.add_argument("--background", metavar="DATA", help="rows to compare with; DATA itself otherwise")
    explain.add_argument("--classes", nargs="+", metavar="NAME", help="names of the classes, in their order")
    explain.add_argument("--rows", type=_count, metavar="N", help="explain a random part of DATA")
    explain.add_argument("--method", default="auto", help="the route; auto takes an exact one where it can")
    explain.add_argument("--max-seconds", type=float, metavar="S", help="time for estimates")
    explain.add_argument("--trust", nargs="+", default=[], metavar="TYPE", help="types that skops may load")
    explain.add_argument("--allow-pickle", action="store_true", help="load pickles, which can run any code")
    _for_machines(explain)

    show = commands.add_parser("show", help="a saved explanation as a dashboard in one file")
    show.add_argument("explanation", metavar="EXPLANATION", help="a saved folder, or runs:/…")
    show.add_argument("--html", metavar="FILE", help="write the dashboard as one file")
    _for_machines(show)

    diff = commands.add_parser("diff", help="compare two saved explanations")
    diff.add_argument("before", metavar="BEFORE", help="a saved folder, or runs:/…")
    diff.add_argument("after", metavar="AFTER", help="a saved folder, or runs:/…")
    diff.add_argument("--html", metavar="FILE", help="write the comparison as a page")
    diff.add_argument("--names", nargs=2, default=("before", "after"), metavar=("BEFORE", "AFTER"))
    diff.add_argument(
        "--fail-over",
        type=_share,
        metavar="SHARE",
        help="exit with 1 when more of the importance than this is on other features, 0 to 1",
    )
    diff.add_argument(
        "--fail-over-rows",
        type=_share,
        metavar="SHARE",
        help="exit with 1 when a larger share of the same rows has another predicted class",
    )
    diff.add_argument(
        "--fail-on-drift", action="store_true", help="exit with 1 when any feature's contributions drifted"
    )
    _for_machines(diff)
    return whole


def _for_machines(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.add_argument("--quiet", action="store_true", help="no progress on standard error")


def _count(text: str) -> int:
    number = int(text) if text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 1 or more")
    return number


def _share(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 to 1, such as 0.05")
    return number
