"""The committed quickstart, opened and run in JupyterLab as a new user would."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.e2e.conftest import PROJECT
from tests.e2e.eventually import eventually
from tests.e2e.notebook_page import NotebookPage
from tests.e2e.server import JupyterServer


def test_the_quickstarts_cells_run_and_its_dashboard_answers(server: JupyterServer, browser: Browser) -> None:
    path = "quickstart/notebooks/01_quickstart.ipynb"
    target = server.root / path
    target.parent.mkdir(parents=True)
    target.write_bytes((PROJECT / "notebooks" / "01_quickstart.ipynb").read_bytes())

    notebook = NotebookPage.open_file(server, browser, path, height=2600)
    try:
        dashboard = notebook.show()
        notebook.wait_until_idle()
        kernel = notebook.kernel
        truth = kernel.value("explanation.get_feature_importance_dict()")
        assert list(dashboard.importances()) == list(truth)[: len(dashboard.importances())]

        dashboard.go("Row & what-if")
        row = kernel.value("row")
        eventually(notebook.page, lambda: dashboard.waterfall_row() == row)
        dashboard.edit("OverTime", "0")
        expected = kernel.value("float(model.predict_proba(X_test.iloc[[row]].assign(OverTime=0))[0, 1])")
        eventually(notebook.page, lambda: abs(dashboard.prediction().new - expected) < 1e-9)
        assert (server.root / "quickstart" / "build" / "quickstart.html").stat().st_size > 100_000
    finally:
        notebook.close()
