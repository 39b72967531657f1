"""Cases logged, and had back as MLflow has models."""

from __future__ import annotations

from pathlib import Path

import mlflow
import pytest

from interpret_widget import log_scoring_explainer

EACH = pytest.mark.parametrize("case", ["linear", "trees", "asked"], indirect=True)


def logged(case, **options):
    return log_scoring_explainer(case.model, case.scorer, input_example=case.X[:3], **options)


def loaded(info):
    return mlflow.pyfunc.load_model(info.model_uri)


def files(info):
    folder = Path(mlflow.artifacts.download_artifacts(artifact_uri=info.model_uri))
    return folder, [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
