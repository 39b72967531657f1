"""Texts and images in a notebook: what is drawn is what Python found."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.e2e.eventually import eventually
from tests.e2e.notebook_page import NotebookPage
from tests.e2e.server import JupyterServer

TEXT = """
from interpret_widget import TextExplainer
def kind(texts):
    return [float("good" in each) - 2.0 * ("dull" in each) for each in texts]
found = TextExplainer(kind).explain_local(["a good <i>but</i> dull day", "so good"])
widget = found.dashboard()
widget
"""
IMAGE = """
import numpy as np
from interpret_widget import ImageExplainer
segments = np.repeat(np.repeat([[0, 1], [2, 3]], 4, axis=0), 4, axis=1)
def corner(images):
    return images[:, 4:, 4:].mean(axis=(1, 2)) - 0.5 * images[:, :4, :4].mean(axis=(1, 2))
seen = ImageExplainer(corner, background=0.0, segments=segments).explain_local(np.ones((8, 8)))
seen.dashboard()
"""


@pytest.fixture
def evidence(server: JupyterServer, browser: Browser):
    notebook = NotebookPage.open(server, browser, [TEXT, IMAGE])
    try:
        notebook.run_all()
        notebook.page.wait_for_selector('[data-testid="iw-evidence"][data-kind="image"]', timeout=90_000)
        yield notebook
    finally:
        notebook.close()


def test_texts_and_images_are_shown_in_place(evidence: NotebookPage) -> None:
    page, kernel = evidence.page, evidence.kernel
    text = page.locator('[data-kind="text"]')
    assert text.get_by_test_id("iw-evidence-text").inner_text() == "a good <i>but</i> dull day"
    drawn = text.locator("[data-token]").evaluate_all("all => all.map(e => Number(e.dataset.value))")
    assert drawn == pytest.approx(kernel.value("found[0].values[:, 0].tolist()"))
    text.locator('[data-token="1"]').hover()
    eventually(page, lambda: "good +1" in text.get_by_test_id("iw-evidence-said").inner_text())
    text.get_by_label("Next text").click()
    eventually(page, lambda: kernel.value("widget.document") == 1)
    assert text.get_by_test_id("iw-evidence-text").inner_text() == "so good"

    image = page.locator('[data-kind="image"]')
    first = image.get_by_test_id("iw-evidence-segment").first
    assert float(first.get_attribute("data-value") or 0) == pytest.approx(1)
    assert first.get_attribute("data-segment") == "3"
    colour = "c => [...c.getContext('2d').getImageData(6, 6, 1, 1).data]"
    over = image.locator("canvas").nth(1)
    assert over.evaluate(colour)[3] == 255
    box = image.get_by_test_id("iw-evidence-picture").bounding_box()
    assert box
    assert box["width"] == pytest.approx(box["height"], rel=0.02)
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)
    eventually(page, lambda: "segment 1 −0.5" in image.get_by_test_id("iw-evidence-said").inner_text())
