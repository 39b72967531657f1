"""Notebook 7 and marimo render the same widget."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from playwright.sync_api import Browser

from tests.e2e import scenes
from tests.e2e.conftest import OpenNotebook
from tests.e2e.dashboard_page import DashboardPage
from tests.e2e.eventually import eventually
from tests.e2e.server import free_port, process_group, wait_until_answers


def test_notebook_7(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([scenes.CALLABLE], face="notebook")
    dashboard = notebook.show()
    dashboard.open_feature("b")
    eventually(notebook.page, lambda: notebook.kernel.value("dashboard.feature") == "b")


def test_marimo_in_its_shadow_root(browser: Browser, tmp_path: Path) -> None:
    body = "\n".join(f"    {line}" for line in scenes.CALLABLE.strip().splitlines())
    app = tmp_path / "app.py"
    app.write_text(
        f"import marimo\n\napp = marimo.App()\n\n\n@app.cell\ndef _():\n{body}\n    return\n\n\n"
        'if __name__ == "__main__":\n    app.run()\n'
    )
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        *(sys.executable, "-m", "marimo", "run", "--headless", "--no-token"),
        *("--host", "127.0.0.1", "--port", str(port), str(app)),
    ]
    env = dict(os.environ, HOME=str(tmp_path), XDG_CONFIG_HOME=str(tmp_path / "config"))
    log = tmp_path / "marimo.log"
    with process_group(command, cwd=tmp_path, env=env, log=log) as process:
        wait_until_answers(f"{url}/health", process, log)
        context = browser.new_context(viewport={"width": 1400, "height": 1000})
        try:
            page = context.new_page()
            page.goto(url)
            dashboard = DashboardPage(page)
            dashboard.root.wait_for(timeout=60_000)
            dashboard.open_feature("b")
            eventually(page, lambda: dashboard.dependence()[0] == "b")
            dashboard.go("Row & what-if")
            dashboard.edit("b", "0.5")
            assert dashboard.settled_prediction(seconds=20).new is not None
        finally:
            context.close()
