"""Follow columns through fitted transformers of scikit-learn, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from interpret_widget.models.pipeline import transformers_of
from interpret_widget.models.preprocessing import Chain, Pairs, Preprocessing

from .encoders import encoded
from .recipe import STEPS
from .symbols import Levels, NotExpressibleError, Symbol

Symbols = list[Symbol]


def follow(preprocessing: Preprocessing, symbols: Symbols, names: Sequence[str]) -> Symbols:
    """The columns after a preprocessing.

    Parameters
    ----------
    preprocessing : Preprocessing
    symbols : list of Symbol
        The user's columns.
    names : sequence of str
        Theirs.

    Raises
    ------
    NotExpressibleError
        A transformer that is more than arithmetic on numbers and tables of levels.
    """
    if isinstance(preprocessing, Chain):
        return _chain(preprocessing.transformers, symbols, list(names))
    if isinstance(preprocessing, Pairs):
        out: Symbols = []
        for columns, chain in preprocessing.pairs:
            chosen = _positions(columns, list(names), len(symbols))
            out += _chain(chain, [symbols[j] for j in chosen], [names[j] for j in chosen])
        return out
    raise NotExpressibleError(f"{type(preprocessing).__name__} is not known here")


def _chain(transformers: Sequence[Any], symbols: Symbols, names: list[str] | None) -> Symbols:
    for transformer in transformers:
        # Behind a transformer columns go by the names that it gives them, where it tells.
        symbols, names = _one(transformer, symbols, names), _names(transformer, names)
    return symbols


def _names(transformer: Any, names: list[str] | None) -> list[str] | None:
    try:
        return list(map(str, transformer.get_feature_names_out()))
    except Exception:  # whatever a library raises that does not tell
        return None


def _one(transformer: Any, symbols: Symbols, names: list[str] | None) -> Symbols:
    kind = type(transformer).__name__
    known = _KNOWN.get(kind) if type(transformer).__module__.startswith("sklearn.") else None
    if known is None:
        if hasattr(transformer, "built_features"):
            return _mapper(transformer, symbols, names)
        raise NotExpressibleError(f"{kind} is neither arithmetic on single numbers nor a table of levels")
    if kind in ("ColumnTransformer", "FeatureUnion"):
        return known(transformer, symbols, names)
    n_in = getattr(transformer, "n_features_in_", len(symbols))
    if n_in != len(symbols):
        raise NotExpressibleError(f"{kind} takes {n_in} columns of {len(symbols)}")
    return known(transformer, symbols)


def _positions(columns: Any, names: list[str] | None, n: int) -> list[int]:
    """Positions of the columns that a transformer picks."""
    if isinstance(columns, slice) and not isinstance(columns.start or columns.stop, str):
        return list(range(n))[columns]
    if isinstance(columns, (str, int, np.integer)):
        columns = [columns]
    chosen = np.asarray(columns, dtype=object).ravel().tolist() if not isinstance(columns, slice) else None
    if chosen is None:
        raise NotExpressibleError("columns are picked by a slice of names")
    if chosen and all(isinstance(each, (bool, np.bool_)) for each in chosen):
        return [int(j) for j in np.flatnonzero(np.array(chosen, dtype=bool))]
    out = []
    for each in chosen:
        if isinstance(each, str):
            if names is None or each not in names:
                raise NotExpressibleError(f"the column {each!r} is picked by a name that cannot be followed")
            out.append(names.index(each))
        else:
            out.append(range(n)[int(each)])
    return out


# -- putting transformers together -----------------------------------------------------------------------


def _column_transformer(transformer: Any, symbols: Symbols, names: list[str] | None) -> Symbols:
    out: Symbols = []
    for name, inner, columns in transformer.transformers_:
        if isinstance(inner, str) and inner == "drop":
            continue
        chosen = _positions(columns, names, len(symbols))
        if not chosen:
            continue
        picked = [symbols[j] for j in chosen]
        found = _chain(transformers_of(inner), picked, None if names is None else [names[j] for j in chosen])
        place = transformer.output_indices_.get(name)
        if place is not None and place.stop - place.start != len(found):
            raise NotExpressibleError(f"{name!r} of ColumnTransformer makes another number of columns")
        out += found
    return out


def _union(transformer: Any, symbols: Symbols, names: list[str] | None) -> Symbols:
    out: Symbols = []
    weights = transformer.transformer_weights or {}
    for name, inner in transformer.transformer_list:
        if isinstance(inner, str) and inner == "drop":
            continue
        found = _chain(transformers_of(inner), symbols, names)
        out += [each.then("multiply", weights[name]) for each in found] if name in weights else found
    return out


def _mapper(transformer: Any, symbols: Symbols, names: list[str] | None) -> Symbols:
    """A DataFrameMapper of sklearn-pandas."""
    if names is None or getattr(transformer, "built_default", False) is not False:
        raise NotExpressibleError("DataFrameMapper passes columns on that it does not name")
    out: Symbols = []
    for columns, inner, *_ in transformer.built_features:
        chosen = _positions(columns, names, len(symbols))
        picked = [symbols[j] for j in chosen]
        out += _chain(transformers_of(inner), picked, [names[j] for j in chosen])
    return out


# -- arithmetic ------------------------------------------------------------------------------------------


def _scaled(*steps: tuple[str, str, str]) -> Callable[[Any, Symbols], Symbols]:
    """Steps with a fitted number for each column, under a condition: (switch, step, attribute)."""

    def known(transformer: Any, symbols: Symbols) -> Symbols:
        for switch, step, attribute in steps:
            fitted = getattr(transformer, attribute, None)
            if fitted is not None and (not switch or getattr(transformer, switch)):
                symbols = [each.then(step, a) for each, a in zip(symbols, fitted, strict=True)]
        return symbols

    return known


def _min_max(transformer: Any, symbols: Symbols) -> Symbols:
    symbols = _scaled(("", "multiply", "scale_"), ("", "add", "min_"))(transformer, symbols)
    if transformer.clip:
        low, high = transformer.feature_range
        symbols = [each.then("at least", low).then("at most", high) for each in symbols]
    return symbols


def _max_abs(transformer: Any, symbols: Symbols) -> Symbols:
    if getattr(transformer, "clip", False):
        raise NotExpressibleError("MaxAbsScaler clips")
    return _scaled(("", "divide", "scale_"))(transformer, symbols)


def _binarizer(transformer: Any, symbols: Symbols) -> Symbols:
    return [each.then("is above", transformer.threshold) for each in symbols]


def _function(transformer: Any, symbols: Symbols) -> Symbols:
    function = transformer.func
    if function is None:
        return symbols
    name = getattr(function, "__name__", repr(function))
    if getattr(np, name, None) is not function or name not in STEPS or transformer.kw_args:
        raise NotExpressibleError(f"FunctionTransformer calls {name}, which only its own code knows")
    return [each.then(name) for each in symbols]


def _selected(transformer: Any, symbols: Symbols) -> Symbols:
    return [each for each, kept in zip(symbols, transformer.get_support(), strict=True) if kept]


# -- missing values --------------------------------------------------------------------------------------


def _imputer(transformer: Any, symbols: Symbols) -> Symbols:
    marks = transformer.missing_values
    if not (marks is None or marks != marks or type(marks).__name__ == "NAType"):
        raise NotExpressibleError(f"SimpleImputer takes {marks!r} for missing")
    statistics = list(transformer.statistics_)
    out = []
    for symbol, statistic in zip(symbols, statistics, strict=True):
        is_empty = isinstance(statistic, (float, np.floating)) and np.isnan(statistic)
        if is_empty and not transformer.keep_empty_features:
            continue
        out.append(_filled(symbol, 0.0 if is_empty else statistic))
    if transformer.indicator_ is not None:
        out += _indicated(transformer.indicator_, symbols)
    return out


def _filled(symbol: Symbol, statistic: Any) -> Symbol:
    if symbol.is_number or symbol.table is not None:
        if isinstance(statistic, str):
            raise NotExpressibleError("SimpleImputer puts words among numbers")
        return symbol.then("fill", float(statistic))
    from dataclasses import replace

    plain = statistic.item() if isinstance(statistic, np.generic) else statistic
    return symbol if symbol.fill is not None else replace(symbol, fill=plain)


def _indicated(transformer: Any, symbols: Symbols) -> Symbols:
    out = []
    for j in transformer.features_:
        symbol = symbols[int(j)]
        if symbol.is_number or symbol.table is not None:
            out.append(symbol.then("is missing"))
        else:
            gap = np.array([1.0 if symbol.fill is None else 0.0, 0.0])
            out.append(Symbol(symbol.raw, True, levels=Levels((), True, True), table=gap))
    return out


_KNOWN: dict[str, Callable[..., Symbols]] = {
    "ColumnTransformer": _column_transformer,
    "FeatureUnion": _union,
    "StandardScaler": _scaled(("with_mean", "subtract", "mean_"), ("with_std", "divide", "scale_")),
    "RobustScaler": _scaled(("with_centering", "subtract", "center_"), ("with_scaling", "divide", "scale_")),
    "MinMaxScaler": _min_max,
    "MaxAbsScaler": _max_abs,
    "Binarizer": _binarizer,
    "FunctionTransformer": _function,
    "VarianceThreshold": _selected,
    "SelectKBest": _selected,
    "SelectPercentile": _selected,
    "SelectFromModel": _selected,
    "RFE": _selected,
    "RFECV": _selected,
    "SimpleImputer": _imputer,
    "MissingIndicator": _indicated,
    "OneHotEncoder": encoded,
    "OrdinalEncoder": encoded,
    "TargetEncoder": encoded,
    "LabelBinarizer": encoded,
    "LabelEncoder": encoded,
}
