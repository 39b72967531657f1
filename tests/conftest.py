"""What all tests share: browser tests come last, and a run that requires them cannot skip them."""

from __future__ import annotations

import os

import pytest

REQUIRED = os.environ.get("INTERPRET_WIDGET_BROWSER") == "required"
BROWSER_TESTS = "tests/e2e/"

_skipped: list[str] = []


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The quick tests speak first; and Playwright leaves an event loop running that others could trip over.
    items.sort(key=lambda item: BROWSER_TESTS in item.nodeid)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and BROWSER_TESTS in report.nodeid:
        _skipped.append(report.nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if REQUIRED and _skipped and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if REQUIRED and _skipped:
        terminalreporter.write_line(
            f"{len(_skipped)} browser tests were skipped, but this run requires them", red=True
        )
