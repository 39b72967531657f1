"""Arrays survive the wire bit by bit, in each of its forms."""

from __future__ import annotations

import base64
import gzip
import json

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpret_widget.widget import codec

arrays = st.sampled_from(codec.DTYPES).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=5))
)


def same(one: np.ndarray, other: np.ndarray) -> bool:
    return (
        one.dtype.name == other.dtype.name and one.shape == other.shape and one.tobytes() == other.tobytes()
    )


@given(arrays)
def test_a_trait_gives_back_the_same_bits(array):
    encoded = codec.encode(array)
    assert same(codec.decode(encoded), array)
    assert json.dumps({key: encoded[key] for key in ("dtype", "shape")})


@given(st.dictionaries(st.text(max_size=5), arrays, max_size=4))
def test_a_state_at_rest_gives_back_the_same_bits(state):
    packed = json.loads(json.dumps(codec.at_rest({"_payload": state})))
    back = codec.from_rest(packed)["_payload"]
    assert back.keys() == state.keys()
    assert all(same(back[key], array) for key, array in state.items())


@given(arrays, arrays)
def test_a_message_keeps_each_array_in_its_own_buffer(one, other):
    content, buffers = codec.to_message({"a": one, "more": [other, {"b": one}]})
    assert json.loads(json.dumps(content)) == content
    for leaf, array in ((content["a"], one), (content["more"][0], other), (content["more"][1]["b"], one)):
        assert buffers[leaf["buffer"]] == array.tobytes()
        assert leaf["shape"] == list(array.shape)


def test_bytes_are_little_endian_and_in_c_order():
    array = np.asfortranarray(np.array([[1, 2], [3, 4]], dtype=">u4"))
    assert bytes(codec.encode(array)["data"]) == np.array([1, 2, 3, 4], dtype="<u4").tobytes()


def test_arrays_at_rest_start_where_a_browser_can_view_them():
    packed = codec.at_rest({"a": np.zeros(3, np.uint8), "b": np.arange(2.0)})
    place = packed["state"]["b"]
    assert place["offset"] % 8 == 0
    data = gzip.decompress(base64.b64decode(packed["buffers"]))
    assert np.frombuffer(data[place["offset"] :], "<f8", 2).tolist() == [0.0, 1.0]


def test_equal_states_are_equal_files():
    state = {"x": np.linspace(0, 1, 50)}
    assert codec.at_rest(state) == codec.at_rest(state)


def test_json_has_no_word_for_nan_so_it_travels_as_null():
    content, _ = codec.to_message({"a": [1.5, float("nan"), np.float32("inf")], "b": np.bool_(True)})
    assert content == {"a": [1.5, None, None], "b": True}


def test_what_cannot_travel_is_refused_rather_than_converted():
    with pytest.raises(TypeError, match="int64"):
        codec.encode(np.arange(3, dtype=np.int64))
    with pytest.raises(TypeError, match="set"):
        codec.to_message({"a": {1, 2}})


def test_bytes_that_do_not_fill_the_shape_are_refused():
    encoded = codec.encode(np.arange(4, dtype=np.float32))
    with pytest.raises(ValueError, match="do not hold"):
        codec.decode({**encoded, "shape": [5]})


def test_a_state_of_another_version_is_refused():
    packed = codec.at_rest({})
    with pytest.raises(ValueError, match="version 1"):
        codec.from_rest({**packed, "version": 2})
