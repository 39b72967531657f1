"""The model that MLflow asks: rows in, predictions with reasons out. Imported only where MLflow is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INTERNAL_ERROR, INVALID_PARAMETER_VALUE
from mlflow.pyfunc.model import PythonModel

from interpret_widget.errors import InterpretWidgetError, InvalidInputError

from .answers import answers
from .parcel import unpack


class ServedExplainer(PythonModel):
    """A `ScoringExplainer` behind MLflow's interface of models."""

    def load_context(self, context: Any) -> None:
        """Load the explainer from the files kept with the model.

        Parameters
        ----------
        context : mlflow.pyfunc.PythonModelContext
        """
        self._scorer = unpack({name: Path(path) for name, path in context.artifacts.items()})

    def predict(
        self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Score rows.

        Parameters
        ----------
        context : mlflow.pyfunc.PythonModelContext
        model_input : DataFrame (n_rows, n_columns)
        params : dict, optional
            ``top_k``, ``level``, ``output``.

        Returns
        -------
        DataFrame (n_rows, 6)
            As `answers.answers`.

        Raises
        ------
        MlflowException
            With the code INVALID_PARAMETER_VALUE, which servers answer as HTTP 400, where the input is at
            fault; with INTERNAL_ERROR, HTTP 500, where the model is.
        """
        try:
            return answers(self._scorer, model_input, params)
        except InvalidInputError as error:
            raise MlflowException(str(error), error_code=INVALID_PARAMETER_VALUE) from None
        except InterpretWidgetError as error:
            raise MlflowException(str(error), error_code=INTERNAL_ERROR) from error
