"""Explanations of one run, under the names that users of azureml-interpret know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from interpret_widget.errors import InvalidInputError, RunHistoryError
from interpret_widget.explanation import Aggregates, Explanation, storage
from interpret_widget.explanation.manifest import MANIFEST, Folder
from interpret_widget.explanation.ranked import checked_top_k

from .pictures import draw_all
from .records import Record, checked_comment, checked_name, metrics_of, record, records, tags_of
from .store import RunStore, scratch, talking, tracking

_Found = TypeVar("_Found")


class ExplanationClient:
    """Uploads explanations into an MLflow run and downloads them from it.

    Made by `from_run` or `from_run_id`. Each explanation has an id and lies in the run's artifacts under
    ``<name>/<id>``; ``docs/format.md`` says in what files.

    Examples
    --------
    >>> with mlflow.start_run() as run:                                        # doctest: +SKIP
    ...     client = ExplanationClient.from_run(run)
    ...     client.upload_model_explanation(explanation, comment="all features")
    >>> ExplanationClient.from_run_id(run_id).download_model_explanation(top_k=4)  # doctest: +SKIP
    """

    def __init__(self, run_id: str, tracking_uri: str | None = None) -> None:
        if not isinstance(run_id, str) or not run_id.strip():
            raise InvalidInputError(f"run_id={run_id!r}; give the id of a run, as run.info.run_id has it")
        self._uri = str(tracking().get_tracking_uri()) if tracking_uri is None else str(tracking_uri)
        self._store = RunStore(run_id, self._uri)

    @classmethod
    def from_run(cls, run: Any) -> ExplanationClient:
        """The client of a run of this session.

        Parameters
        ----------
        run : mlflow.entities.Run
            What `mlflow.start_run`, `mlflow.get_run` and searches give.
        """
        run_id = getattr(getattr(run, "info", None), "run_id", None)
        if run_id is None:
            raise InvalidInputError(
                f"run is a {type(run).__name__}; give an MLflow run, or its id to from_run_id(run_id)"
            )
        return cls(run_id)

    @classmethod
    def from_run_id(cls, run_id: str, tracking_uri: str | None = None) -> ExplanationClient:
        """The client of a run by its id.

        Parameters
        ----------
        run_id : str
        tracking_uri : str, optional
            Of the store that has the run; by default that of the session.
        """
        return cls(run_id, tracking_uri)

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return self._store.run_id

    @property
    def tracking_uri(self) -> str:
        """Where the run is kept."""
        return self._uri

    # -- up ----------------------------------------------------------------------------------------------

    def upload_model_explanation(
        self,
        explanation: Explanation,
        comment: str | None = None,
        top_k: int | None = None,
        true_ys: Any = None,
        *,
        name: str = "explanation",
        model_id: str | None = None,
        pictures: bool = True,
    ) -> str:
        """Keep an explanation in the run, the rows explained included.

        Parameters
        ----------
        explanation : Explanation
        comment : str, optional
            Up to 1,000 characters, to find it by.
        top_k : int, optional
            Keep the strongest features only.
        true_ys : array-like (n_rows,), optional
            True outcomes, where the explanation has none or others.
        name : str
            Folder of artifacts, and prefix of the metrics and tags.
        model_id : str, optional
            Id of the model that was explained.
        pictures : bool
            Whether to add ``global_bar.png``, ``beeswarm.png`` and ``dashboard.html`` for MLflow's pages.

        Returns
        -------
        str
            Id of the explanation.

        Raises
        ------
        InvalidInputError
            An argument that cannot be used.
        RunHistoryError
            The store or the disk failed. What was uploaded until then is never listed.
        """
        if not isinstance(explanation, Explanation):
            raise InvalidInputError(
                f"explanation is a {type(explanation).__name__}; give what explain() returned"
            )
        k = checked_top_k(top_k)
        name, comment = checked_name(name), checked_comment("comment", comment)
        model_id = checked_comment("model_id", model_id)
        if true_ys is not None:
            explanation = _with_outcomes(explanation, true_ys)
        if k is not None and k < explanation.n_features:
            explanation = explanation.select(features=explanation.global_importance_rank[:k])
        made = record(explanation, name, comment, model_id)
        with scratch() as place:
            folder = place / "files"
            folder.mkdir()
            storage.write(explanation, folder)
            if pictures:
                draw_all(explanation, folder)
            doing = f"uploading explanation {made.path!r} to run {self.run_id!r}"
            with talking(doing, "No half of it is ever listed; upload it again."):
                self._store.upload(folder, made.path)
                self._store.log(metrics_of(explanation, name), tags_of(explanation, name))
                self._store.mark(*made.tag())
        return made.id

    # -- down --------------------------------------------------------------------------------------------

    def list_model_explanations(
        self, comment: str | None = None, raw: bool | None = None, engineered: bool | None = None
    ) -> list[dict[str, Any]]:
        """Whole explanations of the run, in the order of their upload.

        Parameters
        ----------
        comment : str, optional
            Only those with exactly this comment.
        raw : bool, optional
            Only those whose features are (not) the user's columns.
        engineered : bool, optional
            Only those with (without) a level of the estimator's columns.

        Returns
        -------
        list of dict
            Keys id, name, comment, model_id, upload_time, method, exact, residual, model_task, n_rows,
            n_features, raw, engineered and path.
        """
        recorded = self._recorded(comment, raw, engineered)
        return [each.told() for each in recorded if self._is_whole(each)]

    def download_model_explanation(
        self,
        explanation_id: str | None = None,
        top_k: int | None = None,
        comment: str | None = None,
        raw: bool | None = None,
        engineered: bool | None = None,
        *,
        name: str | None = None,
    ) -> Explanation:
        """An explanation of the run: the newest of those that are meant.

        Parameters
        ----------
        explanation_id : str, optional
            As `upload_model_explanation` returned and `list_model_explanations` tells it.
        top_k : int, optional
            Only the strongest features, strongest first; the others are not downloaded.
        comment, raw : optional
            As in `list_model_explanations`.
        engineered : bool, optional
            True gives the level of the estimator's columns; its top is picked after a download of all.
        name : str, optional
            Only those of this name.

        Raises
        ------
        InvalidInputError
            What is in the store is damaged, or of a newer version of the format.
        RunHistoryError
            There is none, or the store cannot be reached.
        """
        k = checked_top_k(top_k)
        found = self._newest(explanation_id, comment, raw, engineered, name)
        below = engineered is True and found.raw
        explanation = self._read(found, lambda folder: storage.read(folder, None if below else k))
        if not below:
            return explanation
        level = explanation.engineered
        assert level is not None  # the record says so
        if k is None or k >= level.n_features:
            return level
        return level.select(features=level.global_importance_rank[:k])

    def download_aggregates(
        self,
        explanation_id: str | None = None,
        comment: str | None = None,
        raw: bool | None = None,
        engineered: bool | None = None,
        *,
        name: str | None = None,
    ) -> Aggregates:
        """Global importances without any rows: two small files of an explanation of any size.

        Parameters and errors are those of `download_model_explanation`.
        """
        found = self._newest(explanation_id, comment, raw, engineered, name)
        aggregates = self._read(found, storage.read_aggregates)
        below = aggregates.engineered
        return below if engineered is True and found.raw and below is not None else aggregates

    def _read(self, found: Record, how: Callable[[Folder], _Found]) -> _Found:
        with self._store.folder(found.path) as folder:
            return how(folder)

    def _recorded(
        self, comment: str | None = None, raw: bool | None = None, engineered: bool | None = None
    ) -> list[Record]:
        return [
            each
            for each in records(self._store.tags())
            if (comment is None or each.comment == comment)
            and (raw is None or each.raw is raw)
            and (engineered is None or each.engineered is engineered)
        ]

    def _is_whole(self, each: Record) -> bool:
        """Whether the manifest is there, too, and nobody has deleted it since."""
        return MANIFEST in self._store.names(each.path)

    def _newest(
        self,
        explanation_id: str | None,
        comment: str | None,
        raw: bool | None,
        engineered: bool | None,
        name: str | None,
    ) -> Record:
        for each in reversed(self._recorded(comment, raw, engineered)):
            if explanation_id in (None, each.id) and name in (None, each.name) and self._is_whole(each):
                return each
        asked = {
            "explanation_id": explanation_id,
            "name": name,
            "comment": comment,
            "raw": raw,
            "engineered": engineered,
        }
        conditions = ", ".join(f"{key}={value!r}" for key, value in asked.items() if value is not None)
        whole = [each for each in self._recorded() if self._is_whole(each)]
        there = [f"{each.path} ({each.comment!r})" if each.comment else each.path for each in whole]
        has = f"it has {', '.join(there[-5:])}" if there else "it has none: upload one with log_explanation"
        raise RunHistoryError(
            f"run {self.run_id!r} has no explanation{f' with {conditions}' if conditions else ''}; {has}"
        )


def _with_outcomes(explanation: Explanation, true_ys: Any) -> Explanation:
    y = true_ys.to_numpy() if hasattr(true_ys, "to_numpy") else np.asarray(true_ys)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.shape != (explanation.n_rows,):
        raise InvalidInputError(
            f"true_ys has shape {y.shape}, but the explanation has {explanation.n_rows} rows"
        )
    below = explanation.engineered
    return replace(explanation, y=y, engineered=None if below is None else replace(below, y=y))
