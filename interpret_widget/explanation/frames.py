"""An explanation as tidy pandas tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .summary import ranking

if TYPE_CHECKING:
    import pandas as pd

    from .aggregates import Aggregates
    from .explanation import Explanation


def to_frame(explanation: Explanation) -> pd.DataFrame:
    """Columns row, output, feature, feature_value, contribution and, where estimated, std_error."""
    import pandas as pd

    n, p, k = explanation.values.shape
    names = np.array(explanation.feature_names, dtype=object)
    cells = [explanation.data.column(j) for j in range(p)]
    numeric = all(cell.dtype.kind in "iuf" for cell in cells)
    wide = np.empty((n, p), dtype=np.result_type(*cells) if numeric and cells else object)
    for j, cell in enumerate(cells):
        # Item by item, so that whole numbers and dates stay Python values beside text.
        wide[:, j] = cell if numeric else cell.tolist()
    columns = {
        "row": np.tile(np.repeat(explanation.data.index, p), k),
        "output": np.repeat(np.array(explanation.output_names, dtype=object), n * p),
        "feature": np.tile(names, n * k),
        "feature_value": np.tile(wide.ravel(), k),
        "contribution": np.moveaxis(explanation.values, 2, 0).ravel(),
    }
    if explanation.std_errors is not None:
        columns["std_error"] = np.moveaxis(explanation.std_errors, 2, 0).ravel()
    frame: pd.DataFrame = pd.DataFrame(columns)
    return frame


def global_frame(explanation: Explanation | Aggregates) -> pd.DataFrame:
    """Columns output, feature, rank (1 = strongest), importance and its std_error, strongest first."""
    import pandas as pd

    parts = []
    for k, output in enumerate(explanation.output_names):
        order = ranking(explanation.importance[k])
        parts.append(
            pd.DataFrame(
                {
                    "output": output,
                    "feature": [explanation.feature_names[j] for j in order],
                    "rank": np.arange(1, len(order) + 1),
                    "importance": explanation.importance[k][order],
                    "std_error": explanation.importance_error[k][order],
                }
            )
        )
    frame: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return frame
