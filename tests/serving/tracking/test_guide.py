"""The guide's snippets run as they stand; its request is answered as it says, and its Spark type fits."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.serving.tracking.same import same_answers
from tests.serving.tracking.served import Served

GUIDE = Path(__file__).parents[3] / "docs" / "serving_mlflow.md"
SPARK = {"long": "long", "double": "double", "string": "string", "boolean": "boolean"}


def fitting(column):
    """A column of a signature as Spark writes types."""
    if column.name != "reasons":
        return f"{column.name} {SPARK[column.type.name]}"
    inner = {each.name: SPARK[each.dtype.name] for each in column.type.dtype.properties}
    told = ", ".join(f"{name} {inner.pop(name)}" for name in ("feature", "value", "contribution"))
    assert not inner
    return f"reasons array<struct<{told}>>"


def test_the_guide_runs_from_top_to_bottom(session, tmp_path, capsys):
    text = GUIDE.read_text("utf-8")
    code = "\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
    found = {}
    exec(compile(code, GUIDE.name, "exec"), found)
    assert capsys.readouterr().out.splitlines() == re.findall(r"^# (.*)", code, re.MULTILINE)

    signature = session.models.get_model_info("models:/attrition/1").signature
    spark = "".join(re.findall(r'"([^"]*)"', text[text.index("result_type=") : text.index("withColumn")])[:2])
    assert spark == f"struct<{', '.join(map(fitting, signature.outputs.inputs))}>"

    body = json.loads(re.search(r"-d '(\{.*?\n\})'", text, re.DOTALL)[1])
    due = json.loads(re.search(r"```json\n(.*?)```", text, re.DOTALL)[1])
    server = Served("models:/attrition/1", "sqlite:///mlflow.db", tmp_path)
    try:
        status, answer = server.ask(body)
    finally:
        server.kill()
    assert status == 200
    same_answers(answer["predictions"], due["predictions"])
