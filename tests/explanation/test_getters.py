"""The getters that users of interpret-community know, against sorted numpy."""

from __future__ import annotations

import numpy as np
import pytest

from interpret_widget.errors import InvalidInputError


def test_global_names_and_values_go_from_strong_to_weak(one):
    mean = np.abs(one.values[:, :, 0]).mean(axis=0)
    order = np.argsort(-mean)
    assert one.get_ranked_global_names() == [one.feature_names[j] for j in order]
    assert one.get_ranked_global_values() == pytest.approx(mean[order])
    assert one.get_ranked_global_names(top_k=1) == [one.feature_names[order[0]]]
    assert one.get_feature_importance_dict() == pytest.approx({one.feature_names[j]: mean[j] for j in order})
    assert one.global_importance_rank == order.tolist()
    assert one.global_importance_values == pytest.approx(mean)


def test_over_several_classes_the_mean_counts(three):
    mean = np.abs(three.values).mean(axis=(0, 2))
    assert three.get_ranked_global_values() == pytest.approx(np.sort(mean)[::-1])
    per_class = three.get_ranked_per_class_names()
    for k in range(3):
        order = np.argsort(-np.abs(three.values[:, :, k]).mean(axis=0))
        assert per_class[k] == [three.feature_names[j] for j in order]


def test_local_lists_have_a_level_for_classes_and_none_for_one_target(one, three):
    assert np.shape(one.local_importance_values) == (12, 3)
    assert np.shape(three.local_importance_values) == (3, 12, 3)
    names, values = three.get_ranked_local_names(top_k=2), three.get_ranked_local_values(top_k=2)
    row = three.values[4, :, 1]
    order = np.argsort(-np.abs(row))[:2]
    assert names[1][4] == [three.feature_names[j] for j in order]
    assert values[1][4] == pytest.approx(row[order])


def test_names_of_the_old_system(three):
    assert three.features == ["age", "pay", "role"]
    assert three.classes == ["a", "b", "c"]
    assert (three.num_features, three.num_examples, three.num_classes) == (3, 12, 3)
    assert three.expected_values == pytest.approx(three.base_values)
    assert three.model_task == "classification"
    assert three.get_raw_explanation() is three


@pytest.mark.parametrize("top_k", [0, -1, 2.5, True, "3"])
def test_top_k_is_a_whole_number_from_one(one, top_k):
    with pytest.raises(InvalidInputError, match="top_k="):
        one.get_ranked_global_names(top_k=top_k)
