"""Scoring explainers in MLflow: logged as a model that answers predictions with reasons, and had back."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interpret_widget._version import __version__
from interpret_widget.errors import InvalidInputError, RunHistoryError

from .agreeing import refuse_another_model
from .parcel import EXPLAINER, found_in, libraries, pack, unpack
from .signature import described, signature_of

if TYPE_CHECKING:
    from . import ScoringExplainer

_EXAMPLE_ROWS = 5  # kept with the model
_OURS = "interpret_widget"  # key of the metadata


def log_scoring_explainer(
    model: Any,
    scoring_explainer: ScoringExplainer,
    name: str = "model",
    *,
    input_example: Any = None,
    registered_model_name: str | None = None,
    transformations: Any = None,
    trusted: Sequence[str] = (),
) -> Any:
    """Log a model to MLflow that answers predictions with reasons.

    It goes to the active run where there is one, else to the active experiment. What is logged is a pyfunc
    model from code: a script of this package, plain arrays and, only where the explainer needs it, the model
    by skops. There is no pickle in it. ``mlflow models serve``, `mlflow.pyfunc.load_model` and
    `mlflow.pyfunc.spark_udf` take it as they take any model; `answers.answers` says what it answers.

    Parameters
    ----------
    model : estimator, pipeline, booster or None
        The model that is explained. Its predictions of ``input_example`` are compared with the explainer's.
        None is allowed where the explainer is self-contained, and compares nothing.
    scoring_explainer : ScoringExplainer
        From `TabularExplainer.for_scoring`.
    name : str
        Of the logged model.
    input_example : DataFrame, list of dict or dict, optional
        A few rows; needed with ``model``. All are compared, the first five are kept with the model, where
        whoever can read the model can read them.
    registered_model_name : str, optional
        Register it under this name as well.
    transformations : transformer, optional
        As the explainer was made with.
    trusted : sequence of str
        Types of model or preprocessing that skops does not know and that may be loaded wherever the model is.

    Returns
    -------
    mlflow.models.model.ModelInfo
        ``model_uri``, ``signature``, ``registered_model_version``, …

    Raises
    ------
    InvalidInputError
        The explainer is another model's, needs a model that is not given, or holds what skops cannot keep.
    RunHistoryError
        MLflow is not installed, older than 3, or its store failed.
    """
    mlflow = _mlflow()
    scorer = _checked_scorer(scoring_explainer)
    example = None if input_example is None else _rows(input_example, scorer)
    if model is not None:
        if example is None:
            raise InvalidInputError(
                "input_example=None; give a few rows, such as X_test[:5], by which model and "
                "scoring_explainer can be compared (or model=None where the explainer needs none)"
            )
        refuse_another_model(model, scorer, example, transformations)
    from interpret_widget.history.store import scratch, talking

    with scratch() as place:
        kept = pack(scorer, place, model=model, transformations=transformations, trusted=trusted)
        # What cannot be had back, or does not answer then, is not logged.
        again = unpack(kept)
        if example is not None:
            again.records(example[:1], output=scorer.output_names[-1])
        with talking(f"logging the model {name!r}", "See MLflow's message, and log it again."):
            return mlflow.pyfunc.log_model(
                name=name,
                python_model=str(Path(__file__).with_name("served.py")),
                artifacts={key: str(path) for key, path in kept.items()},
                signature=signature_of(scorer),
                input_example=_kept(example, scorer),
                pip_requirements=_requirements(kept),
                registered_model_name=registered_model_name,
                metadata={_OURS: described(scorer)},
            )


def load_scoring_explainer(
    uri: str, *, model: Any = None, trusted: Sequence[str] = (), tracking_uri: str | None = None
) -> ScoringExplainer:
    """The explainer of a model that `log_scoring_explainer` logged. No code that was logged is run.

    Parameters
    ----------
    uri : str
        ``"models:/<name>/<version>"``, ``"models:/<name>@<alias>"``, ``"models:/<model id>"`` or
        ``"runs:/<run id>/<name>"``.
    model : estimator, optional
        Taken in place of the model that was logged with an explainer that needs one.
    trusted : sequence of str
        Types that skops may load beside those that it knows; what was trusted when it was logged does not
        count here.
    tracking_uri : str, optional
        Of the store that has it; by default that of the session, which is switched, for all threads, while
        the download lasts.

    Raises
    ------
    InvalidInputError
        The address is none, there is another model, files are damaged or of a newer version, or hold types
        that are not trusted.
    RunHistoryError
        MLflow is not installed, or the model is not there or cannot be reached.
    """
    mlflow = _mlflow()
    if not isinstance(uri, str) or not uri.startswith(("models:/", "runs:/")):
        raise InvalidInputError(
            f"uri={uri!r}; give 'models:/<name>/<version>', 'models:/<model id>' or 'runs:/<run id>/<name>', "
            "as log_scoring_explainer(…).model_uri has it"
        )
    from interpret_widget.history.store import scratch, talking

    with scratch() as place:
        with (
            talking(f"downloading {uri}", "Check the address and the tracking URI."),
            _session(mlflow, tracking_uri),
        ):
            folder = Path(mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=str(place)))
        kept = found_in(folder / "artifacts")
        if EXPLAINER not in kept:
            raise InvalidInputError(
                f"{uri} is a model without a scoring explainer; log one with log_scoring_explainer(…)"
            )
        scorer: ScoringExplainer = unpack(kept, model=model, trusted=trusted)
    return scorer


def _mlflow() -> Any:
    from interpret_widget.history.store import tracking

    mlflow = tracking()
    if "name" not in inspect.signature(mlflow.pyfunc.log_model).parameters:
        raise RunHistoryError(
            f"MLflow {mlflow.__version__} is too old to keep scoring explainers; pip install 'mlflow>=3'"
        )
    return mlflow


@contextmanager
def _session(mlflow: Any, tracking_uri: str | None) -> Iterator[None]:
    # MLflow's downloads of registered models go by the session's store, whatever they are told.
    if tracking_uri is None:
        yield
        return
    before = mlflow.get_tracking_uri() if mlflow.is_tracking_uri_set() else None
    mlflow.set_tracking_uri(tracking_uri)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(before)


def _checked_scorer(scorer: Any) -> Any:
    from . import ScoringExplainer

    if not isinstance(scorer, ScoringExplainer):
        raise InvalidInputError(
            f"scoring_explainer is a {type(scorer).__name__}; give TabularExplainer(…).for_scoring()"
        )
    return scorer


def _rows(X: Any, scorer: Any) -> Any:
    """The example as MLflow takes it, in the order of the schema."""
    import numpy as np
    import pandas as pd

    if isinstance(X, Mapping):
        X = pd.DataFrame([dict(X)])
    elif isinstance(X, np.ndarray) and X.ndim == 2 and X.shape[1] == len(scorer.schema):
        X = pd.DataFrame(X, columns=list(scorer.schema.names))
    elif isinstance(X, Sequence) and not isinstance(X, str):
        X = pd.DataFrame(list(X))
    elif not isinstance(X, pd.DataFrame):
        import narwhals as nw

        try:
            X = nw.from_native(X, eager_only=True).to_pandas()
        except TypeError:
            raise InvalidInputError(
                f"input_example is a {type(X).__name__}; give a DataFrame, a list of dicts or a dict"
            ) from None
    X = X.rename(columns=str)
    scorer.schema.read(X)
    return X[[each for each in scorer.schema.names if each in X.columns]]


def _kept(example: Any, scorer: Any) -> Any:
    """The rows kept, with the parameters that they need: of several targets one has to be named."""
    if example is None:
        return None
    rows = example[:_EXAMPLE_ROWS]
    is_open = scorer.task == "regression" and len(scorer.output_names) > 1
    return (rows, {"output": scorer.output_names[0]}) if is_open else rows


def _requirements(kept: Mapping[str, Path]) -> list[str]:
    """Our own package, and what skops files need, in the versions that are running."""
    modules = libraries(kept)
    ours = [f"interpret-widget=={__version__}"]
    if not modules:
        return ours
    owners = metadata.packages_distributions()
    names = {"skops"}.union(*(owners.get(module, []) for module in modules)) - {"interpret-widget"}
    return ours + [f"{each}=={metadata.version(each)}" for each in sorted(names)]
