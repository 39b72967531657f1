"""Trees survive being written down, and bytes of any other kind are refused with a reason."""

from __future__ import annotations

import io
import zipfile
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interpret_widget.errors import InvalidInputError
from interpret_widget.models.trees.checking import checked
from interpret_widget.models.trees.ensemble import Ensemble
from interpret_widget.models.trees.storage import from_bytes, to_bytes
from tests.kernels.test_path_dependent import ensemble_of, grown


def some(seed=0, trees=4, depth=4, features=3, categories=True, vectors=False, single=False):
    rng = np.random.default_rng(seed)
    tables = [grown(rng, depth, features, categories=categories) for _ in range(trees)]
    e = ensemble_of(tables, features, None if vectors else [at % 2 for at in range(trees)] or [0])
    e = replace(e, single=single, zero_missing=rng.random(len(e.feature)) < 0.2)
    if vectors:
        e = replace(e, value=rng.normal(size=(len(e.feature), 3)), base=rng.normal(size=3))
    return e


def assert_same(found, wanted):
    for field in fields(Ensemble):
        a, b = getattr(found, field.name), getattr(wanted, field.name)
        if isinstance(b, np.ndarray):
            assert a.dtype == b.dtype, field.name
            assert a.flags["C_CONTIGUOUS"]
            assert a.flags["WRITEABLE"]
            np.testing.assert_array_equal(a, b)
        else:
            assert a == b
            assert type(a) is type(b)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    trees=st.integers(1, 6),
    depth=st.integers(0, 6),
    categories=st.booleans(),
    vectors=st.booleans(),
    single=st.booleans(),
)
def test_there_and_back(seed, trees, depth, categories, vectors, single):
    e = some(seed, trees, depth, categories=categories, vectors=vectors, single=single)
    raw = to_bytes(e)
    again = from_bytes(raw)
    assert_same(again, e)
    assert to_bytes(again) == raw
    X = np.random.default_rng(seed).choice([-3.0, -2, 0, 1, 1e-40, 2, np.nan, np.inf], (20, 3))
    np.testing.assert_array_equal(again.predict(X), e.predict(X))


def test_some_of_the_trees_and_none():
    e = some()
    assert_same(from_bytes(to_bytes(e.of_trees(1, 3))), e.of_trees(1, 3))
    none = from_bytes(to_bytes(e.of_trees(0, 0)))
    np.testing.assert_array_equal(none.predict(np.zeros((2, 3))), 0)


def test_no_pickle_is_written():
    with zipfile.ZipFile(io.BytesIO(to_bytes(some()))) as archive:
        assert {name.rpartition(".")[2] for name in archive.namelist()} == {"npy"}
    with np.load(io.BytesIO(to_bytes(some())), allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays)


@pytest.mark.parametrize("raw", [b"", b"PK", b"no archive at all", b"\x80\x04K\x01."])
def test_bytes_of_something_else_are_refused(raw):
    with pytest.raises(InvalidInputError, match="give the bytes of to_bytes"):
        from_bytes(raw)


def test_bytes_cut_off_anywhere_are_refused():
    raw = to_bytes(some())
    for stop in range(0, len(raw), 37):
        with pytest.raises(InvalidInputError):
            from_bytes(raw[:stop])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_changed_bytes_are_trees_or_refused(data):
    raw = bytearray(to_bytes(some(trees=2, depth=2)))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        e = from_bytes(bytes(raw))
    except InvalidInputError:
        return
    assert np.isfinite(e.predict(np.zeros((3, e.n_features)))).all()


def rewritten(e, **members):
    """The archive of ``e`` with some members replaced by other arrays, by bytes, or left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(to_bytes(e))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            given = members.pop(name[:-4], old.read(name))
            if given is None:
                continue
            if not isinstance(given, bytes):
                stream = io.BytesIO()
                np.lib.format.write_array(stream, given, allow_pickle=True)
                given = stream.getvalue()
            new.writestr(name, given)
        for name, array in members.items():
            stream = io.BytesIO()
            np.lib.format.write_array(stream, array)
            new.writestr(f"{name}.npy", stream.getvalue())
    return out.getvalue()


def header(shape, kind="<f8"):
    stream = io.BytesIO()
    facts = {"descr": kind, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, facts)
    return stream.getvalue()


def test_hostile_archives_are_refused():
    e = some()
    n = len(e.feature)
    cases = {
        "laid out|type or order": {"threshold": np.array([{"a": 1}] * n, dtype=object)},
        "is cut off": {"threshold": header((1 << 50,))},
        "type or order": {"value": np.asfortranarray(np.zeros((n, 2)))},
        "unknown format|cannot be read": {"base": b"\x93NUMPY\x09\x00" + b"\x00" * 40},
        "another type": {"left": e.left.astype("<i8")},
        "does not hold the arrays": {"cover": None},
        "not hold the arrays": {"extra": np.zeros(3)},
        "no trees": {"facts": None},
        "update interpret-widget": {"facts": np.array([2, 3, 0], dtype="<i8")},
        "precision": {"facts": np.array([1, 3, 7], dtype="<i8")},
        "columns|feature": {"facts": np.array([1, -3, 0], dtype="<i8")},
        "yes and no": {"missing_left": np.full(n, 7, dtype="|u1")},
    }
    for reason, members in cases.items():
        with pytest.raises(InvalidInputError, match=reason):
            from_bytes(rewritten(e, **members))


def test_what_would_unpack_to_gigabytes_is_refused_before_it_does(monkeypatch):
    from interpret_widget.models.trees import npz

    monkeypatch.setattr(npz, "_MOST_BYTES", 1000)
    with pytest.raises(InvalidInputError, match="unpack"):
        from_bytes(to_bytes(some()))


def with_cell(array, at, value):
    out = array.copy()
    out[at] = value
    return out


def test_arrays_that_are_no_trees_are_refused():
    e = some(trees=2, depth=3, categories=True)
    n = len(e.feature)
    inner = np.flatnonzero(e.feature >= 0)
    leaf = int(np.flatnonzero(e.feature < 0)[-1])
    deep = int(inner[-1])
    cases = {
        "children holds -1": {"left": with_cell(e.left, deep, -1)},
        "children holds": {"right": with_cell(e.right, deep, n)},
        "more than one parent": {"left": with_cell(e.left, deep, e.right[deep])},
        "child of another": {"right": with_cell(e.right, deep, e.roots[0])},
        "leaf of the trees has": {"left": with_cell(e.left, leaf, 0)},
        "feature holds 3": {"feature": with_cell(e.feature, deep, 3)},
        "feature holds -2": {"feature": with_cell(e.feature, leaf, -2)},
        "category_set holds": {"category_set": with_cell(e.category_set, deep, len(e.categories))},
        "output holds 5": {"output": with_cell(e.output, 0, 5)},
        "roots holds": {"roots": with_cell(e.roots, 0, n)},
        "threshold of the trees": {"threshold": with_cell(e.threshold, deep, np.nan)},
        "value is not finite": {"value": with_cell(e.value, leaf, np.inf)},
        "base is not finite": {"base": with_cell(e.base, 0, np.nan)},
        "cover must be": {"cover": with_cell(e.cover, leaf, -1.0)},
        "cover has the shape": {"cover": e.cover[:-1]},
        "value has the shape": {"value": np.zeros((n, 5))},
        "output has the shape": {"output": e.output[:1]},
        "base has the shape": {"base": np.zeros(0)},
        "categories have 1": {"categories": np.zeros(4, dtype=bool)},
    }
    checked(e)
    for reason, changed in cases.items():
        with pytest.raises(InvalidInputError, match=reason):
            checked(replace(e, **changed))
        with pytest.raises(InvalidInputError, match=reason):
            from_bytes(to_bytes(replace(e, **changed)))


def test_a_walk_that_comes_back_is_refused():
    e = some(trees=1, depth=4, categories=False, seed=3)
    # A split below the root made its own grandchild: nodes keep one parent each.
    inner = [at for at in np.flatnonzero(e.feature >= 0) if at != e.roots[0]]
    top = next(at for at in inner if e.feature[e.left[at]] >= 0)
    left = with_cell(e.left, e.left[top], top)
    with pytest.raises(InvalidInputError, match="more than one parent"):
        checked(replace(e, left=left))


def test_vectors_belong_to_every_output():
    e = some(vectors=True)
    with pytest.raises(InvalidInputError, match="output holds 1"):
        checked(replace(e, output=with_cell(e.output, 0, 1)))
