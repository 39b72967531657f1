"""The cells that are timed, each after a setup that is not."""

from __future__ import annotations

SVC_SETUP = """
import interpret_widget
from interpret_widget import ExplanationDashboard, TabularExplainer
from interpret_widget.datasets import load_attrition
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

X, y = load_attrition(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0, stratify=y)
numerical = list(X.select_dtypes(include="number").columns)
categorical = list(X.columns.difference(numerical))
scaled = Pipeline([("imputer", SimpleImputer(strategy="median")), ("scaler", StandardScaler())])
transformations = ColumnTransformer([
    ("num", scaled, numerical),
    ("cat", OneHotEncoder(handle_unknown="ignore"), categorical),
])
model = Pipeline([("preprocessor", transformations), ("classifier", SVC(kernel="linear"))])
model = model.fit(x_train, y_train)  # shows nothing: only what the dashboard adds is weighed
"""

SVC_CELL = """
explainer = TabularExplainer(
    model.steps[-1][1], initialization_examples=x_train, features=x_train.columns,
    classes=["Not leaving", "leaving"], transformations=transformations,
)
explanation = explainer.explain_global(x_test)
dashboard = ExplanationDashboard(explanation, model, x_test)
dashboard
"""

GIVEN_SETUP = """
import numpy as np
import pandas as pd
from interpret_widget import Explanation

rng = np.random.default_rng(0)
n, p = {rows}, {columns}
X = pd.DataFrame(
    rng.normal(size=(n, p)).astype(np.float32), columns=[f"feature {{i:02d}}" for i in range(p)]
)
X[X.columns[0]] = pd.Categorical.from_codes(rng.integers(0, 5, n), ["a", "b", "c", "d", "e"])
values = (rng.normal(size=(n, p)) * np.linspace(1, 0.1, p)).astype(np.float32)
"""

#: Explanation and dashboard apart: the explanation is given, showing it is timed.
GIVEN_EXPLANATION = """
explanation = Explanation.from_values(
    values, X, base_values=0.5, predictions=0.5 + values.sum(axis=1, dtype=float)
)
"""
SHOW_CELL = """
dashboard = explanation.dashboard()
dashboard
"""

#: What crosses the wire at first, in bytes: typed buffers and the schema.
PAYLOAD_BYTES = (
    "sum(len(bytes(a['data'])) for a in dashboard._payload.values())"
    " + len(__import__('json').dumps(dashboard._schema))"
)

#: Sixty incomes of which each gives another prediction than the one before.
DISTINCT_INCOMES = """
import numpy as np
grid = np.random.default_rng(0).integers(1100, 19900, 90)
asked = X_test.iloc[[0] * len(grid)].assign(MonthlyIncome=grid)
steps = np.diff(model.predict_proba(asked)[:, 1])
incomes = grid[1:][np.abs(steps) > 1e-9][:60]
"""

#: A training that goes on in the background on all cores, held at round 100 for the page; and values of which
#: each gives another prediction than the one before.
TRAINING_SETUP = """
import lightgbm, numpy as np, pandas as pd
from interpret_widget import TrainingMonitor
rng = np.random.default_rng(0)
X = pd.DataFrame(rng.normal(size=(100_000, 30)), columns=[f"c{i}" for i in range(30)])
y = (X.c0 + X.c1 * X.c2 + np.sin(2 * X.c3) + rng.normal(size=len(X)) > 0).astype(int)
monitor = TrainingMonitor(X[:2_000], y[:2_000])
data = lightgbm.Dataset(X, y)
settings = {"objective": "binary", "num_leaves": 31, "verbose": -1}
monitor
"""
TRAINING_BEGINS = """
import time
callbacks = [monitor.callback("lightgbm")]
run = monitor.train(lambda: lightgbm.train(settings, data, 1_000_000, callbacks=callbacks))
while len(monitor.history) < 100:
    time.sleep(0.1)
monitor.round = 100
grid = np.round(np.random.default_rng(0).uniform(-2, 2, 120), 3)
shown = monitor._shown
asked = [shown.explainer.explain_row(shown.data.edited(monitor.row, {"c0": each})) for each in grid]
steps = np.diff([float(each.predictions[0, 1]) for each in asked])
values = grid[1:][np.abs(steps) > 1e-9][:61].tolist()
"""
