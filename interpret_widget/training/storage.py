"""A monitor's runs as a file, and back: JSON, plain arrays, Parquet, trees in a ZIP; nothing is pickled."""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from interpret_widget.errors import InterpretWidgetError, InvalidInputError
from interpret_widget.models.trees import Ensemble
from interpret_widget.models.trees.storage import from_bytes, to_bytes
from interpret_widget.tabular import Dataset

from .coding import Coding
from .libraries import Library
from .recorder import Recorder
from .recording import Metric, Record

VERSION = 1
_FORMAT = "interpret-widget training monitor"
_FACTS = "facts.json"
_PLAIN = (str, int, float, bool, type(None))


@dataclass(frozen=True, eq=False)
class Kept:
    """What a file holds.

    Attributes
    ----------
    facts : dict
        Of the monitor: ``title``, ``every``, ``classes``, ``has_transformations``.
    X : DataFrame
        Watched rows.
    y : ndarray or None
    background : DataFrame or None
    runs : list of (dict, dict of str to ndarray, Ensemble or None)
        Facts, arrays and trees of each run.
    """

    facts: dict[str, Any]
    X: Any
    y: np.ndarray | None
    background: Any
    runs: list[tuple[dict[str, Any], dict[str, np.ndarray], Ensemble | None]]


class StoredLibrary(Library):
    """What is known of the library of a run that was loaded: everything but its model."""

    def __init__(self, facts: dict[str, Any], coding: Coding) -> None:
        self.name = str(facts["name"])
        self.link = facts["link"]
        self.is_classifier = bool(facts["is_classifier"])
        self.n_outputs, self.trees_per_round = int(facts["n_outputs"]), int(facts["trees_per_round"])
        self.start = np.asarray(facts["start"], dtype=np.float64)
        self.is_mean = bool(facts["is_mean"])
        self._coding = coding
        self._n_rounds = int(facts["n_rounds"])

    @property
    def n_rounds(self) -> int:
        """See `Library.n_rounds`."""
        return self._n_rounds

    def read(self, start: int, stop: int) -> Ensemble:
        """There is nothing more to read."""
        raise InvalidInputError(f"{self.name}: a run that was loaded cannot go on; begin another one")

    def coding(self, Z: Any) -> Coding:
        """See `Library.coding`."""
        return self._coding


def save(recorder: Recorder, path: str | Path, title: str | None) -> Path:
    """Write all runs; the file appears whole or not at all.

    Raises
    ------
    InvalidInputError
        Columns or categories that neither Parquet nor JSON can hold.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    facts = {
        "format": _FORMAT,
        "version": VERSION,
        "title": title,
        "every": recorder.every,
        "classes": None if recorder.classes is None else [str(each) for each in recorder.classes],
        "has_transformations": recorder.has_transformations,
        "has_background": recorder.background is not None,
        "has_outcomes": recorder.y is not None,
        "runs": [_facts_of(record) for record in recorder.runs],
    }
    with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".part", delete=False) as file:
        part = Path(file.name)
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(_FACTS, json.dumps(facts))
            archive.writestr("X.parquet", _parquet(recorder.data, recorder.y))
            if recorder.background is not None:
                archive.writestr("background.parquet", _parquet(recorder.background, None))
            for at, record in enumerate(recorder.runs):
                for name, array in _arrays_of(record).items():
                    archive.writestr(f"{at}/{name}.npy", _bytes_of(array))
                if record.growth is not None and record.growth.n_rounds:
                    archive.writestr(f"{at}/trees.npz", to_bytes(record.growth.trees()))
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return target


def load(path: str | Path) -> Kept:
    """Read what `save` wrote.

    Raises
    ------
    InvalidInputError
        Another kind of file, one that is broken, or of a later version.
    """
    try:
        return _load(Path(path))
    except InterpretWidgetError:
        raise
    except FileNotFoundError:
        raise InvalidInputError(
            f"path={str(path)!r} is not there; give a file that monitor.save wrote"
        ) from None
    except Exception as error:  # what a broken file raises depends on where it is broken
        raise InvalidInputError(
            f"path={str(path)!r} cannot be read as a training monitor ({type(error).__name__}: {error})"
        ) from error


def restore(recorder: Recorder, kept: Kept) -> None:
    """Put runs that were read into an empty recorder."""
    for facts, arrays, trees in kept.runs:
        record = recorder.run(facts["name"])
        record.state, record.message = facts["state"], facts["message"]
        record.started, record.ended = 0.0, float(facts["seconds"])
        record.rounds = arrays["rounds"].astype(int).tolist()
        record.importance = list(arrays["importance"].astype(np.float32))
        record.margins = list(arrays["margins"].astype(np.float32))
        for each in facts["metrics"]:
            values = dict(zip(map(int, each["rounds"]), map(float, each["values"]), strict=True))
            metric = Metric(
                each["name"], each["data"], each["metric"], bool(each["higher_is_better"]), values
            )
            record.metrics[metric.name] = metric
        if trees is not None:
            about = facts["library"]
            coding = Coding(about["levels"], bool(about["single"]), about["order"])
            recorder.restore(record, StoredLibrary(about, coding), trees)


def _load(path: Path) -> Kept:
    with zipfile.ZipFile(path) as archive:
        facts = json.loads(archive.read(_FACTS))
        if facts.get("format") != _FORMAT:
            raise InvalidInputError(f"path={str(path)!r} is not a training monitor's file")
        if facts["version"] > VERSION:
            raise InvalidInputError(
                f"path={str(path)!r} was written by a later version of interpret-widget; upgrade it"
            )
        X = _frame(archive, "X.parquet")
        y = X.pop(_OUTCOME).to_numpy() if facts["has_outcomes"] else None
        background = _frame(archive, "background.parquet") if facts["has_background"] else None
        there = set(archive.namelist())
        runs = []
        for at, about in enumerate(facts["runs"]):
            arrays = {
                name: _array(archive, f"{at}/{name}.npy") for name in ("rounds", "importance", "margins")
            }
            trees = f"{at}/trees.npz"
            runs.append((about, arrays, from_bytes(archive.read(trees)) if trees in there else None))
    return Kept(facts, X, y, background, runs)


def _facts_of(record: Record) -> dict[str, Any]:
    library, coding = record.library, record.coding
    about = None
    if record.growth is not None and library is not None and coding is not None:
        strange = [
            level for levels in coding.levels for level in levels or () if not isinstance(level, _PLAIN)
        ]
        if strange:
            raise InvalidInputError(
                f"run {record.name!r} has the category {strange[0]!r} of type {type(strange[0]).__name__}; "
                "only text, numbers and booleans can be saved"
            )
        about = {
            "name": library.name,
            "link": library.link,
            "is_classifier": library.is_classifier,
            "n_outputs": library.n_outputs,
            "trees_per_round": library.trees_per_round,
            "start": library.start.tolist(),
            "is_mean": library.is_mean,
            "n_rounds": record.growth.n_rounds,
            "levels": coding.levels,
            "single": coding.single,
            "order": coding.order,
        }
    return {
        "name": record.name,
        "state": record.state if record.is_over else "stopped",
        "message": record.message if record.is_over else "saved while it trained",
        "seconds": record.seconds,
        "library": about,
        "metrics": [
            {
                "name": each.name,
                "data": each.data,
                "metric": each.metric,
                "higher_is_better": each.higher_is_better,
                "rounds": list(each.values),
                "values": [float(value) for value in each.values.values()],
            }
            for each in record.metrics.values()
        ],
    }


def _arrays_of(record: Record) -> dict[str, np.ndarray]:
    n = min(len(record.rounds), len(record.importance), len(record.margins))
    return {
        "rounds": np.asarray(record.rounds[:n], dtype="<i4"),
        "importance": np.asarray(record.importance[:n], dtype="<f4"),
        "margins": np.asarray(record.margins[:n], dtype="<f4"),
    }


_OUTCOME = "interpret-widget outcome"


def _parquet(data: Dataset, y: np.ndarray | None) -> bytes:
    import pandas as pd

    native = data.native
    if hasattr(native, "to_pandas"):
        native = native.to_pandas()
    if not isinstance(native, pd.DataFrame):
        dense = native.toarray() if hasattr(native, "toarray") else np.asarray(native)
        native = pd.DataFrame(dense)
    table = native.set_axis(list(data.names), axis=1)
    if y is not None:
        table = table.assign(**{_OUTCOME: y})
    out = io.BytesIO()
    try:
        table.to_parquet(out, engine="pyarrow")
    except Exception as error:
        raise InvalidInputError(f"the watched rows cannot be written as Parquet: {error}") from error
    return out.getvalue()


def _frame(archive: zipfile.ZipFile, name: str) -> Any:
    import pandas as pd

    return pd.read_parquet(io.BytesIO(archive.read(name)), engine="pyarrow")


def _bytes_of(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array(out, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
    return out.getvalue()


def _array(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    return np.asarray(np.lib.format.read_array(io.BytesIO(archive.read(name)), allow_pickle=False))
