"""Saved models, loaded without running code unless that was allowed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from interpret_widget.errors import InvalidInputError

_PICKLES = (".pkl", ".pickle", ".joblib", ".cloudpickle", ".dill")
_MLFLOW = ("runs:/", "models:/", "mlflow-artifacts:/", "s3://", "gs://", "dbfs:/", "https://", "http://")
#: Flavours of MLflow in the order in which they are tried, and where their `load_model` is.
_FLAVOURS = ("sklearn", "lightgbm", "xgboost", "catboost")


class MissingLibraryError(Exception):
    """An optional library is not installed; the message is the command that installs it."""


def load_model(name: str, *, trust: Sequence[str] = (), allow_pickle: bool = False) -> Any:
    """Load a model.

    Parameters
    ----------
    name : str
        A file, a folder of MLflow, or an address of MLflow.
    trust : sequence of str
        Types that skops may load beside those that it knows.
    allow_pickle : bool
        Whether code in the file may run.

    Raises
    ------
    InvalidInputError
        No such file, an unknown format, types that are not trusted, or a pickle that was not allowed.
    MissingLibraryError
    """
    if name.startswith(_MLFLOW):
        return _from_mlflow(_library("mlflow", "mlflow").artifacts.download_artifacts(name), allow_pickle)
    path = Path(name).expanduser()
    if (path / "MLmodel").is_file():
        return _from_mlflow(str(path), allow_pickle)
    if not path.is_file():
        raise InvalidInputError(f"MODEL={name!r} does not exist, and is no address of MLflow")
    suffix = path.suffix.lower()
    if suffix == ".skops":
        return _from_skops(path, trust)
    if suffix in _PICKLES:
        _refuse_pickle(str(path), allow_pickle)
        import joblib

        return joblib.load(path)
    return _from_booster(path, suffix)


def _from_skops(path: Path, trust: Sequence[str]) -> Any:
    skops = _library("skops.io", "skops")
    unknown = [each for each in skops.get_untrusted_types(file=path) if each not in trust]
    if unknown:
        raise InvalidInputError(
            f"MODEL={str(path)!r} holds types that skops does not know: {', '.join(unknown)}. "
            f"If you trust them: --trust {' '.join(unknown)}"
        )
    return skops.load(path, trusted=list(trust))


def _from_booster(path: Path, suffix: str) -> Any:
    if suffix == ".txt":
        return _library("lightgbm", "lightgbm").Booster(model_file=str(path))
    if suffix in (".json", ".ubj"):
        booster = _library("xgboost", "xgboost").Booster()
        booster.load_model(str(path))
        return booster
    if suffix == ".cbm":
        catboost = _library("catboost", "catboost")
        is_classifier = _has_classes(path, catboost)
        model = catboost.CatBoostClassifier() if is_classifier else catboost.CatBoostRegressor()
        return model.load_model(str(path))
    raise InvalidInputError(
        f"MODEL={str(path)!r} ends in {suffix!r}; give .skops, .txt (LightGBM), .json or .ubj (XGBoost), "
        ".cbm (CatBoost), a pickle with --allow-pickle, or an address of MLflow"
    )


def _has_classes(path: Path, catboost: Any) -> bool:
    told = catboost.CatBoost().load_model(str(path)).get_metadata()
    classes: str = dict(told).get("class_params") or "{}"
    return bool(json.loads(classes).get("class_to_label"))


def _from_mlflow(folder: str, allow_pickle: bool) -> Any:
    pickles = [each for each in Path(folder).rglob("*") if each.is_file() and each.suffix.lower() in _PICKLES]
    if pickles:
        _refuse_pickle(f"{folder} ({pickles[0].name})", allow_pickle)
    models = _library("mlflow.models", "mlflow")
    flavours = models.Model.load(folder).flavors
    for flavour in _FLAVOURS:
        if flavour in flavours:
            return _library(f"mlflow.{flavour}", "mlflow").load_model(folder)
    raise InvalidInputError(
        f"MODEL={folder!r} has the flavours {', '.join(flavours)}; one of {', '.join(_FLAVOURS)} is needed"
    )


def _refuse_pickle(what: str, allow_pickle: bool) -> None:
    if not allow_pickle:
        raise InvalidInputError(
            f"MODEL={what!r} is a pickle, and loading it can run any code. If you trust where it comes from, "
            "add --allow-pickle; safer is to save the model with skops"
        )


def _library(module: str, package: str) -> Any:
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError as error:
        if error.name is not None and error.name.partition(".")[0] == package:
            raise MissingLibraryError(
                f"{package} is needed for this and is not installed: pip install {package}"
            ) from None
        raise
