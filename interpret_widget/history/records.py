"""What the run says of an explanation: a record for us, metrics and tags for people."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from math import isfinite
from typing import Any

from interpret_widget.errors import InvalidInputError
from interpret_widget.explanation import Explanation

#: Key of the tag that makes an upload an explanation; what follows is its id.
KEY = "interpret_widget.explanation."

#: Importances logged as metrics.
_MOST_METRICS = 10
_LONGEST_COMMENT = 1000
#: Tags of MLflow hold 5,000 characters in some of its versions, and longer ones are cut without a word.
_LONGEST_RECORD = 4900
_LONGEST_KEY = 200


@dataclass(frozen=True)
class Record:
    """One explanation of a run, as `ExplanationClient.list_model_explanations` tells it.

    Attributes
    ----------
    id, name : str
        The artifacts lie under ``<name>/<id>``.
    comment, model_id : str or None
        As given at the upload.
    upload_time : str
        ISO time in UTC.
    method, exact, residual, model_task, n_rows, n_features
        Of the explanation.
    raw, engineered : bool
        Which levels it has.
    """

    id: str
    name: str
    comment: str | None
    model_id: str | None
    upload_time: str
    method: str
    exact: bool
    residual: float | None
    model_task: str
    n_rows: int
    n_features: int
    raw: bool
    engineered: bool

    @property
    def path(self) -> str:
        """Folder of its artifacts within the run."""
        return f"{self.name}/{self.id}"

    def told(self) -> dict[str, Any]:
        """As a plain dict."""
        return {**asdict(self), "path": self.path}

    def tag(self) -> tuple[str, str]:
        """Key and value of the tag that is set once everything else is there."""
        return KEY + self.id, json.dumps(asdict(self), ensure_ascii=False)


def record(explanation: Explanation, name: str, comment: str | None, model_id: str | None) -> Record:
    """The record of an explanation that is about to be uploaded, under an id of its own."""
    made = Record(
        id=uuid.uuid4().hex,
        name=name,
        comment=comment,
        model_id=model_id,
        upload_time=datetime.now(timezone.utc).isoformat(timespec="microseconds"),
        method=explanation.method,
        exact=bool(explanation.exact),
        residual=_finite(explanation.residual),
        model_task=explanation.model_task,
        n_rows=explanation.n_rows,
        n_features=explanation.n_features,
        raw=bool(explanation.is_raw),
        engineered=not explanation.is_raw or explanation.engineered is not None,
    )
    size = len(made.tag()[1])
    if size > _LONGEST_RECORD:
        raise InvalidInputError(
            f"comment and model_id make a record of {size:,} characters, a run keeps {_LONGEST_RECORD:,}; "
            "shorten them, or leave out control characters"
        )
    return made


def records(tags: Mapping[str, str]) -> list[Record]:
    """The records among the tags of a run, in the order of their upload."""
    found = []
    for key, value in tags.items():
        if key.startswith(KEY):
            try:
                found.append(Record(**json.loads(value)))
            except (ValueError, TypeError, RecursionError):
                continue  # written by hand, or by a later version under the same key
    return sorted(found, key=lambda each: str(each.upload_time))


def checked_name(name: Any) -> str:
    """A name that is a folder in every store."""
    if not isinstance(name, str) or not re.fullmatch(
        r"[A-Za-z0-9_](?:[A-Za-z0-9_. -]{0,98}[A-Za-z0-9_])?", name
    ):
        raise InvalidInputError(
            f"name={name!r}; give up to 100 letters, digits, '_', '-', '.' or spaces, such as 'explanation'"
        )
    return name


def checked_comment(argument: str, text: Any) -> str | None:
    """Free text of a record."""
    if text is None:
        return None
    if not isinstance(text, str) or len(text) > _LONGEST_COMMENT:
        size = f" of {len(text)} characters" if isinstance(text, str) else ""
        raise InvalidInputError(
            f"{argument} is a {type(text).__name__}{size}; give a text of up to {_LONGEST_COMMENT} characters"
        )
    return text


def metrics_of(explanation: Explanation, name: str) -> dict[str, float]:
    """Residual, fidelity and the strongest importances, by keys that MLflow takes."""
    fidelity = explanation.fidelity
    found: dict[str, float | None] = {"residual": explanation.residual}
    if fidelity is not None:
        found |= {"fidelity.r2": fidelity.r2, "fidelity.agreement": fidelity.agreement}
    for feature, value in explanation.get_feature_importance_dict(_MOST_METRICS).items():
        key = "importance." + re.sub(r"[^\w. -]", "_", feature)  # MLflow takes no other signs
        found.setdefault(key[:_LONGEST_KEY], value)
    return {f"{name}.{key}": value for key, value in found.items() if value is not None and isfinite(value)}


def tags_of(explanation: Explanation, name: str) -> dict[str, str]:
    """What people look for in the list of runs."""
    residual = _finite(explanation.residual)
    return {
        f"{name}.method": explanation.method,
        f"{name}.exact": "exact" if explanation.exact else "estimated",
        f"{name}.rows": str(explanation.n_rows),
        f"{name}.residual": "unknown" if residual is None else f"{residual:.3g}",
    }


def _finite(value: float | None) -> float | None:
    return None if value is None or not isfinite(value) else float(value)
