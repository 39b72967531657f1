"""Train, explain and keep the explanation in the run history: the job of 05_workshop_remote.ipynb.

A plain program, for any machine that reaches the tracking server:

    python train_explain.py --tracking-uri http://mlflow.example:5000
"""

import argparse
import tempfile
from pathlib import Path

import mlflow
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from interpret_widget import ExplanationClient, TabularExplainer
from interpret_widget.datasets import load_attrition


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tracking-uri", required=True, help="of the MLflow server, or sqlite:///mlflow.db")
    parser.add_argument("--experiment", default="attrition")
    given = parser.parse_args()
    mlflow.set_tracking_uri(given.tracking_uri)
    mlflow.set_experiment(given.experiment)

    # The same value for everybody, or only a number: nothing that could explain who leaves.
    data = load_attrition().drop(columns=["EmployeeCount", "EmployeeNumber", "Over18", "StandardHours"])
    target = data.pop("Attrition")
    x_train, x_test, y_train, y_test = train_test_split(
        data, target, test_size=0.2, random_state=0, stratify=target
    )

    numerical = list(data.select_dtypes(include="number").columns)
    categorical = list(data.columns.difference(numerical))
    numeric_transformer = Pipeline(
        steps=[("imputer", SimpleImputer(strategy="median")), ("scaler", StandardScaler())]
    )
    categorical_transformer = OneHotEncoder(handle_unknown="ignore")
    transformations = ColumnTransformer(
        [("num", numeric_transformer, numerical), ("cat", categorical_transformer, categorical)]
    )
    clf = Pipeline(
        steps=[("preprocessor", transformations), ("classifier", LogisticRegression(max_iter=1000))]
    )

    with mlflow.start_run() as run:
        model = clf.fit(x_train, y_train)
        mlflow.log_metric("accuracy", model.score(x_test, y_test))

        # The model and the rows explained go along, for what-if questions of whoever fetches them. The model travels
        # as skops, which holds types by name: loading it builds none but those that are known or trusted here.
        mlflow.sklearn.log_model(
            model, name="model", serialization_format="skops", skops_trusted_types=["numpy.dtype"]
        )
        with tempfile.TemporaryDirectory() as folder:
            x_test.to_parquet(Path(folder) / "x_test.parquet")
            mlflow.log_artifact(str(Path(folder) / "x_test.parquet"))

        explainer = TabularExplainer(
            model.steps[-1][1],
            initialization_examples=x_train,
            features=x_train.columns,
            classes=["Not leaving", "leaving"],
            transformations=transformations,
        )
        global_explanation = explainer.explain_global(x_test)

        client = ExplanationClient.from_run(run)
        client.upload_model_explanation(
            global_explanation, comment="global explanation: all features", true_ys=y_test
        )
        print(f"run {run.info.run_id}")


if __name__ == "__main__":
    main()
