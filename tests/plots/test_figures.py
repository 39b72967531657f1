"""The figures' data are the explanation's numbers, and names show as they are written."""

from __future__ import annotations

import html
import json
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from interpret_widget import Explanation, explain
from interpret_widget.datasets import load_attrition
from interpret_widget.errors import InvalidInputError


@pytest.fixture(scope="module")
def attrition():
    X, y = load_attrition(return_X_y=True)
    text = list(X.select_dtypes(exclude="number"))
    columns = ColumnTransformer([("text", OneHotEncoder(), text)], remainder=StandardScaler())
    model = make_pipeline(columns, LogisticRegression(max_iter=500)).fit(X, y)
    return explain(model, X, y, classes=["staying", "leaving"])


@pytest.fixture(scope="module")
def rent():
    """Regression with missing numbers, levels and dates, and names that plotly would take for markup."""
    rng = np.random.default_rng(0)
    n = 200
    X = pd.DataFrame(
        {
            "age": rng.integers(18, 60, n).astype(float),
            "<b>bold</b> & $x^2$": rng.normal(size=n),
            "role <i>": rng.choice(["nurse <a href='x'>", "clerk", "smith"], n),
        }
    )
    y = X.iloc[:, 0] * 2 + X.iloc[:, 1] * 30 + (X.iloc[:, 2] == "clerk") * 20
    X.loc[::7, "age"] = np.nan
    X.loc[::5, "role <i>"] = None
    levels = make_pipeline(SimpleImputer(strategy="constant", fill_value="?"), OneHotEncoder())
    columns = ColumnTransformer(
        [("level", levels, ["role <i>"]), ("number", SimpleImputer(), ["age", "<b>bold</b> & $x^2$"])]
    )
    return explain(make_pipeline(columns, LinearRegression()).fit(X, y), X, pd.Series(y, name="rent"))


def given(n=40, p=4, k=1, seed=0, **more):
    rng = np.random.default_rng(seed)
    return Explanation.from_values(rng.normal(size=(n, p, k)), rng.normal(size=(n, p)), **more)


def bars(figure):
    return [trace for trace in figure.data if trace.type == "bar"]


def points(figure):
    return [trace for trace in figure.data if trace.mode == "markers"]


def shown_numbers(figure):
    (texts,) = (trace.text for trace in figure.data if trace.type == "scatter" and trace.mode == "text")
    return [text.strip() for text in texts]


def ticks(axis):
    return [html.unescape(text) for text in axis.ticktext]


def title(figure):
    """Both lines, as a reader sees them: plotly's own tags around them taken off."""
    return [html.unescape(re.sub("<[^>]*>", "", part)) for part in figure.layout.title.text.split("<br>")]


def everything_serialises(figure):
    json.loads(figure.to_json())
    figure.to_html(include_plotlyjs=False)


# -- bars over all rows --------------------------------------------------------------------------------------


def test_global_bar_is_the_mean_magnitude_of_the_second_class(attrition):
    figure = attrition.plot.global_bar(top_k=7)
    truth = pd.Series(np.abs(attrition.values[:, :, 1]).mean(axis=0), attrition.feature_names)
    truth = truth.sort_values(ascending=False).head(7)
    (bar,) = bars(figure)
    assert ticks(figure.layout.yaxis) == list(truth.index)
    np.testing.assert_allclose(bar.x, truth)
    assert list(bar.y) == list(figure.layout.yaxis.tickvals)
    assert bar.error_x.array is None
    assert shown_numbers(figure) == [f"{value:.2f}" for value in truth]
    assert title(figure) == ["What matters for leaving", "top 7 of 30 features, 1,470 rows, exact by linear"]
    assert "log-odds" in figure.layout.xaxis.title.text


def test_whiskers_are_95_percent_where_values_are_estimates():
    explanation = given(std_errors=np.full((40, 4, 1), 0.3))
    figure = explanation.plot.global_bar()
    order = np.argsort(-explanation.importance[0])
    (bar,) = bars(figure)
    np.testing.assert_allclose(bar.error_x.array, 1.96 * explanation.importance_error[0][order])
    assert "± 95 %" in figure.layout.xaxis.title.text


def test_the_numbers_beside_bars_fit_into_the_picture():
    figure = given(std_errors=np.full((40, 4, 1), 5.0)).plot.global_bar()
    (bar,) = bars(figure)
    assert figure.layout.xaxis.range[1] > max(np.array(bar.x) + np.array(bar.error_x.array))


def test_classes_are_stacked_in_the_explanation_s_own_ranking():
    explanation = given(k=3, output_names=["a", "b", "c"])
    figure = explanation.plot.global_bar()
    assert ticks(figure.layout.yaxis) == explanation.get_ranked_global_names()
    order = [explanation.feature_names.index(name) for name in explanation.get_ranked_global_names()]
    assert [bar.name for bar in bars(figure)] == ["a", "b", "c"]
    for k, bar in enumerate(bars(figure)):
        np.testing.assert_allclose(bar.x, np.abs(explanation.values[:, :, k]).mean(axis=0)[order])
    assert figure.layout.barmode == "stack"


def test_of_sixty_classes_the_strongest_have_a_colour_and_nothing_is_lost():
    explanation = given(k=60, output_names=[f"class {k}" for k in range(60)])
    figure = explanation.plot.global_bar()
    assert len(bars(figure)) == 8
    assert bars(figure)[-1].name == "53 others"
    assert len({bar.marker.color for bar in bars(figure)}) == 8
    total = np.abs(explanation.values).mean(axis=0).sum(axis=1)
    np.testing.assert_allclose(np.sum([bar.x for bar in bars(figure)], axis=0), np.sort(total)[::-1])


def test_one_output_of_several_can_be_chosen():
    explanation = given(k=3, output_names=["a", "b", "c"])
    (bar,) = bars(explanation.plot.global_bar(output="c"))
    np.testing.assert_allclose(bar.x, np.sort(np.abs(explanation.values[:, :, 2]).mean(axis=0))[::-1])


# -- beeswarm ------------------------------------------------------------------------------------------------


def test_beeswarm_has_every_value_on_its_line(attrition):
    explanation = attrition[:300]
    figure = explanation.plot.beeswarm(top_k=5)
    names = explanation.get_ranked_per_class_names(5)[1]
    assert ticks(figure.layout.yaxis) == names
    for line, name in enumerate(names):
        drawn = [trace for trace in points(figure) if trace.name == name]
        x = np.concatenate([trace.x for trace in drawn])
        y = np.concatenate([trace.y for trace in drawn])
        truth = explanation.values[:, explanation.feature_names.index(name), 1]
        np.testing.assert_allclose(np.sort(x), np.sort(truth))
        assert np.abs(y + line).max() <= 0.5
    assert figure.layout.xaxis.zeroline is True


def test_beeswarm_colours_follow_the_feature_and_unordered_levels_have_none(rent):
    figure = rent.plot.beeswarm()
    age = [trace for trace in points(figure) if trace.name == "age"]
    grey, coloured = sorted(age, key=lambda trace: not isinstance(trace.marker.color, str))
    assert len(grey.x) == rent.data.native["age"].isna().sum()
    known = [float(line[1]) for line in coloured.customdata]
    assert (np.diff(np.array(coloured.marker.color)[np.argsort(known, kind="stable")]) >= 0).all()
    roles = [trace for trace in points(figure) if html.unescape(trace.name) == "role <i>"]
    assert all(isinstance(trace.marker.color, str) for trace in roles)
    assert "grey" in title(figure)[1]


def test_a_sample_of_rows_says_so_and_shows_true_values():
    explanation = given(n=500)
    figure = explanation.plot.beeswarm(max_points=100)
    assert "100 of 500 rows" in title(figure)[1]
    first = points(figure)[0]
    assert len(first.x) == 100
    rows = [int(line[2]) for line in first.customdata]
    np.testing.assert_allclose(
        first.x, explanation.values[rows, explanation.feature_names.index(first.name), 0]
    )


# -- waterfall -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", [0, 17, -1])
def test_waterfall_walks_from_the_base_value_to_the_prediction(attrition, row):
    figure = attrition.plot.waterfall(row, top_k=6)
    (bar,) = bars(figure)
    base, x = np.array(bar.base), np.array(bar.x)
    assert base[0] == pytest.approx(attrition.base_values[1])
    np.testing.assert_allclose(base[1:], (base + x)[:-1])
    assert base[-1] + x[-1] == pytest.approx(attrition.predictions[row, 1])
    values = attrition.values[row, :, 1]
    strongest = np.argsort(-np.abs(values), kind="stable")[:6]
    np.testing.assert_allclose(x[:6], values[strongest])
    assert ticks(figure.layout.yaxis)[0].startswith(attrition.feature_names[strongest[0]] + " = ")
    assert ticks(figure.layout.yaxis)[-1] == "24 others"
    assert f"{100 * attrition.probabilities[row, 1]:.1f} %" in title(figure)[0]
    assert attrition.data.labels()[row] in title(figure)[0]


def test_waterfall_colours_tell_up_from_down():
    explanation = Explanation.from_values([[3.0, -2.0, 1.0]], feature_names=["a", "b", "c"])
    (bar,) = bars(explanation.plot.waterfall())
    up, down, again = bar.marker.color
    assert (up, again, down) == ("#d6336c", "#d6336c", "#2a7de1"), "up is the dashboard's red, down its blue"
    assert list(bar.text) == ["+3.00", "−2.00", "+1.00"]


def test_what_the_contributions_do_not_explain_has_a_bar_of_its_own():
    explanation = Explanation.from_values([[3.0, -2.0]], base_values=1.0, predictions=[4.0])
    figure = explanation.plot.waterfall()
    (bar,) = bars(figure)
    assert ticks(figure.layout.yaxis)[-1] == "not explained"
    assert bar.base[-1] + bar.x[-1] == pytest.approx(4.0)
    assert bar.x[-1] == pytest.approx(2.0)


def test_features_left_out_are_not_hidden(attrition):
    figure = attrition.select(features=slice(0, 3)).plot.waterfall(4)
    (bar,) = bars(figure)
    assert ticks(figure.layout.yaxis)[-1] == "features left out"
    assert bar.base[-1] + bar.x[-1] == pytest.approx(attrition.predictions[4, 1])


def test_an_unknown_contribution_is_called_unknown_and_no_prediction_is_invented():
    explanation = Explanation.from_values([[3.0, np.nan]], base_values=1.0)
    figure = explanation.plot.waterfall()
    (bar,) = bars(figure)
    assert bar.text[1] == "unknown"
    assert "to the sum 4.00" in title(figure)[1]


# -- dependence ----------------------------------------------------------------------------------------------


def test_dependence_has_feature_values_and_contributions(attrition):
    figure = attrition.plot.dependence("Age", color="Age")
    (cloud,) = points(figure)
    np.testing.assert_array_equal(cloud.x, attrition.data.native["Age"])
    np.testing.assert_allclose(cloud.y, attrition.values[:, attrition.feature_names.index("Age"), 1])
    assert figure.layout.xaxis.title.text == "Age"
    assert title(figure)[0] == "How Age acts on leaving"


def test_missing_values_have_a_lane_of_their_own(rent):
    figure = rent.plot.dependence("age", color="age")
    (cloud,) = points(figure)
    age = rent.data.native["age"].to_numpy()
    lost = np.isnan(age)
    np.testing.assert_array_equal(np.array(cloud.x)[~lost], age[~lost])
    lane = dict(zip(figure.layout.xaxis.ticktext, figure.layout.xaxis.tickvals, strict=True))["missing"]
    assert np.abs(np.array(cloud.x)[lost] - lane).max() < 1
    assert lane < np.nanmin(age)
    np.testing.assert_allclose(cloud.y, rent.values[:, 0, 0])


def test_levels_lie_above_their_labels_and_colours_have_a_legend(rent):
    figure = rent.plot.dependence("role <i>", color="role <i>")
    (cloud,) = points(figure)
    labels = ticks(figure.layout.xaxis)
    roles = rent.data.native["role <i>"]
    for x, role in zip(cloud.x, roles, strict=True):
        assert labels[round(x)] == ("missing" if pd.isna(role) else role)
    figure = rent.plot.dependence("age", color="role <i>")
    counts = {html.unescape(trace.name): len(trace.x) for trace in points(figure)}
    assert counts == {**roles.value_counts(), "missing": roles.isna().sum()}


def test_the_colour_chosen_is_the_feature_that_interacts():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3))
    values = np.stack([X[:, 0] * X[:, 2], 0.1 * X[:, 1], 0.1 * X[:, 2]], axis=1)
    explanation = Explanation.from_values(values, X, feature_names=["a", "b", "c"])
    assert "coloured by c" in title(explanation.plot.dependence("a"))[1]
    assert "coloured by" not in title(explanation.plot.dependence("b"))[1]


def test_dates_and_rare_levels():
    n = 300
    X = pd.DataFrame(
        {
            "when": pd.Timestamp("2021-03-01") + pd.to_timedelta(np.arange(n), unit="D"),
            "word": [f"w{k % 100:03d}" for k in range(n)],
        }
    )
    X.loc[3, "when"] = pd.NaT
    explanation = Explanation.from_values(np.ones((n, 2)), X)
    figure = explanation.plot.dependence("when", color="when")
    x = pd.DatetimeIndex(points(figure)[0].x)
    assert (x[4:] == X["when"][4:]).all()
    assert x[3] < X["when"].min()
    assert figure.layout.xaxis.ticktext[0] == "missing"
    words = explanation.plot.dependence("word", color="word")
    assert len(words.layout.xaxis.ticktext) == 25
    assert words.layout.xaxis.ticktext[-1] == "other levels"


# -- text ----------------------------------------------------------------------------------------------------


def test_markup_in_names_is_shown_not_obeyed(rent):
    plot = rent.plot
    figures = [
        plot.global_bar(),
        plot.beeswarm(),
        plot.waterfall(0),
        plot.dependence(1),
        plot.dependence(0, 2),
    ]
    for figure in figures:
        everything_serialises(figure)
        text = figure.to_json()
        for tag in ("<b>bold", "\\u003cb\\u003ebold", "<i>", "\\u003ci\\u003e", "<a ", "\\u003ca ", "$x"):
            assert tag not in text
    assert "<b>bold</b> & $x^2$" in ticks(figures[0].layout.yaxis)
    assert title(figures[3])[0] == "How <b>bold</b> & $x^2$ acts on prediction"


def test_long_names_are_cut_but_told_apart():
    names = [f"the income of the whole household in euros {when} tax" for when in ("before", "after")]
    explanation = given(p=2, feature_names=names)
    labels = ticks(explanation.plot.global_bar().layout.yaxis)
    assert len(set(labels)) == 2
    assert max(map(len, labels)) <= 32
    hover = {line[0] for line in bars(explanation.plot.global_bar())[0].customdata}
    assert hover == set(names)


def test_names_that_look_like_numbers_or_dates_keep_their_order():
    explanation = Explanation.from_values([[1.0, 5.0, 3.0]], feature_names=["10", "2020-01-01", "2"])
    figure = explanation.plot.global_bar()
    assert ticks(figure.layout.yaxis) == ["2020-01-01", "2", "10"]
    assert figure.layout.yaxis.range[0] < figure.layout.yaxis.range[1]
    assert list(figure.layout.yaxis.tickvals) == [0, -1, -2]


# -- the odd sizes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "explanation",
    [
        given(n=1),
        given(n=30, p=500),
        given(n=30, p=1),
        given(n=25, k=60, output_names=[f"c{k}" for k in range(60)]),
        Explanation.from_values(np.zeros((20, 3)), np.ones((20, 3))),
        Explanation.from_values(np.full((20, 3), np.nan), np.full((20, 3), np.nan)),
        Explanation.from_values([[1e-9, -2e-9]], [[np.inf, -np.inf]], base_values=1e12),
    ],
    ids=["one row", "500 columns", "one column", "60 classes", "zeros", "nothing known", "extremes"],
)
def test_every_figure_of_every_size(explanation):
    plot = explanation.plot
    for figure in (plot.global_bar(), plot.beeswarm(), plot.waterfall(), plot.dependence(0)):
        everything_serialises(figure)
        assert figure.layout.height < 1200
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"


# -- errors --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda plot: plot.dependence("Agee"), r"feature='Agee' is not a feature.*'Age'"),
        (lambda plot: plot.dependence(30), r"feature=30 .*below 30"),
        (lambda plot: plot.dependence("Age", color="Agee"), r"color='Agee' .*'Age'"),
        (lambda plot: plot.dependence(True), r"feature=True"),
        (lambda plot: plot.beeswarm(output="gone"), r"output='gone'.*'staying', 'leaving'"),
        (lambda plot: plot.global_bar(output=2), r"output=2"),
        (lambda plot: plot.waterfall(1470), r"row=1470 .*rows 0 to 1469"),
        (lambda plot: plot.waterfall("emp-0001"), r"row='emp-0001'.*explanation\.at\(label\)"),
        (lambda plot: plot.global_bar(top_k=0), r"top_k=0 must be a whole number of 1 or more"),
        (lambda plot: plot.beeswarm(max_points=2.5), r"max_points=2\.5"),
    ],
)
def test_errors_name_argument_value_and_mend(attrition, call, said):
    with pytest.raises(InvalidInputError, match=said):
        call(attrition.plot)
