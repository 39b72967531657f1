"""One JupyterLab and one Chromium for all browser tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.conftest import REQUIRED
from tests.e2e import scenes
from tests.e2e.browser import NoBrowserError, chromium
from tests.e2e.notebook_page import NotebookPage
from tests.e2e.server import JupyterServer, jupyter_server

PROJECT = Path(__file__).resolve().parents[2]

OpenNotebook = Callable[..., NotebookPage]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/e2e/" in item.nodeid:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def server() -> Iterator[JupyterServer]:
    with jupyter_server() as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    try:
        with chromium() as running:
            yield running
    except NoBrowserError as error:
        if REQUIRED:
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture
def open_notebook(server: JupyterServer, browser: Browser) -> Iterator[OpenNotebook]:
    """Open notebooks that are closed, kernels included, when the test ends."""
    opened: list[NotebookPage] = []

    def open_(cells: list[str], **options: object) -> NotebookPage:
        opened.append(NotebookPage.open(server, browser, cells, **options))  # type: ignore[arg-type]
        return opened[-1]

    yield open_
    for notebook in opened:
        notebook.close()


@pytest.fixture(scope="session")
def attrition_notebook(server: JupyterServer, browser: Browser) -> Iterator[NotebookPage]:
    """The main job, shown once: attrition, LightGBM with native categories, 294 rows."""
    notebook = NotebookPage.open(server, browser, scenes.ATTRITION)
    try:
        notebook.show()
        yield notebook
    finally:
        notebook.close()


@pytest.fixture
def attrition(attrition_notebook: NotebookPage) -> NotebookPage:
    """The shared dashboard as it first appeared."""
    attrition_notebook.kernel.run(scenes.RESET)
    return attrition_notebook


@pytest.fixture(scope="session")
def desk(server: JupyterServer, browser: Browser) -> Iterator[NotebookPage]:
    """A notebook whose one cell the tests rewrite, so that a kernel starts once for many dashboards."""
    notebook = NotebookPage.open(server, browser, ["import interpret_widget"])
    yield notebook
    notebook.close()
