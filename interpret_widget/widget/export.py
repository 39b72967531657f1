"""The dashboard as one file that needs no kernel and no network."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from . import codec
from .payload import Prepared

_STATIC = Path(__file__).parent / "static"

#: Bytes of arrays that a file may carry before compression.
LIMIT = 8_000_000

_MESSAGE = "A saved dashboard: everything works except questions to the model."

# No network at all: a file that somebody sends around must not tell anybody that it was opened.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; img-src data: blob:"
)

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="interpret-widget {version}">
<title>{title}</title>
<style>
body {{ margin: 0; padding: 16px; background: Canvas; color: CanvasText; font-family: sans-serif; }}
#dashboard {{ max-width: 1600px; margin: 0 auto; }}
{css}
</style>
</head>
<body>
<main id="dashboard"></main>
<noscript>This dashboard draws itself with the JavaScript inside this file; please allow it.</noscript>
<script type="application/json" id="state">{state}</script>
<script type="application/json" id="module">{module}</script>
<script>
(async () => {{
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const main = document.getElementById("dashboard");
  const url = URL.createObjectURL(new Blob([read("module")], {{ type: "text/javascript" }}));
  try {{
    const module = await import(url);
    await module.mountStatic(read("state"), main);
  }} catch (error) {{
    main.textContent = "This browser cannot show the dashboard: " + error;
  }} finally {{
    URL.revokeObjectURL(url);
  }}
}})();
</script>
</body>
</html>
"""


def state_of(traits: Mapping[str, Any], prepared: Prepared, *, limit: int = LIMIT) -> dict[str, Any]:
    """A state at rest: the shared traits, the schema and as many outputs as fit.

    Parameters
    ----------
    traits : mapping
        Public traits by name, and ``_epoch``.
    prepared : Prepared
        What the page was given.
    limit : int
        Bytes of arrays. The outputs of the first payload always go along; where others do not fit, the status
        message says how many are left out.
    """
    payload = dict(prepared.payload)
    size = sum(array.nbytes for array in payload.values())
    left_out: set[str] = set()
    for name, arrays in _further(prepared, payload):
        more = sum(array.nbytes for array in arrays.values())
        if size + more > limit:
            left_out.add(name)
            continue
        payload |= arrays
        size += more
    message = _MESSAGE
    if left_out:
        of_all = len(prepared.schema["output_names"])
        message += f" The values of {len(left_out)} of {of_all} outputs were left out to keep the file small."
    return codec.at_rest(
        {
            **traits,
            "_schema": prepared.schema,
            "_payload": payload,
            "_status": {"mode": "static", "message": message},
        }
    )


def _further(
    prepared: Prepared, payload: Mapping[str, np.ndarray]
) -> Iterator[tuple[str, dict[str, np.ndarray]]]:
    """Arrays of the outputs that the first payload lacks, by the name of the output."""
    for position, name in enumerate(prepared.schema["output_names"]):
        for level in prepared.schema["levels"]:
            if f"{level}/values/{position}" not in payload:
                yield name, prepared.output_payload(position, level)


def write_html(path: Path, state: Mapping[str, Any], *, title: str) -> None:
    """Write a state at rest as a page; whatever the data's names are, they stay text."""
    page = _PAGE.format(
        policy=escape(_POLICY, quote=True),
        version=escape(str(state["state"]["_schema"]["package_version"])),
        title=escape(title),
        css=(_STATIC / "index.css").read_text(encoding="utf-8").replace("</", "<\\/"),
        state=_as_script(state),
        module=_as_script((_STATIC / "index.js").read_text(encoding="utf-8")),
    )
    path.write_text(page, encoding="utf-8")


def _as_script(value: Any) -> str:
    """JSON that cannot end the script element which holds it."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
