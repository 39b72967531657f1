"""What MLflow runs to load a served explainer: a model as code, in place of a pickle.

`log_scoring_explainer` hands MLflow the path of this file. MLflow keeps a copy with the model and runs it
wherever the model is loaded, so it stays this short: all else is in the installed package.
"""

from mlflow.models import set_model

from interpret_widget.serving.answering import ServedExplainer

set_model(ServedExplainer())
