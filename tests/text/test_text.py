"""Values of texts against brute force, closed forms and shap; places against the text itself."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import (
    CountVectorizer,
    HashingVectorizer,
    TfidfTransformer,
    TfidfVectorizer,
)
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeRegressor

from interpret_widget import InvalidInputError, ModelCallError, TextExplainer, UnsupportedModelError

FOODS, WORDS = ("soup", "bread", "Fish"), ("good", "dull", "fresh", "not good", "cold and dull", "very fresh")
TEXTS = [
    f"The {food} was {word}; we liked {more}." for food in FOODS for word in WORDS for more in ("tea", "it")
]
Y = np.array([int("dull" not in each and "not" not in each) for each in TEXTS])


def brute_force(game, n):
    """Mean over all orders (n <= 6)."""
    out = 0.0
    orders = list(permutations(range(n)))
    for order in orders:
        mask, before = np.zeros(n, bool), game(np.zeros(n, bool))
        found = np.zeros((n, len(before)))
        for player in order:
            mask[player] = True
            after = game(mask.copy())
            found[player], before = after - before, after
        out = out + found / len(orders)
    return out


def test_a_linear_pipeline_agrees_with_brute_force_over_terms():
    model = make_pipeline(
        CountVectorizer(vocabulary=["good", "dull", "soup", "not good"], ngram_range=(1, 2)), Ridge()
    )
    model.fit(TEXTS, Y)
    found = TextExplainer(model, TEXTS).explain_local("The soup was NOT good, not good!")
    assert (found.method, found.exact) == ("linear", True)
    x = model[0].transform([found[0].text]).toarray()[0]
    mean = model[0].transform(TEXTS).toarray().mean(axis=0)
    truth = brute_force(lambda mask: model[1].predict([np.where(mask, x, mean)]), 4)
    names = model[0].get_feature_names_out()
    for term, values in found[0].terms.items():
        assert np.allclose(values, truth[list(names).index(term)])
    missing = [at for at, name in enumerate(names) if name not in found[0].terms]
    assert np.allclose(found[0].absent, truth[missing].sum(axis=0))
    by_token = dict(zip(found[0].tokens, found[0].values[:, 0], strict=True))  # the last of the same name
    pair, good = truth[list(names).index("not good")], truth[list(names).index("good")]
    assert by_token["good"] == pytest.approx(float((good / 2 + pair / 2 / 2)[0]))
    assert by_token["NOT"] == pytest.approx(float((pair / 2 / 2)[0]))


def test_a_linear_pipeline_agrees_with_shap():
    shap = pytest.importorskip("shap")
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(TEXTS, Y)
    X = model[0].transform(TEXTS).toarray()
    theirs = shap.LinearExplainer(model[1], shap.maskers.Independent(X, max_samples=len(X))).shap_values(
        X[:4]
    )
    ours = TextExplainer(model, TEXTS).explain_local(TEXTS[:4])
    assert ours.unit == "log-odds"
    assert ours.output_names == ("0", "1")
    names = list(model[0].get_feature_names_out())
    for one, truth in zip(ours, theirs, strict=True):
        for term, values in one.terms.items():
            assert values[1] == pytest.approx(truth[names.index(term)], abs=1e-12)
        assert np.allclose(one.prediction[1], model.decision_function([one.text]))


@pytest.mark.parametrize(
    "front",
    [
        [TfidfVectorizer(ngram_range=(1, 2), stop_words="english")],
        [CountVectorizer(binary=True), TfidfTransformer()],
        [CountVectorizer(), SelectKBest(chi2, k=5)],
        [HashingVectorizer(n_features=16)],
        [TfidfVectorizer(strip_accents="unicode", token_pattern=r"\b(\w)\w+")],
    ],
    ids=["stop words", "tf-idf", "selected", "hashed", "first letters"],
)
@pytest.mark.parametrize(
    "back", [LogisticRegression(), GradientBoostingClassifier(n_estimators=4, max_depth=2)]
)
def test_values_add_up_and_tokens_are_in_place(front, back):
    model = make_pipeline(*front, back).fit(TEXTS, Y)
    given = [TEXTS[0], "Très dull “Fish”… İce & soup?", "", "nothing known"]
    found = TextExplainer(model, TEXTS).explain_local(given)
    assert found.exact
    assert found.residual < 1e-9
    assert found.method == ("linear" if hasattr(back, "coef_") or "Logistic" in str(back) else "tree")
    for one, text in zip(found, given, strict=True):
        assert one.text == text
        assert np.allclose(one.prediction[1], model.decision_function([text]), atol=1e-9)
        assert [text[start:end] for start, end in one.spans] == list(one.tokens)
        assert sum(one.terms.values(), np.zeros(2)) == pytest.approx(one.values.sum(axis=0), abs=1e-12)


def test_trees_agree_with_brute_force():
    words = ["good", "dull", "fresh", "soup", "not"]
    model = make_pipeline(
        CountVectorizer(vocabulary=words), DecisionTreeRegressor(max_depth=4, random_state=0)
    )
    model.fit(TEXTS, Y + 0.3 * np.arange(len(Y)))
    found = TextExplainer(model, TEXTS).explain_local("not good soup, not fresh")
    assert (found.method, found.exact) == ("tree", True)
    x, B = model[0].transform([found[0].text]).toarray()[0], model[0].transform(TEXTS).toarray()
    truth = brute_force(lambda mask: model[1].predict(np.where(mask, x, B)).mean(keepdims=True), 5)
    for term, values in found[0].terms.items():
        assert values == pytest.approx(truth[words.index(term)], abs=1e-9)
    assert found[0].absent == pytest.approx(truth[words.index("dull")], abs=1e-9)


def crossed(texts):
    """A function whose words act together."""
    return np.array(
        [[len(t.split()) * ("not" in t), 2.0 * ("good" in t) - ("not" in t and "good" in t)] for t in texts]
    )


def test_a_function_agrees_with_brute_force_over_words():
    text = "not a good day"
    found = TextExplainer(crossed, classes=["long", "kind"]).explain_local(text)
    words = text.split()

    def game(mask):
        return crossed([" ".join(word for word, kept in zip(words, mask, strict=True) if kept)])[0]

    assert found.exact
    assert found.residual < 1e-12
    assert found[0].std_errors is None
    assert found[0].values == pytest.approx(brute_force(game, 4))


def test_many_words_are_estimated_with_errors_that_cover_the_truth():
    weights = np.linspace(-1, 1, 30)
    text = " ".join(f"w{at:02d}" for at in range(30))

    def ask(texts):
        there = np.array([[f"w{at:02d}" in each for at in range(30)] for each in texts])
        return there @ weights + 2.0 * there[:, 0] * there[:, 1] * there[:, 2]

    found = TextExplainer(ask, max_evals=600).explain_local(text)
    truth = weights.copy()
    truth[:3] += 2 / 3
    assert not found.exact
    assert found.residual < 1e-9
    assert (np.abs(found[0].values[:, 0] - truth) <= 5 * found[0].std_errors[:, 0] + 1e-9).all()


def test_a_mask_takes_the_place_of_words_and_long_texts_are_cut():
    seen = []

    def ask(texts):
        seen.extend(texts)
        return np.array([float(len(each)) for each in texts])

    TextExplainer(ask, mask="[MASK]").explain_local("one, two")
    assert set(seen) == {"one, two", "[MASK], two", "one, [MASK]", "[MASK], [MASK]"}
    found = TextExplainer(ask, max_players=4).explain_local("a b. c d. e f.")
    assert found[0].tokens == ("a b.", "c d.", "e f.")
    assert "sentences" in found[0].note
    groups = TextExplainer(ask, max_players=4).explain_local("a b c d e f g h")
    assert groups[0].tokens == ("a b", "c d", "e f", "g h")
    assert groups.residual < 1e-9


def test_what_cannot_be_placed_is_asked_and_says_why():
    model = make_pipeline(CountVectorizer(analyzer="char"), LogisticRegression()).fit(TEXTS, Y)
    explainer = TextExplainer(model, TEXTS)
    assert explainer.method == "sampling"
    assert "char" in explainer.reason
    assert explainer.explain_local("dull fish").exact
    with pytest.raises(UnsupportedModelError, match="char"):
        TextExplainer(model, TEXTS, method="linear")


def test_tables_and_pictures_of_texts():
    model = make_pipeline(CountVectorizer(), LogisticRegression()).fit(TEXTS, Y)
    found = TextExplainer(model, TEXTS, classes=["bad", "fine"]).explain_global(
        [*TEXTS, "<script>good</script>"]
    )
    frame = found.to_frame()
    assert len(frame) == 2 * sum(len(one.tokens) for one in found)
    top = found.terms_frame(top_k=3)
    assert list(top["output"].unique()) == ["bad", "fine"]
    assert "dull" in set(top["term"])
    table = found.to_explanation()
    assert table.residual < 1e-9
    assert "dull" in table.feature_names
    html = TextExplainer(model).explain_local("<script>good</script>")._repr_html_()
    assert "<script" not in html
    assert "good" in html
    widget = found.dashboard()
    pieces = widget._evidence["documents"][-1]["pieces"]
    assert "".join(text for text, _ in pieces) == "<script>good</script>"


def test_wrong_arguments_are_named():
    with pytest.raises(InvalidInputError, match="texts"):
        TextExplainer(crossed).explain_local([])
    with pytest.raises(InvalidInputError, match=r"texts\[1\]"):
        TextExplainer(crossed).explain_local(["a", 3])
    with pytest.raises(InvalidInputError, match="method"):
        TextExplainer(crossed, method="magic")
    with pytest.raises(InvalidInputError, match="classes"):
        TextExplainer(crossed, classes=["one"]).explain_local("a b")
    with pytest.raises(InvalidInputError, match="max_evals"):
        TextExplainer(crossed, max_evals=20)
    with pytest.raises(ModelCallError, match="ZeroDivisionError"):
        TextExplainer(lambda texts: 1 / 0).explain_local("a b")
    with pytest.raises(UnsupportedModelError):
        TextExplainer(3)


def test_forests_speak_in_probabilities():
    model = make_pipeline(CountVectorizer(), RandomForestClassifier(5, random_state=0)).fit(TEXTS, Y)
    found = TextExplainer(model, TEXTS[::3]).explain_local(TEXTS[0])
    assert found.unit == "probability"
    assert found[0].prediction == pytest.approx(model.predict_proba(TEXTS[:1])[0])


def test_a_linear_machine_fitted_on_sparse_columns_is_linear():
    model = make_pipeline(CountVectorizer(), SVC(kernel="linear")).fit(TEXTS, Y)
    found = TextExplainer(model, TEXTS).explain_local(TEXTS[1])
    assert (found.method, found.unit) == ("linear", "decision value")
    assert found[0].prediction[1] == pytest.approx(model.decision_function(TEXTS[1:2])[0])


def test_coefficients_behind_a_link_are_not_taken_for_the_prediction():
    model = make_pipeline(CountVectorizer(), PoissonRegressor()).fit(TEXTS, Y + 1.0)
    found = TextExplainer(model, TEXTS).explain_local(TEXTS[1])
    assert found.method == "enumeration"
    assert found[0].prediction[0] == pytest.approx(model.predict(TEXTS[1:2])[0])
