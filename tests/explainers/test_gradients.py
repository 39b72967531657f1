"""Expected gradients of networks: closed forms, additivity, intervals that hold, and shap's own estimate."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from interpret_widget import CancelledError, TabularExplainer, TorchModel, explain
from interpret_widget.errors import InvalidInputError, UnsupportedModelError

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(300, 4)), columns=list("abcd"))


def network(k=1, p=4, hidden=16):
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Linear(p, hidden), torch.nn.Tanh(), torch.nn.Dropout(0.5), torch.nn.Linear(hidden, k)
    )


class Product(torch.nn.Module):
    """f = x0 * x1: its expected gradients have a closed form."""

    def forward(self, rows):
        return rows[:, 0] * rows[:, 1]


def test_a_linear_network_is_met_exactly():
    net = torch.nn.Linear(4, 1).double()
    found = explain(TorchModel(net, "number"), X[:20], background=X[:50])
    w = net.weight.detach().numpy()[0]
    np.testing.assert_allclose(found.values[:, :, 0], (X[:20] - X[:50].mean()) * w, atol=1e-6)
    assert (found.method, found.exact, found.task) == ("gradients", False, "regression")


def test_a_product_has_its_closed_form_within_the_errors():
    found = explain(TorchModel(Product(), "number"), X[:40], background=X[200:240], max_evals=4_000)
    x, b = X[:40].to_numpy()[:, None], X[200:240].to_numpy()[None]
    truth = ((x[..., 0] - b[..., 0]) * (x[..., 1] + b[..., 1]) / 2).mean(axis=1)
    error, spread = found.values[:, 0, 0] - truth, found.std_errors[:, 0, 0]
    assert np.abs(error).max() < 0.05
    assert (np.abs(error) <= 1.96 * spread + 1e-6).mean() > 0.9
    np.testing.assert_allclose(found.values[:, 2:], 0, atol=1e-6)


@pytest.mark.parametrize(("k", "output"), [(1, "logits"), (2, "logits"), (3, "logits"), (1, "number")])
def test_values_add_up_to_the_network(k, output):
    net = network(k)
    model = TorchModel(net, output)
    found = explain(model, X[:30], background=X[:100])
    np.testing.assert_allclose(found.base_values + found.values.sum(axis=1), found.predictions, atol=1e-9)
    with torch.no_grad():
        raw = net.eval()(torch.tensor(X[:30].to_numpy(np.float32))).numpy()
    if output == "number":
        np.testing.assert_allclose(found.predictions, raw, atol=1e-6)
        return
    shares = np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
    if k == 1:
        shares = np.hstack([1 / (1 + np.exp(raw)), 1 / (1 + np.exp(-raw))])
    np.testing.assert_allclose(found.probabilities, shares, atol=1e-5)
    assert found.output_space == "log-odds"
    assert (found.std_errors > 0).any()


def test_asking_does_not_change_the_mode_of_any_layer():
    net = network()
    net[2].eval()
    net.train()
    net[0].eval()
    before = [each.training for each in net.modules()]
    explain(TorchModel(net), X[:5])
    assert [each.training for each in net.modules()] == before


def test_agrees_with_shap():
    shap = pytest.importorskip("shap")
    net = network().eval()
    found = explain(TorchModel(net), X[:10], background=X[:80], max_evals=4_000)
    to = lambda frame: torch.tensor(frame.to_numpy(np.float32))  # noqa: E731
    theirs = shap.GradientExplainer(net, to(X[:80])).shap_values(to(X[:10]), nsamples=4_000)
    np.testing.assert_allclose(found.values[:, :, 1], np.asarray(theirs).reshape(10, 4), atol=0.02)


def test_raw_columns_behind_a_preprocessing():
    raw = X.assign(kind=RNG.choice(["x", "y", "z"], len(X)))
    pre = ColumnTransformer([("n", StandardScaler(), list("abcd")), ("c", OneHotEncoder(), ["kind"])])
    pre.fit(raw)
    model = Pipeline([("pre", pre), ("net", TorchModel(network(p=7)))])
    found = explain(model, raw[:20], background=raw)
    assert found.feature_names == ("a", "b", "c", "d", "kind")
    assert found.engineered.values.shape == (20, 7, 2)
    np.testing.assert_allclose(found.values[:, 4], found.engineered.values[:, 4:].sum(axis=1), atol=1e-12)
    np.testing.assert_allclose(found.base_values + found.values.sum(axis=1), found.predictions, atol=1e-9)


def test_what_if_seeds_and_cancelling():
    explainer = TabularExplainer(TorchModel(network()), X)
    one, again = (explainer.explain_global(X[:10]) for _ in range(2))
    np.testing.assert_array_equal(one.values, again.values)
    row = one.explainer.explain_row(one.data.edited(2, {"a": 1.5}))
    np.testing.assert_allclose(row.base_values + row.values.sum(axis=1), row.predictions, atol=1e-9)
    with pytest.raises(CancelledError):
        explainer.explain_global(X, cancel=lambda: True)


def test_bad_input():
    with pytest.raises(InvalidInputError, match="output='odds'"):
        TorchModel(network(), "odds")
    with pytest.raises(UnsupportedModelError, match=r"torch.nn.Module"):
        TorchModel(3)
    with pytest.raises(InvalidInputError, match="transformations="):
        explain(TorchModel(network()), X.assign(a="text"))
