"""Run all measurements and write the table."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import measurements, report
from tests.e2e.browser import chromium
from tests.e2e.server import jupyter_server

RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--repeat", type=int, default=3, help="fresh kernels and pages for each first show")
    parser.add_argument("--only", choices=sorted(measurements.ALL), help="one group; nothing is written")
    arguments = parser.parse_args()

    groups = [arguments.only] if arguments.only else list(measurements.ALL)
    lines: list[report.Line] = []
    with jupyter_server() as server, chromium() as browser:
        for group in groups:
            for line in measurements.ALL[group](server, browser, arguments.repeat):
                print(f"{line.what}: {line.text} (must: {line.must})", flush=True)
                lines.append(line)
        versions = report.versions(browser.version)
    if not arguments.only:
        RESULTS.write_text(report.page(lines, versions))
        print(f"wrote {RESULTS.name}")


if __name__ == "__main__":
    main()
