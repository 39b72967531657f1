"""A served explainer, asked over HTTP."""

from __future__ import annotations

import pytest

from interpret_widget import log_scoring_explainer
from tests.serving.tracking.same import same_answers
from tests.serving.tracking.served import Served


@pytest.fixture(scope="module")
def server(linear, database, tmp_path_factory):
    import mlflow

    folder = tmp_path_factory.mktemp("served")
    mlflow.set_tracking_uri(database)
    try:
        place = (folder / "artifacts").as_uri()
        mlflow.set_experiment(experiment_id=mlflow.create_experiment(f"served {folder}", place))
        info = log_scoring_explainer(linear.model, linear.scorer, input_example=linear.X[:2])
        started = Served(info.model_uri, database, folder)
    finally:
        mlflow.set_tracking_uri(None)
    yield started
    started.kill()


def split(rows):
    """Rows as JSON has them: no NaN."""
    made = rows.astype(object).where(rows.notna(), None).to_dict("split")
    return {"columns": made["columns"], "data": made["data"]}


@pytest.mark.parametrize("top_k", [3, 1, -1])
def test_predictions_come_with_reasons(server, linear, top_k):
    rows = linear.X.iloc[[5, 2, 9, 2]]
    status, answer = server.ask({"dataframe_split": split(rows), "params": {"top_k": top_k}})
    assert status == 200
    due = linear.scorer.records(rows, top_k=None if top_k < 0 else top_k)
    same_answers(answer["predictions"], due)


def test_records_and_inputs_do_as_well(server, linear):
    rows = linear.X[:2]
    records = rows.astype(object).where(rows.notna(), None).to_dict("records")
    due = linear.scorer.records(rows, top_k=3)
    for body in ({"dataframe_records": records}, {"inputs": records}):
        status, answer = server.ask(body)
        assert status == 200, answer
        same_answers(answer["predictions"], due)


def test_columns_come_in_any_order_and_the_optional_one_not_at_all(server, linear):
    rows = linear.X[:3]
    mixed = rows[["role", "score", "age", "remote", "income"]]
    status, answer = server.ask({"dataframe_split": split(mixed)})
    assert status == 200
    same_answers(answer["predictions"], linear.scorer.records(rows, top_k=3))
    status, answer = server.ask({"dataframe_split": split(rows.drop(columns="score"))})
    assert status == 200
    same_answers(answer["predictions"], linear.scorer.records(rows.assign(score=None), top_k=3))


@pytest.mark.parametrize(
    ("change", "params", "told"),
    [
        ({}, {"top_k": 0}, "top_k=0; give the number of reasons, 1 or more, or -1 for all features"),
        ({}, {"top_k": -5}, "top_k=-5"),
        ({}, {"top_k": "x"}, "Can not safely convert `<class 'str'>` to `DataType.long` for value `x`"),
        ({}, {"level": "deep"}, "level='deep' is neither 'raw' nor 'engineered'"),
        ({"role": "pilot"}, {}, "column 'role' has 'pilot', which the model does not know"),
        ({"remote": "no"}, {}, "column 'remote' needs true or false, not 'no'"),
        ({"age": "forty"}, {}, "column 'age' needs a number, not 'forty'"),
        ("age", {}, "missing inputs ['age']"),
    ],
)
def test_bad_requests_are_answered_with_400_and_our_words(server, linear, change, params, told):
    rows = linear.X[:2]
    rows = rows.drop(columns=change) if isinstance(change, str) else rows.astype(object).assign(**change)
    status, answer = server.ask({"dataframe_split": split(rows), "params": params})
    assert status == 400
    assert told in answer["message"]
    assert "Traceback" not in str(answer)


def test_a_number_is_not_cut_to_an_integer_on_its_way(server, linear):
    """MLflow would make 40 of 40.7, had the column the type "long"."""
    row = {**linear.X.iloc[0].to_dict(), "age": 40.7}
    status, answer = server.ask({"dataframe_records": [{**row, "score": None}]})
    assert status == 200
    same_answers(answer["predictions"], linear.scorer.records({**row, "score": None}, top_k=3))


def test_parquet_does_and_csv_does_not(server, linear):
    """Types that are any cannot be read from text."""
    rows = linear.X[:3]
    status, answer = server.ask(rows.to_parquet(), "application/vnd.apache.parquet")
    assert status == 200
    same_answers(answer["predictions"], linear.scorer.records(rows, top_k=3))
    assert server.ask(rows.to_csv(index=False).encode(), "text/csv")[0] == 400


def test_what_is_no_request_is_told_so(server):
    assert server.ask(b"{")[0] == 400
    assert server.ask({"rows": []})[0] == 400
