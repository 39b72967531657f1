"""A notebook open in JupyterLab (or Notebook 7), driven as a person would."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any, Literal

import nbformat
from playwright.sync_api import Browser, BrowserContext, Error, Page

from tests.e2e.dashboard_page import DashboardPage
from tests.e2e.kernel import Kernel
from tests.e2e.server import JupyterServer

Face = Literal["lab", "notebook"]
DIALOG = "dialog.jp-Dialog button.jp-mod-accept, .jp-Dialog button.jp-mod-accept"
KERNEL_IDLE = """() => {
  const app = window.jupyterapp;
  const kernel = app?.shell?.currentWidget?.sessionContext?.session?.kernel;
  return kernel?.status === "idle" && kernel.connectionStatus === "connected";
}"""
OUTPUTS = """() => {
  const model = window.jupyterapp?.shell?.currentWidget?.content?.model;
  return (model?.sharedModel.cells ?? []).flatMap((cell) => cell.toJSON().outputs ?? []);
}"""
# Not awaited: the promise settles when the last cell has run, and a cell may run long.
RUN_ALL = "() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }"


class NotebookPage:
    """One notebook in one browser context with one kernel."""

    def __init__(self, server: JupyterServer, context: BrowserContext, page: Page, path: str) -> None:
        self.server = server
        self.context = context
        self.page = page
        self.path = path
        self._kernel: Kernel | None = None
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    @classmethod
    def open(
        cls,
        server: JupyterServer,
        browser: Browser,
        cells: list[str],
        *,
        face: Face = "lab",
        width: int = 1400,
        height: int = 1250,
        folder: str = "",
    ) -> NotebookPage:
        """Write a notebook of code cells, open it and wait for its kernel."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        )
        path = f"{folder}{uuid.uuid4().hex[:8]}.ipynb"
        target = server.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, target)
        return cls.open_file(server, browser, path, face=face, width=width, height=height)

    @classmethod
    def open_file(
        cls,
        server: JupyterServer,
        browser: Browser,
        path: str,
        *,
        face: Face = "lab",
        width: int = 1400,
        height: int = 1250,
    ) -> NotebookPage:
        context = browser.new_context(viewport={"width": width, "height": height}, locale="en-US")
        page = context.new_page()
        opened = cls(server, context, page, path)
        if face == "lab":
            # A fresh workspace: otherwise earlier tabs come back and the current widget is the wrong one.
            page.goto(f"{server.url}/lab/workspaces/{uuid.uuid4().hex}/tree/{path}?reset")
        else:
            page.goto(f"{server.url}/notebooks/{path}")
        opened._wait_for_kernel()
        if face == "lab":
            opened.command("application:toggle-left-area")
        return opened

    @property
    def kernel(self) -> Kernel:
        if self._kernel is None:
            kernel_id = self.server.kernel_of(self.path)
            self._kernel = Kernel(self.server.connection_file(kernel_id))
        return self._kernel

    @property
    def dashboard(self) -> DashboardPage:
        return DashboardPage(self.page)

    def dashboards(self, n: int) -> list[DashboardPage]:
        return [DashboardPage(self.page, i) for i in range(n)]

    def command(self, name: str, args: dict[str, Any] | None = None) -> None:
        self.page.evaluate(
            "([name, args]) => { window.jupyterapp.commands.execute(name, args ?? {}); }", [name, args]
        )

    def run_all(self) -> None:
        self._accept_dialogs()
        self.page.evaluate(RUN_ALL)

    def run_cell(self, source: str) -> None:
        """Write a cell's text over the first cell and run all: the user edits and runs again."""
        self.page.evaluate(
            """(source) => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells[0]
                 .setSource(source)""",
            source,
        )
        self.page.evaluate("() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
        self.run_all()

    def run_nth(self, index: int) -> None:
        """Run one cell, without waiting for its end."""
        self.page.evaluate(
            """(index) => {
              window.jupyterapp.shell.currentWidget.content.activeCellIndex = index;
              window.jupyterapp.commands.execute("notebook:run-cell");
            }""",
            index,
        )

    def show(self, *, seconds: float = 90) -> DashboardPage:
        """Run all cells and wait for the dashboard; a cell's error is shown instead of a timeout."""
        self.run_all()
        self.wait_for_dashboard(seconds=seconds)
        return self.dashboard

    def wait_for_dashboard(self, *, seconds: float = 90) -> None:
        ready = self.page.locator(DashboardPage.READY).first
        for _ in range(int(seconds / 0.5)):
            try:
                ready.wait_for(timeout=500)
                return
            except Error:
                self._accept_dialogs()
                self._raise_on_failed_cell()
        raise AssertionError(f"no dashboard within {seconds} s; page errors: {self.errors}")

    def wait_until_idle(self, *, seconds: float = 60) -> None:
        self.page.wait_for_function(KERNEL_IDLE, timeout=seconds * 1000)
        self._raise_on_failed_cell()

    def restart_kernel(self) -> None:
        """Do what the menu does once its dialog is accepted."""
        self.page.evaluate(
            "async () => { await window.jupyterapp.shell.currentWidget.sessionContext.restartKernel(); }"
        )
        if self._kernel is not None:
            self._kernel.close()
            self._kernel = None

    def save(self) -> None:
        """Save the notebook with its outputs."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")

    def reopen(self, browser: Browser) -> None:
        """Close the browser and come back later; the kernel lives on."""
        viewport = self.page.viewport_size
        self.context.close()
        self.context = browser.new_context(viewport=viewport, locale="en-US")
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(f"{self.server.url}/lab/workspaces/{uuid.uuid4().hex}/tree/{self.path}?reset")

    def set_theme(self, dark: bool) -> None:
        name = "JupyterLab Dark" if dark else "JupyterLab Light"
        self.command("apputils:change-theme", {"theme": name})
        self.page.wait_for_function(
            "(dark) => document.body.dataset.jpThemeLight === String(!dark)", arg=dark, timeout=10_000
        )

    def set_width(self, width: int) -> None:
        viewport = self.page.viewport_size or {"width": width, "height": 1250}
        self.page.set_viewport_size({"width": width, "height": viewport["height"]})

    def outputs(self) -> list[dict[str, Any]]:
        """Return the cells' outputs as they would be saved."""
        found: list[dict[str, Any]] = self.page.evaluate(OUTPUTS)
        return found

    def screenshot(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.dashboard.root.screenshot(path=path, animations="disabled")

    def close(self) -> None:
        if self._kernel is not None:
            self._kernel.close()
        self.context.close()
        self.server.close_sessions(self.path)

    def _wait_for_kernel(self) -> None:
        for _ in range(120):
            self._accept_dialogs()
            try:
                self.page.wait_for_function(KERNEL_IDLE, timeout=500)
                return
            except Error:
                continue
        raise AssertionError(f"the kernel of {self.path} never became idle")

    def _accept_dialogs(self) -> None:
        # A late "Select Kernel" or "Build Recommended" swallows clicks.
        button = self.page.locator(DIALOG)
        if button.count():
            button.first.click()

    def _raise_on_failed_cell(self) -> None:
        for output in self.outputs():
            if output["output_type"] == "error":
                raise AssertionError("a cell failed:\n" + "\n".join(output["traceback"])[-3000:])
