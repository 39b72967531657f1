"""Cells that the browser tests, the pictures and the benchmarks run."""

from __future__ import annotations

ATTRITION = [
    """
import lightgbm
from sklearn.model_selection import train_test_split

from interpret_widget import explain
from interpret_widget.datasets import load_attrition

X, y = load_attrition(return_X_y=True)
X = X.astype({name: "category" for name in X.columns if X[name].dtype.kind not in "iuf"})
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0, stratify=y)
model = lightgbm.LGBMClassifier(
    n_estimators=200, learning_rate=0.05, num_leaves=8, random_state=0, verbose=-1, n_jobs=1
).fit(X_train, y_train)
""",
    """
explanation = explain(model, X_test, y_test, classes=["staying", "leaving"])
dashboard = explanation.dashboard()
dashboard
""",
]

RESET = """
dashboard.scenario = {}
dashboard.level = "raw"
dashboard.view = "overview"
dashboard.output = "leaving"
dashboard.row = 0
dashboard.top_k = 12
dashboard.global_chart = "bar"
dashboard.cohort = []
dashboard.color_feature = None
"""

#: LightGBM's own SHAP values of the test rows: (294, 31), the last column is the base value.
LIGHTGBM_SHAP = "model.booster_.predict(X_test, pred_contrib=True)"

DIABETES = """
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor
from interpret_widget import explain

X, y = load_diabetes(return_X_y=True, as_frame=True)
model = RandomForestRegressor(20, max_depth=5, random_state=0).fit(X, y)
explanation = explain(model, X[:120], y[:120])
dashboard = explanation.dashboard()
dashboard
"""

WINE = """
import pandas as pd
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from interpret_widget import explain

X, codes = load_wine(return_X_y=True, as_frame=True)
y = codes.map({0: "Barolo", 1: "Grignolino", 2: "Barbera"})
model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(X, y)
explanation = explain(model, X, y)
dashboard = explanation.dashboard()
dashboard
"""

CALLABLE = """
import numpy as np
import pandas as pd
from interpret_widget import explain

rng = np.random.default_rng(0)
X = pd.DataFrame(rng.normal(size=(60, 3)), columns=["a", "b", "c"])

def price(frame):
    return 10 + 3 * frame["a"].to_numpy() - 2 * frame["b"].to_numpy()

explanation = explain(price, X, background=X)
dashboard = explanation.dashboard()
dashboard
"""

#: Names and values that a careless page would execute, mis-escape or break on.
HOSTILE_NAMES = [
    "<img src=x onerror=window.hacked=1>",
    "a${window.hacked=1}`b`",
    "\"quoted\" 'and' \\back\\",
    "</script><script>window.hacked=1</script>",
    "\u0645\u0631\u062d\u0628\u0627",
    "\U0001f600 emoji",
    "long " + "x" * 195,
    "__proto__",
]

HOSTILE = f"""
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
from interpret_widget import explain

names = {HOSTILE_NAMES!r}
rng = np.random.default_rng(0)
X = pd.DataFrame(rng.normal(size=(50, len(names))), columns=names)
X.index = ["<b>row " + str(i) + "</b>" for i in range(50)]
y = X.to_numpy() @ np.arange(1, len(names) + 1)
model = LinearRegression().fit(X, y)
explanation = explain(model, X, background=X)
dashboard = explanation.dashboard()
dashboard
"""

#: Tables at the edges of what is sensible: (rows, columns, classes), and what is done to the table.
EXTREMES = {
    "one row": (1, 3, 2, ""),
    "one feature": (40, 1, 2, ""),
    "constant and missing columns": (40, 3, 2, "X['f0'] = 5.0; X['f1'] = np.nan"),
    "500 columns": (40, 500, 2, ""),
    "60 classes": (240, 4, 60, ""),
}

EXTREME = """
import numpy as np
import pandas as pd
from interpret_widget import ExplanationDashboard, explain

rows, columns, classes, change = {extreme!r}
rng = np.random.default_rng(0)
X = pd.DataFrame(rng.normal(size=(rows, columns)), columns=[f"f{{i}}" for i in range(columns)])
exec(change)
weights = rng.normal(size=(columns, classes))

class Model:
    classes_ = np.array([f"class {{i}}" for i in range(classes)])

    def fit(self, X, y=None):
        return self

    def predict_proba(self, X):
        score = np.nan_to_num(np.asarray(X, dtype=float)) @ weights
        score = np.exp(score - score.max(axis=1, keepdims=True))
        return score / score.sum(axis=1, keepdims=True)

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

model = Model()
explanation = explain(model, X, max_evals=2000)
dashboard = ExplanationDashboard(explanation, model, X)
dashboard
"""

#: The workshop's first notebook: a linear SVC behind a ColumnTransformer, explained on raw columns.
WORKSHOP = """
from interpret_widget import ExplanationDashboard, TabularExplainer
from interpret_widget.datasets import load_attrition
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

X, y = load_attrition(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0, stratify=y)
numerical = list(X.select_dtypes(include="number").columns)
categorical = [name for name in X.columns if name not in numerical]
transformations = ColumnTransformer(
    [("num", StandardScaler(), numerical), ("cat", OneHotEncoder(handle_unknown="ignore"), categorical)]
)
model = Pipeline([("preprocessor", transformations), ("classifier", SVC(kernel="linear"))])
model = model.fit(x_train, y_train)
explainer = TabularExplainer(
    model.steps[-1][1], initialization_examples=x_train, features=x_train.columns,
    classes=["Not leaving", "leaving"], transformations=transformations,
)
explanation = explainer.explain_global(x_test)
dashboard = ExplanationDashboard(explanation, model, x_test)
dashboard
"""

#: A model trained with overtime shuffled, against the one before, on the same rows.
CHANGES = """
import lightgbm, numpy as np
from interpret_widget import compare, explain
from interpret_widget.datasets import load_attrition
from sklearn.model_selection import train_test_split

X, y = load_attrition(return_X_y=True)
X = X.astype({name: "category" for name in X.columns if X[name].dtype.kind not in "iuf"})
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0)
shuffled = X_train.assign(OverTime=np.random.default_rng(0).permutation(X_train["OverTime"]))
models = [
    lightgbm.LGBMClassifier(n_estimators=50, num_leaves=8, n_jobs=1, verbose=-1).fit(table, y_train)
    for table in (X_train, shuffled)
]
found = compare(*(explain(each, X_test) for each in models), names=("main", "branch"))
dashboard = found.dashboard(title="The branch")
dashboard
"""

#: A straight line that imitates a product: badly, and it must say so.
IMITATION = """
import numpy as np, pandas as pd
from interpret_widget import ExplanationDashboard, LinearExplainableModel, MimicExplainer

rng = np.random.default_rng(0)
X = pd.DataFrame(rng.normal(size=(400, 3)), columns=["pay", "age", "noise"])

def model(table):
    table = np.asarray(table, dtype=float)
    return table[:, 0] * table[:, 1] + 0.3 * table[:, 0]

explainer = MimicExplainer(model, X, LinearExplainableModel)
explanation = explainer.explain_global(X[:100])
dashboard = ExplanationDashboard(explanation, model, X[:100])
dashboard
"""

#: A slow model that is only asked: rough bars at once, then better ones.
LIVE = """
import time
import numpy as np, pandas as pd
from interpret_widget import TabularExplainer

rng = np.random.default_rng(0)
X = pd.DataFrame(rng.normal(size=(100, 24)), columns=[f"c{i}" for i in range(24)])

def model(table):
    table = np.asarray(table, dtype=float)
    time.sleep(5e-6 * len(table))
    return np.sin(table[:, :6] @ np.linspace(0.3, 1.4, 6)) + table[:, 0] * table[:, 1]

explainer = TabularExplainer(model, X, max_evals=1_000_000)
dashboard = explainer.dashboard(X[:20], title="Rough, then better")
dashboard
"""
