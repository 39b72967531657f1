"""One file: it holds the whole dashboard, and nothing in the data can break out of it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from interpret_widget import Explanation
from interpret_widget.widget import codec, export
from interpret_widget.widget.payload import prepare

HOSTILE = ["</script><script>alert(1)</script>", "<!--", "\u2028", "</style>", "\"quote'`${x}`"]


class Scripts(HTMLParser):
    """Elements of a page as a browser would find them."""

    def __init__(self, text):
        super().__init__()
        self.found, self.tags, self._inside = {}, [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag in ("script", "style", "title"):
            self._inside = dict(attributes).get("id") or tag
            self.found[self._inside] = ""

    def handle_endtag(self, tag):
        self._inside = None

    def handle_data(self, data):
        if self._inside:
            self.found[self._inside] += data


@pytest.fixture
def page(tmp_path):
    X = pd.DataFrame(np.arange(20.0).reshape(4, 5), columns=HOSTILE, index=HOSTILE[:4])
    explanation = Explanation.from_values(np.ones((4, 5)), X, predictions=np.full(4, 5.0))
    dashboard = explanation.dashboard(title="</title><script>alert(2)</script>", top_k=3)
    target = dashboard.save_html(tmp_path / "deep" / "page.html")
    return Scripts(target.read_text(encoding="utf-8"))


def test_names_stay_text_whatever_they_are(page):
    assert page.tags.count("script") == 3
    assert page.tags.count("style") == 1
    state = codec.from_rest(json.loads(page.found["state"]))
    assert [each["name"] for each in state["_schema"]["features"]["raw"]] == HOSTILE
    assert state["_schema"]["row_labels"] == HOSTILE[:4]
    assert page.found["title"] == "</title><script>alert(2)</script>"


def test_it_holds_the_state_and_the_committed_bundle(page):
    state = codec.from_rest(json.loads(page.found["state"]))
    assert state["top_k"] == 3
    assert state["_status"]["mode"] == "static"
    assert state["_payload"]["raw/values/0"].tolist() == [[1.0] * 4] * 5
    module = json.loads(page.found["module"])
    assert module == (export._STATIC / "index.js").read_text(encoding="utf-8")


def test_it_may_ask_nobody(tmp_path, binary):
    text = binary[0].dashboard().save_html(tmp_path / "x.html").read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]
    assert policy.startswith("default-src &#x27;none&#x27;")
    assert "http" not in policy
    assert len(text) < 1_000_000


def test_further_classes_go_along_while_they_fit(several):
    explanation = several[0]
    ready = prepare(explanation, title="", max_points=100, random_state=0, has_model=False, model_note=None)
    whole = codec.from_rest(export.state_of({}, ready))
    assert {f"raw/values/{k}" for k in range(3)} <= set(whole["_payload"])
    first = sum(array.nbytes for array in ready.payload.values())
    small = codec.from_rest(export.state_of({}, ready, limit=first))
    assert set(small["_payload"]) == set(ready.payload)
    assert "2 of 3 outputs were left out" in small["_status"]["message"]
