"""Models that are no sum of trees, and whatever is fitted through the monitor: copies are explained."""

from __future__ import annotations

import os
import time

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from interpret_widget import TrainingMonitor, explain
from interpret_widget.errors import InvalidInputError

RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(900, 4)), columns=list("abcd"))
SCORE = X.a + X.b * X.c + 0.2 * RNG.normal(size=len(X))
Y = (SCORE > 0).astype(int).to_numpy()
RAW = X.assign(kind=RNG.choice(["x", "y", "z"], len(X)))


@pytest.fixture
def monitor():
    made = TrainingMonitor(X[:100], Y[:100])
    yield made
    made.close()


def test_a_linear_model_that_learns_by_batches(monitor):
    fitted = monitor.fit(SGDClassifier(loss="log_loss", random_state=0), X, Y, epochs=3, batch_size=100)
    record = monitor._recorder.runs[0]
    assert (record.rounds[0], record.rounds[-1], record.state) == (1, 27, "finished")
    found = monitor.explanation()
    assert (found.method, found.exact) == ("linear", True)
    own = explain(fitted, X[:100], background=X[:100])
    np.testing.assert_array_equal(found.values, own.values)
    np.testing.assert_allclose(record.importance[-1][0], np.abs(own.values[:, :, 1]).mean(axis=0), rtol=1e-5)
    shares = fitted.predict_proba(X[:100])[np.arange(100), Y[:100]]
    assert monitor.history["valid log loss"].iloc[-1] == pytest.approx(-np.log(shares).mean(), rel=1e-4)
    # A row through the rounds, and the models that flipped rows.
    said = monitor._lasting()["training_row"]({"row": 3, "output": 1})
    np.testing.assert_allclose(said["values"][-1], own.values[3, said["features"], 1], rtol=1e-5)
    with pytest.raises(InvalidInputError, match="rounds 1 to 27"):
        monitor.explanation(28)


def test_numbers_decision_values_and_models_that_are_sampled(monitor):
    numbers = TrainingMonitor(X[:100], SCORE[:100])
    numbers.fit(SGDRegressor(random_state=0), X, SCORE, epochs=2)
    assert numbers.history["valid rmse"].notna().all()
    monitor.fit(SGDClassifier(random_state=0), X, Y, epochs=1)
    assert 0 <= monitor.history["valid error rate"].iloc[-1] <= 1
    bayes = monitor.run("bayes")
    bayes.fit(GaussianNB(), X, Y, epochs=1)
    assert bayes.record.state == "finished"
    assert bayes.record.margins[-1].shape == (100, 1)
    assert monitor._recorder.error is None


def test_bad_options(monitor):
    with pytest.raises(InvalidInputError, match="epochs=0"):
        monitor.fit(SGDClassifier(), X, Y, epochs=0)
    with pytest.raises(TypeError, match="'output'"):
        monitor.callback("lightgbm", output="logits")


def test_stop_in_the_middle_of_batches(monitor):
    run = monitor.train(
        lambda: monitor.fit(SGDClassifier(random_state=0), X, Y, epochs=10_000, batch_size=10)
    )
    until = time.monotonic() + 20
    while not monitor._recorder.runs or len(monitor._recorder.runs[0].rounds) < 2:
        assert time.monotonic() < until
        time.sleep(0.02)
    run.stop()
    assert hasattr(run.wait(20), "coef_")
    assert run.state == "stopped"


def columns():
    return ColumnTransformer(
        [("numbers", StandardScaler(), list("abcd")), ("kind", OneHotEncoder(sparse_output=False), ["kind"])]
    )


@pytest.mark.parametrize(
    "estimator",
    [
        HistGradientBoostingClassifier(max_iter=12, random_state=0),
        RandomForestClassifier(6, max_depth=4, random_state=0),
        SGDClassifier(loss="log_loss", random_state=0),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_pipeline_is_followed_on_raw_columns(estimator):
    monitor = TrainingMonitor(RAW[:100], Y[:100])
    pipeline = make_pipeline(columns(), estimator)
    assert monitor.fit(pipeline, RAW, Y) is pipeline
    found = monitor.explanation()
    assert found.feature_names == ("a", "b", "c", "d", "kind")
    np.testing.assert_allclose(found.probabilities, pipeline.predict_proba(RAW[:100]), atol=1e-6)
    own = explain(pipeline, RAW[:100], background=RAW[:100])
    np.testing.assert_allclose(found.values, own.values, atol=1e-9)
    assert monitor.history.columns.tolist()[-5:] == ["a", "b", "c", "d", "kind"]
    last = type(estimator).__name__.lower()
    with pytest.raises(InvalidInputError, match=f"{last}__sample_weight="):
        monitor.fit(pipeline, RAW, Y, sample_weight=np.ones(len(Y)))


@pytest.mark.parametrize("library", ["lightgbm", "xgboost", "catboost"])
def test_the_boosters_estimators_in_a_pipeline(library):
    package = pytest.importorskip(library)
    estimator = {
        "lightgbm": lambda: package.LGBMClassifier(n_estimators=10, verbose=-1),
        "xgboost": lambda: package.XGBClassifier(n_estimators=10, max_depth=3),
        "catboost": lambda: package.CatBoostClassifier(
            iterations=10, depth=3, silent=True, allow_writing_files=False
        ),
    }[library]()
    monitor = TrainingMonitor(RAW[:100], Y[:100])
    pipeline = make_pipeline(columns().set_output(transform="pandas"), estimator)
    monitor.fit(pipeline, RAW, Y)
    record = monitor._recorder.runs[0]
    assert (record.rounds, record.state) == (list(range(1, 11)), "finished")
    np.testing.assert_allclose(
        monitor.explanation().probabilities, pipeline.predict_proba(RAW[:100]), atol=1e-5
    )
    assert monitor._recorder.error is None


def network(torch, k=1):
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Linear(16, k))


def epochs_of(torch, net, n, step, y=Y):
    rows = torch.tensor(X.to_numpy(np.float32))
    target = torch.tensor(np.asarray(y, dtype=np.float32))[:, None]
    optimizer = torch.optim.Adam(net.parameters(), 0.02)
    loss_of = torch.nn.BCEWithLogitsLoss() if y is Y else torch.nn.MSELoss()
    for epoch in range(n):
        optimizer.zero_grad()
        loss = loss_of(net(rows), target)
        loss.backward()
        optimizer.step()
        if step(loss=loss.item(), valid_loss=loss.item() + 0.1):
            return epoch + 1
    return n


def test_torch_step_by_step(monitor):
    torch = pytest.importorskip("torch")
    net = network(torch)
    epochs_of(torch, net, 40, monitor.callback("torch", model=net))
    record = monitor._recorder.runs[0]
    monitor.settle()
    assert (record.rounds[0], record.rounds[-1], record.state) == (1, 40, "finished")
    assert {"train loss", "valid loss"} <= set(monitor.history)
    found = monitor.explanation()
    assert (found.method, found.exact, found.output_space) == ("gradients", False, "log-odds")
    with torch.no_grad():
        logits = net(torch.tensor(X[:100].to_numpy(np.float32))).numpy()[:, 0]
    np.testing.assert_allclose(found.predictions[:, 1], logits, atol=1e-5)
    np.testing.assert_allclose(record.margins[-1][:, 0], logits, atol=1e-5)
    # The first round is of the network as it was, not as it is.
    first = monitor.explanation(1)
    assert np.abs(first.predictions[:, 1] - logits).max() > 0.1
    row = monitor._recorder.row(record, 5)
    assert row[0] == record.rounds
    np.testing.assert_allclose(row[2][-1], logits[5], atol=1e-5)
    # Going on in the next cell.
    epochs_of(torch, net, 2, monitor.callback("torch", model=net))


def test_torch_numbers_stop_and_failure():
    torch = pytest.importorskip("torch")
    monitor = TrainingMonitor(X[:50], SCORE[:50].to_numpy())
    net = network(torch)
    watched = monitor.run("numbers")
    step = watched.callback("torch", model=net)
    epochs_of(torch, net, 3, step, SCORE)
    assert monitor.explanation(run="numbers").task == "regression"
    watched.control.stop()
    assert epochs_of(torch, net, 10, step, SCORE) == 1
    assert watched.record.state == "stopped"
    # A network that the monitor cannot ask leaves the training alone.
    broken = monitor.run("broken")
    wrong = torch.nn.Linear(7, 1)
    epochs_of(torch, net, 3, broken.callback("torch", model=wrong), SCORE)
    assert "7" in monitor._recorder.error


def test_lightning():
    torch = pytest.importorskip("torch")
    lightning = pytest.importorskip("lightning.pytorch")
    monitor = TrainingMonitor(X[:50], Y[:50])

    class Net(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.body = network(torch)

        def forward(self, rows):
            return self.body(rows)

        def training_step(self, batch, _):
            loss = torch.nn.functional.binary_cross_entropy_with_logits(self(batch[0])[:, 0], batch[1])
            self.log("train_loss", loss, on_epoch=True)
            return loss

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), 0.02)

    data = torch.utils.data.TensorDataset(
        torch.tensor(X.to_numpy(np.float32)), torch.tensor(Y.astype(np.float32))
    )
    trainer = lightning.Trainer(
        max_epochs=3,
        callbacks=[monitor.callback("lightning")],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        accelerator="cpu",
    )
    trainer.fit(Net(), torch.utils.data.DataLoader(data, 64))
    record = monitor._recorder.runs[0]
    assert monitor._recorder.error is None
    assert (record.rounds[0], record.rounds[-1], record.state) == (1, 3, "finished")
    assert "train loss" in monitor.history


def test_keras():
    pytest.importorskip("torch")
    os.environ.setdefault("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras")
    monitor = TrainingMonitor(X[:50], Y[:50])
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")]
    )
    model.compile("adam", "binary_crossentropy")
    model.fit(
        X.to_numpy(), Y, epochs=3, verbose=0, validation_split=0.2, callbacks=[monitor.callback("keras")]
    )
    record = monitor._recorder.runs[0]
    assert monitor._recorder.error is None
    assert (record.rounds[0], record.rounds[-1], record.state) == (1, 3, "finished")
    assert {"train loss", "valid loss"} <= set(monitor.history)
    found = monitor.explanation()
    assert (found.method, found.output_space) == ("gradients", "probability")
    np.testing.assert_allclose(found.predictions[:, 1], model.predict(X[:50], verbose=0)[:, 0], atol=1e-5)
    np.testing.assert_allclose(found.base_values + found.values.sum(axis=1), found.predictions, atol=1e-9)
