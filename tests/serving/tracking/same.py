"""Whether two lists of answers are one, up to rounding of sums; values as the wire has them."""

from __future__ import annotations

import pytest

from interpret_widget.serving.answers import value_text


def same_answers(answers, due):
    assert len(answers) == len(due)
    for answer, own in zip(answers, due, strict=True):
        assert answer["output"] == own["output"]
        for name in ("prediction", "probability", "score", "base_value"):
            is_number = isinstance(own[name], float)
            due_here = pytest.approx(own[name], rel=1e-9, abs=1e-9) if is_number else own[name]
            assert answer[name] == due_here, name
        assert [each["feature"] for each in answer["reasons"]] == [each["feature"] for each in own["reasons"]]
        for reason, other in zip(answer["reasons"], own["reasons"], strict=True):
            assert value_text(reason["value"]) == value_text(other["value"]), reason["feature"]
            assert reason["contribution"] == pytest.approx(other["contribution"], rel=1e-9, abs=1e-9)
        total = answer["base_value"] + sum(each["contribution"] for each in answer["reasons"])
        assert total == pytest.approx(answer["score"], abs=1e-6)
