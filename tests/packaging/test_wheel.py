"""The wheel as a user gets it: complete, quick to import, and it needs no further step in JupyterLab."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
STATIC = "interpret_widget/widget/static"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [*(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target))],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty environment with the wheel; a path file lends it the dependencies, so no network is needed."""
    home = tmp_path_factory.mktemp("empty") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True, timeout=120)
    python = home / "bin" / "python"
    site = Path(
        subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
    )
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # Only a directory: path files of the lender (an editable install among them) are not read from here.
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def run(python: Path, code: str, cwd: Path) -> str:
    done = subprocess.run([python, "-c", code], cwd=cwd, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_wheel_holds_what_is_needed_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    needed = {
        f"{STATIC}/index.js",
        f"{STATIC}/index.css",
        "interpret_widget/py.typed",
        "interpret_widget/datasets/attrition.csv.gz",
        "interpret_widget/datasets/README.md",
    }
    assert needed <= names
    python_files = {str(path.relative_to(PROJECT)) for path in (PROJECT / "interpret_widget").rglob("*.py")}
    assert python_files <= names
    allowed = re.compile(r"interpret_widget/.+\.(py|typed|js|css|gz|md)|interpret_widget-[^/]+\.dist-info/.+")
    assert [name for name in names if not allowed.fullmatch(name)] == []
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert wheel.stat().st_size < 1_000_000


def test_the_installed_wheel_is_the_one_that_is_imported_and_draws(installed: Path, tmp_path: Path) -> None:
    code = """
import numpy as np, pandas as pd
import interpret_widget
from interpret_widget import Explanation
explanation = Explanation.from_values(np.eye(3), pd.DataFrame(np.eye(3), columns=list("abc")))
dashboard = explanation.dashboard()
dashboard.save_html("out.html")
print(interpret_widget.__file__)
"""
    where = run(installed, code, tmp_path)
    assert Path(where).is_relative_to(installed.parents[1])
    written = (tmp_path / "out.html").read_text()
    assert (PROJECT / STATIC / "index.js").stat().st_size < len(written)


def test_import_takes_less_than_half_a_second_and_stays_light(installed: Path, tmp_path: Path) -> None:
    code = """
import sys, time
started = time.perf_counter()
import interpret_widget
seconds = time.perf_counter() - started
heavy = sorted({"shap", "plotly", "lightgbm", "numba"} & set(sys.modules))
print(seconds, *heavy)
"""
    # The best of three: the machine may be busy, and the first import compiles.
    runs = [run(installed, code, tmp_path).split() for _ in range(3)]
    assert min(float(seconds) for seconds, *_ in runs) < 0.5
    assert [heavy for _, *heavy in runs] == [[], [], []]
