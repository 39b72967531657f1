"""Light and dark, wide and narrow: nothing sticks out, text can be read. Pictures go to build/screenshots."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e import pictures
from tests.e2e.notebook_page import NotebookPage

# Luminance and contrast as in WCAG 2; the background is the first opaque one upwards.
CONTRAST = """(element) => {
  // "rgb(0, 0, 0)" counts to 255, "color(srgb 0 0 0)", as mixed colours are told, to 1.
  const parse = (text) =>
    text.match(/[\\d.]+/g).map((v, i) => (text.startsWith("color(") && i < 3 ? 255 * v : Number(v)));
  const luminance = ([r, g, b]) => [r, g, b]
    .map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  let under = element;
  while (under.parentElement && (parse(getComputedStyle(under).backgroundColor)[3] ?? 1) === 0)
    under = under.parentElement;
  const [a, b] = [getComputedStyle(element).color, getComputedStyle(under).backgroundColor]
    .map((text) => luminance(parse(text)) + 0.05);
  return Math.max(a, b) / Math.min(a, b);
}"""


@pytest.fixture
def restored(attrition: NotebookPage) -> Iterator[NotebookPage]:
    yield attrition
    attrition.set_theme(False)
    attrition.set_width(1400)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", pictures.WIDTHS)
def test_nothing_sticks_out_and_text_can_be_read(restored: NotebookPage, width: int, dark: bool) -> None:
    restored.set_width(width)
    restored.set_theme(dark)
    pictures.take(restored, width, dark)
    root = restored.dashboard.root
    for tab in ("Overview", "Row & what-if"):
        restored.dashboard.go(tab)
        restored.page.wait_for_timeout(300)  # colours fade into each other
        assert root.evaluate("e => e.scrollWidth - e.clientWidth") <= 1
        texts = root.locator("h2, h3, [role=tab], footer span").all()
        assert texts
        for text in texts:
            assert text.evaluate(CONTRAST) >= 4.5, text.inner_text()
