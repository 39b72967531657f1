"""Stopwatches that run in the page, so that both ends are read from one clock."""

from __future__ import annotations

from tests.e2e.dashboard_page import DashboardPage
from tests.e2e.notebook_page import NotebookPage

# A frame is drawn once a task queued from its animation callback runs.
_LIBRARY = """
const frame = () => new Promise((done) => requestAnimationFrame(() => {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => done();
  channel.port2.postMessage(0);
}));
const until = (holds) => new Promise((done, fail) => {
  if (holds()) return done();
  const watch = new MutationObserver(() => {
    if (!holds()) return;
    watch.disconnect();
    clearTimeout(limit);
    done();
  });
  const limit = setTimeout(() => { watch.disconnect(); fail(new Error("no answer within 30 s")); }, 30000);
  watch.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
});
const one = (selector) => document.querySelector(selector);
const mark = (name, rest = "") => one(`[data-testid="${name}"]${rest}`);
"""

_RUN_CELL = """async (ready) => {
  const started = performance.now();
  window.jupyterapp.commands.execute("notebook:run-cell");
  await until(() => one(ready) !== null);
  await frame();
  return performance.now() - started;
}"""

_EDIT = """async ([feature, text]) => {
  const shown = mark("iw-prediction");
  const control = Array.from(document.querySelectorAll('[data-testid="iw-control"]'))
    .find((each) => each.dataset.feature === feature);
  const input = control.querySelector('[data-testid="iw-input"]');
  const before = shown.dataset.new;
  input.focus();
  const started = performance.now();
  input.value = text;
  input.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true }));
  await until(() => {
    const now = mark("iw-prediction").dataset;
    return now.pending === "false" && now.new !== undefined && now.new !== before;
  });
  await frame();
  return performance.now() - started;
}"""

_CLICK = """async ([selector, expected]) => {
  const target = one(selector);
  // Charts look where the pointer is: at the name, which lies left.
  const box = target.getBoundingClientRect();
  const at = { clientX: box.left + Math.min(40, box.width / 2), clientY: box.top + box.height / 2 };
  const started = performance.now();
  target.dispatchEvent(new MouseEvent("click", { bubbles: true, composed: true, view: window, ...at }));
  await until(() => one(expected) !== null);
  await frame();
  return performance.now() - started;
}"""

_CHANGE = """async ([selector, value, expected, count]) => {
  const target = one(selector);
  const before = one(expected)?.outerHTML;
  const started = performance.now();
  target.value = value;
  target.dispatchEvent(new Event("change", { bubbles: true, composed: true }));
  await until(() => count ? document.querySelectorAll(expected).length === count
                          : one(expected)?.outerHTML !== before);
  await frame();
  return performance.now() - started;
}"""


def _timed(notebook: NotebookPage, script: str, argument: object) -> float:
    body = f"async (argument) => {{ {_LIBRARY} return await ({script})(argument); }}"
    return float(notebook.page.evaluate(body, argument))


def run_active_cell(notebook: NotebookPage) -> float:
    """Milliseconds from the command that runs the active cell to an interactive dashboard."""
    return _timed(notebook, _RUN_CELL, DashboardPage.READY)


def edit(notebook: NotebookPage, feature: str, text: str) -> float:
    """Milliseconds from a typed value to the frame that shows new prediction and bars."""
    return _timed(notebook, _EDIT, [feature, text])


def click(notebook: NotebookPage, selector: str, expected: str) -> float:
    """Milliseconds from a click to the frame in which ``expected`` is there."""
    return _timed(notebook, _CLICK, [selector, expected])


def change(notebook: NotebookPage, selector: str, value: str, expected: str, count: int = 0) -> float:
    """Milliseconds from a change event until ``expected`` changed (or is there ``count`` times)."""
    return _timed(notebook, _CHANGE, [selector, value, expected, count])
