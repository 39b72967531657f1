"""The trees notebook in JupyterLab: what-if answers in the game that the explanation was made in."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.e2e.conftest import PROJECT
from tests.e2e.eventually import eventually
from tests.e2e.notebook_page import NotebookPage
from tests.e2e.server import JupyterServer

EDITED = """
edited = X_test.iloc[[row]].assign(OverTime=0).astype(X_test.dtypes.to_dict())
margin = float(model.predict(edited, raw_score=True)[0])
base = float(model.predict(same_job, raw_score=True).mean())
"""


def test_what_if_is_answered_against_the_colleagues(server: JupyterServer, browser: Browser) -> None:
    path = "trees/notebooks/03_trees.ipynb"
    target = server.root / path
    target.parent.mkdir(parents=True)
    target.write_bytes((PROJECT / "notebooks" / "03_trees.ipynb").read_bytes())

    notebook = NotebookPage.open_file(server, browser, path, height=2600)
    try:
        dashboard = notebook.show()
        notebook.wait_until_idle()
        kernel, page = notebook.kernel, notebook.page
        n = kernel.value("len(same_job)")
        assert kernel.value("against.background") == f"{n} rows"

        dashboard.go("Row & what-if")
        row = kernel.value("row")  # who is most likely to leave, and works overtime
        kernel.run("dashboard.row = row")
        eventually(page, lambda: dashboard.waterfall_row() == row)
        dashboard.edit("OverTime", "0")
        dashboard.settled_prediction()
        kernel.run(EDITED)
        # What the bars of the edited row must add up to: its margin less the colleagues' mean.
        gap = kernel.value("margin - base")
        drawn = kernel.value("explainer.against(same_job).explain_local(edited).values[0, :, 1].tolist()")
        assert sum(drawn) == pytest.approx(gap, abs=1e-9)
        names = kernel.value("list(X_test.columns)")
        truth = dict(zip(names, drawn, strict=True))

        def settled() -> bool:
            bars = dashboard.bars()
            bars.pop("", None)
            shown = {
                name: bar.value if bar.new_value is None else bar.new_value for name, bar in bars.items()
            }
            assert len(shown) >= 5
            return shown == pytest.approx({name: truth[name] for name in shown}, abs=1e-5)

        eventually(page, settled)
        notebook.screenshot(PROJECT / "build" / "screenshots" / "trees.png")
    finally:
        notebook.close()
