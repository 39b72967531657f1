"""The artifacts and tags of one run, whatever MLflow keeps them in."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from interpret_widget.errors import InterpretWidgetError, RunHistoryError
from interpret_widget.explanation.manifest import MANIFEST, Folder

_BAR = "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"


def mlflow_client(tracking_uri: str | None) -> Any:
    """A client of MLflow.

    Raises
    ------
    RunHistoryError
        MLflow is not installed.
    """
    return tracking().MlflowClient(tracking_uri=tracking_uri)


def tracking() -> Any:
    """The module `mlflow`, where it is installed."""
    try:
        import mlflow
    except ImportError as error:
        raise RunHistoryError(
            f"MLflow cannot be imported ({error}); pip install 'interpret-widget[mlflow]'"
        ) from None
    return mlflow


@contextmanager
def talking(doing: str, advice: str) -> Iterator[None]:
    """Whatever a store raises becomes one error that says what was being done.

    MLflow's stores raise errors of their own, of requests, of SQLAlchemy and of the clouds' libraries.
    """
    tracking()
    try:
        with _no_bars():
            yield
    except (InterpretWidgetError, MemoryError):
        raise
    except Exception as error:
        raise RunHistoryError(f"{doing} failed: {type(error).__name__}: {error}. {advice}") from error


@contextmanager
def scratch() -> Iterator[Path]:
    """A temporary folder that goes away; a full disk is said to be one."""
    try:
        with tempfile.TemporaryDirectory(prefix="interpret-widget-") as place:
            yield Path(place)
    except OSError as error:
        raise RunHistoryError(
            f"writing to the temporary folder {tempfile.gettempdir()!r} failed: {error}. "
            "Make room there, or set TMPDIR to a larger one"
        ) from error


@contextmanager
def _no_bars() -> Iterator[None]:
    # MLflow would draw one for each file.
    before = os.environ.get(_BAR)
    os.environ[_BAR] = "false"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(_BAR, None)
        else:
            os.environ[_BAR] = before


class RunStore:
    """One run, reached through MLflow's public client.

    Parameters
    ----------
    run_id : str
    tracking_uri : str, optional
        By default that of the session.
    """

    def __init__(self, run_id: str, tracking_uri: str | None) -> None:
        self.run_id = run_id
        with talking(
            f"opening tracking_uri={tracking_uri!r}", "See MLflow's message, or give another store."
        ):
            self._client = mlflow_client(tracking_uri)

    def tags(self) -> Mapping[str, str]:
        """All tags of the run."""
        with talking(f"reading run {self.run_id!r}", "Check the id of the run and the tracking URI."):
            tags: Mapping[str, str] = self._client.get_run(self.run_id).data.tags
        return tags

    def names(self, path: str) -> set[str]:
        """Names of the files in a folder of artifacts."""
        with talking(f"listing artifacts of run {self.run_id!r}", "Check that the store can be reached."):
            found = self._client.list_artifacts(self.run_id, path)
            return {str(each.path).rsplit("/", 1)[-1] for each in found if not each.is_dir}

    def upload(self, folder: Path, path: str) -> None:
        """All files of a folder, the manifest last: without it nobody takes the rest for an explanation.

        The manifest is moved beside the folder.
        """
        last = (folder / MANIFEST).rename(folder.parent / MANIFEST)
        self._client.log_artifacts(self.run_id, str(folder), path)
        self._client.log_artifact(self.run_id, str(last), path)

    def log(self, metrics: Mapping[str, float], tags: Mapping[str, str]) -> None:
        """Metrics and tags for people."""
        from mlflow.entities import Metric, RunTag

        now = int(time.time() * 1000)
        self._client.log_batch(
            self.run_id,
            metrics=[Metric(key, value, now, 0) for key, value in metrics.items()],
            tags=[RunTag(key, value) for key, value in tags.items()],
        )

    def mark(self, key: str, value: str) -> None:
        """Set one tag."""
        self._client.set_tag(self.run_id, key, value)

    @contextmanager
    def folder(self, path: str) -> Iterator[Folder]:
        """A folder of artifacts, from which only what is read is downloaded."""
        with scratch() as place:

            def read(name: str) -> bytes:
                where = f"{path}/{name}"
                try:
                    with talking(f"downloading {where} of run {self.run_id!r}", "Try again."):
                        file = Path(self._client.download_artifacts(self.run_id, where, str(place)))
                        return file.read_bytes()
                except RunHistoryError as error:
                    # Stores say "not there" in many ways; what they list is the same in all.
                    if name.rsplit("/", 1)[-1] not in self.names(where.rsplit("/", 1)[0]):
                        raise FileNotFoundError(where) from error
                    raise

            yield Folder(f"explanation {path!r} of run {self.run_id!r}", read)
