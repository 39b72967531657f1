"""The short form: one line to keep an explanation, one to have it back."""

from __future__ import annotations

from typing import Any

from interpret_widget.errors import InvalidInputError, RunHistoryError
from interpret_widget.explanation import Aggregates, Explanation

from .client import ExplanationClient
from .store import tracking


def log_explanation(
    explanation: Explanation,
    name: str = "explanation",
    *,
    comment: str | None = None,
    top_k: int | None = None,
    true_ys: Any = None,
    model_id: str | None = None,
    pictures: bool = True,
) -> str:
    """Keep an explanation in the active MLflow run.

    Parameters
    ----------
    explanation : Explanation
    name : str
        Folder of artifacts, and prefix of the metrics and tags.
    comment, top_k, true_ys, model_id, pictures
        As in `ExplanationClient.upload_model_explanation`.

    Returns
    -------
    str
        ``"runs:/<run id>/<name>/<id>"``, for `load_explanation`.

    Raises
    ------
    RunHistoryError
        No run is active, MLflow is not installed, or the store failed.
    """
    run = tracking().active_run()
    if run is None:
        raise RunHistoryError("no MLflow run is active; call it inside `with mlflow.start_run():`")
    client = ExplanationClient.from_run(run)
    made = client.upload_model_explanation(
        explanation, comment, top_k, true_ys, name=name, model_id=model_id, pictures=pictures
    )
    return f"runs:/{client.run_id}/{name}/{made}"


def load_explanation(uri: str, top_k: int | None = None, *, tracking_uri: str | None = None) -> Explanation:
    """An explanation from an MLflow run.

    Parameters
    ----------
    uri : str
        ``"runs:/<run id>/<name>"`` for the newest of this name, ``"runs:/<run id>/<name>/<id>"`` for one.
    top_k : int, optional
        Only the strongest features, strongest first; the others are not downloaded.
    tracking_uri : str, optional
        Of the store that has the run; by default that of the session.

    Raises
    ------
    InvalidInputError
        The address is none, or what is there is damaged or of a newer version of the format.
    RunHistoryError
        There is none, or the store cannot be reached.
    """
    run_id, name, which = _parts(uri)
    client = ExplanationClient.from_run_id(run_id, tracking_uri)
    return client.download_model_explanation(which, top_k, name=name)


def load_aggregates(uri: str, *, tracking_uri: str | None = None) -> Aggregates:
    """Global importances of an explanation in an MLflow run, without any rows.

    Parameters and errors are those of `load_explanation`.
    """
    run_id, name, which = _parts(uri)
    return ExplanationClient.from_run_id(run_id, tracking_uri).download_aggregates(which, name=name)


def _parts(uri: Any) -> tuple[str, str, str | None]:
    """Run, name and id of an address."""
    scheme, _, rest = str(uri).partition(":/")
    parts = rest.strip("/").split("/")
    if scheme != "runs" or len(parts) not in (2, 3) or not all(parts):
        raise InvalidInputError(
            f"uri={str(uri)!r}; give 'runs:/<run id>/<name>' or 'runs:/<run id>/<name>/<id>'. "
            "Folders are read by Explanation.load"
        )
    return parts[0], parts[1], parts[2] if len(parts) == 3 else None
