"""What a person sees and does in one dashboard, read from the marks drawn in the page."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page

from tests.e2e.eventually import eventually


def hook(name: str, **attributes: str) -> str:
    """Return the selector of a mark by its data-testid and further data-* attributes."""
    parts = [f'[data-testid="{name}"]']
    for key, value in attributes.items():
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\a ")
        parts.append(f'[data-{key.replace("_", "-")}="{escaped}"]')
    return "".join(parts)


@dataclass(frozen=True)
class Bar:
    """One bar of the waterfall: the stored contribution, and the one with the edits."""

    value: float
    new_value: float | None


@dataclass(frozen=True)
class Prediction:
    old: float
    new: float | None
    pending: bool


def number(text: str | None) -> float | None:
    return None if text in (None, "") else float(text)  # type: ignore[arg-type]


class DashboardPage:
    """The nth dashboard of a page."""

    READY = '[data-testid="iw-dashboard"][data-ready="true"]'

    def __init__(self, page: Page, nth: int = 0) -> None:
        self.page = page
        self.root = page.locator(self.READY).nth(nth)

    def find(self, name: str, **attributes: str) -> Locator:
        return self.root.locator(hook(name, **attributes))

    # overview
    def go(self, tab: str) -> None:
        wanted = self.root.get_by_role("tab", name=tab)
        wanted.click()
        # What Python set just before may arrive after the click, and has the last word.
        self.page.wait_for_timeout(100)
        if wanted.get_attribute("aria-selected") != "true":
            wanted.click()

    def importances(self) -> dict[str, float]:
        rows = self.find("iw-feature")
        rows.first.wait_for()
        pairs = rows.evaluate_all("all => all.map(e => [e.dataset.feature, e.dataset.importance])")
        return {name: float(value) for name, value in pairs}

    def open_feature(self, name: str) -> None:
        # At its name: a click among the points would bring that row into focus as well.
        self.find("iw-feature", feature=name).first.click(position={"x": 40, "y": 12})

    def dependence(self) -> tuple[str, str]:
        shown = self.find("iw-dependence")
        return shown.get_attribute("data-feature") or "", shown.get_attribute("data-color-feature") or ""

    # row
    def search(self, text: str) -> None:
        self.find("iw-search").fill(text)

    def rows(self) -> list[tuple[int, str]]:
        pairs = self.find("iw-row").evaluate_all("all => all.map(e => [e.dataset.row, e.dataset.label])")
        return [(int(row), label) for row, label in pairs]

    def pick_row(self, label: str) -> None:
        self.find("iw-row", label=label).first.click()

    def waterfall_row(self) -> int:
        return int(self.find("iw-waterfall").get_attribute("data-row") or -1)

    def bars(self) -> dict[str, Bar]:
        """Named bars of the waterfall; the folded rest ("n others") is under the empty name."""
        found = self.find("iw-bar").evaluate_all(
            "all => all.map(e => [e.dataset.feature, e.dataset.value, e.dataset.newValue ?? null])"
        )
        return {name: Bar(float(value), number(new)) for name, value, new in found}

    # what-if
    def control(self, feature: str) -> Locator:
        return self.find("iw-control", feature=feature)

    def message(self, feature: str) -> str:
        return self.control(feature).locator(hook("iw-message")).inner_text()

    def edit(self, feature: str, text: str) -> None:
        """Type a number or pick a level."""
        entry = self.control(feature).locator(hook("iw-input"))
        if not entry.count() and self.find("iw-filter").count():  # wide tables draw the controls in view only
            self.find("iw-filter").fill(feature)
        entry.scroll_into_view_if_needed()
        if entry.evaluate("e => e.tagName") == "SELECT":
            options = entry.evaluate("e => Array.from(e.options, o => o.text)")
            index = next(i for i, option in enumerate(options) if option.split(" · ")[0] == text)
            entry.select_option(index=index)
        else:
            entry.fill(text)
            entry.press("Enter")

    def prediction(self) -> Prediction:
        shown = self.find("iw-prediction")
        old = number(shown.get_attribute("data-old"))
        return Prediction(
            old=float("nan") if old is None else old,
            new=number(shown.get_attribute("data-new")),
            pending=shown.get_attribute("data-pending") == "true",
        )

    def settled_prediction(self, *, seconds: float = 10) -> Prediction:
        """Return the prediction once the model has answered the edits."""

        def answered() -> Prediction:
            seen = self.prediction()
            assert not seen.pending
            assert seen.new is not None
            return seen

        result: Prediction = eventually(self.page, answered, seconds=seconds)
        return result

    def banner(self) -> str:
        return self.find("iw-banner").inner_text()
