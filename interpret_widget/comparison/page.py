"""A comparison as one page without scripts, for reviewers of a change."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interpret_widget._version import __version__
from interpret_widget.errors import InvalidInputError

if TYPE_CHECKING:
    from .result import Comparison

_MOST_FEATURES, _MOST_ROWS = 30, 50

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="interpret-widget {version}">
<title>{title}</title>
<style>
:root {{ --ink: #1c2330; --soft: #5b6675; --rule: #d9dee5; --then: #8b95a3; --now: #2f6fde; --paper: #fff; }}
@media (prefers-color-scheme: dark) {{
  :root {{
    --ink: #e6eaf0; --soft: #9aa5b4; --rule: #343c48; --then: #7c8796; --now: #6ea1ff; --paper: #14181f;
  }}
}}
body {{ margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }}
main {{ max-width: 1000px; margin: 0 auto; padding: 32px 20px 60px; }}
h1 {{ font-size: 22px; margin: 0 0 4px; }} h2 {{ font-size: 17px; margin: 32px 0 8px; }}
p.under {{ color: var(--soft); margin: 0 0 16px; }}
table {{ border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }}
th {{ text-align: left; color: var(--soft); font-weight: 500; }}
th, td {{ padding: 5px 8px; border-bottom: 1px solid var(--rule); vertical-align: top; }}
td.n, th.n {{ text-align: right; white-space: nowrap; }}
td.name {{ overflow-wrap: anywhere; min-width: 180px; max-width: 260px; }}
td.bars {{ width: 30%; min-width: 140px; }}
.bar {{ display: block; height: 7px; border-radius: 2px; margin: 3px 0; }}
.then {{ background: var(--then); }} .now {{ background: var(--now); }}
.key .bar {{ display: inline-block; width: 22px; margin: 0 6px 0 12px; }}
.mark {{ font-weight: 600; }}
.scroll {{ overflow-x: auto; }}
</style>
</head>
<body><main>
{body}
</main></body>
</html>
"""


def write_page(found: Comparison, path: str | Path) -> Path:
    """See `Comparison.save_html`."""
    target = Path(path).expanduser()
    if target.is_dir() or not target.parent.is_dir():
        raise InvalidInputError(f"path={str(target)!r} is no file name in an existing folder")
    title = f"What changed from {found.names[0]} to {found.names[1]}"
    outputs = found.outputs
    if found.is_binary:
        # The other class says the same with the opposite sign.
        outputs = (found.of(),)
    body = "\n".join([_head(found, title), *(_output(found, each) for each in outputs), _rows(found)])
    target.write_text(_PAGE.format(version=escape(__version__), title=escape(title), body=body), "utf-8")
    return target


def _head(found: Comparison, title: str) -> str:
    one, two = found.n_rows
    rows = f"{one:,} rows, explained twice" if found.is_paired else f"{one:,} against {two:,} rows"
    said = "".join(f"<li>{escape(each)}</li>" for each in found.words())
    return f'<h1>{escape(title)}</h1><p class="under">{escape(rows)}; {escape(found.unit)}</p><ul>{said}</ul>'


def _output(found: Comparison, each: Any) -> str:
    before, after = (escape(name) for name in found.names)
    own = found.features[found.features["output"] == each.output].head(_MOST_FEATURES)
    longest = float(own[["share_before", "share_after"]].to_numpy().max()) or 1.0
    lines = []
    for _, line in own.iterrows():
        bars = "".join(
            f'<span class="bar {kind}" style="width:{100 * line[column] / longest:.1f}%"></span>'
            for kind, column in (("then", "share_before"), ("now", "share_after"))
        )
        mark = ' <span class="mark">drifted</span>' if line["drifted"] else ""
        p_value = "< 0.001" if line["p_value"] < 0.001 else f"{line['p_value']:.3f}"
        lines.append(
            f'<tr><td class="name">{escape(str(line["feature"]))}{mark}</td><td class="bars">{bars}</td>'
            f'<td class="n">{line["share_before"]:.1%}</td><td class="n">{line["share_after"]:.1%}</td>'
            f'<td class="n">{line["rank_before"]} → {line["rank_after"]}</td>'
            f'<td class="n">{line["moved"]:.1%}</td><td class="n">{p_value}</td>'
            f"<td>{escape(line['remarks'])}</td></tr>"
        )
    rest = int((found.features["output"] == each.output).sum()) - len(own)
    more = f'<p class="under">and {rest:,} more features that moved less</p>' if rest > 0 else ""
    heads = "".join(
        f'<th class="n" scope="col">{name}</th>' for name in (before, after, "rank", "moved", "p-value")
    )
    return (
        f'<h2>{escape(each.output)}</h2><p class="under key">share of importance:'
        f'<span class="bar then"></span>{before}<span class="bar now"></span>{after}</p>'
        f'<div class="scroll"><table><thead><tr><th scope="col">feature</th><th scope="col"></th>{heads}'
        f'<th scope="col">values</th></tr></thead><tbody>{"".join(lines)}</tbody></table></div>{more}'
    )


def _rows(found: Comparison) -> str:
    if found.rows is None:
        return ""
    rows = found.rows
    shown = rows[rows["flipped"]] if "flipped" in rows else rows
    title = "Rows with another predicted class" if "flipped" in rows else "Rows that changed most"
    if not len(shown):
        return f'<h2>{title}</h2><p class="under">none</p>'
    lines = "".join(
        f'<tr><td class="name">{escape(str(label))}</td>'
        f"<td>{_cell(line['before'])} → {_cell(line['after'])}</td>"
        f'<td class="n">{line["change"]:+.4g}</td><td class="name">{escape(str(line["feature"]))}</td>'
        f'<td class="n">{line["contribution_change"]:+.4g}</td></tr>'
        for label, line in shown.head(_MOST_ROWS).iterrows()
    )
    rest = len(shown) - _MOST_ROWS
    more = f'<p class="under">and {rest:,} more rows</p>' if rest > 0 else ""
    return (
        f'<h2>{title}</h2><div class="scroll"><table><thead><tr><th scope="col">row</th>'
        '<th scope="col">prediction</th><th class="n" scope="col">change</th>'
        '<th scope="col">mostly through</th><th class="n" scope="col">contribution</th></tr></thead>'
        f"<tbody>{lines}</tbody></table></div>{more}"
    )


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else escape(str(value))
