"""The guide's snippets run as they stand, and say what they print."""

from __future__ import annotations

import re
from pathlib import Path

from tests.history.same import same

GUIDE = Path(__file__).parents[2] / "docs" / "history.md"


def test_the_guide_runs_from_top_to_bottom(tmp_path, monkeypatch, capsys):
    text = "\n".join(re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL))
    found = {}
    exec(compile(text, "history.md", "exec"), found)  # in a folder of its own, see conftest
    said = capsys.readouterr().out
    assert re.search(r"# (Explanation\(.*residual )", text)[1] in said
    for name in ("again", "newest"):
        same(found[name], found["explanation"])
    assert found["top"].feature_names == tuple(found["totals"].get_ranked_global_names(4))
    same(found["level"], found["explanation"][:200].engineered)
    assert "linear 200 two hundred rows" in said
    assert re.search(r"\[\d\.\d+\]", said)
