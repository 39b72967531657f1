"""IBM employee attrition."""

from __future__ import annotations

from pathlib import Path
from typing import Any

#: The same for every employee, or only their number: nothing a model can use.
CONSTANT_COLUMNS = ("EmployeeCount", "EmployeeNumber", "Over18", "StandardHours")

TARGET = "Attrition"


def load_attrition(*, return_X_y: bool = False, as_frame: bool = True) -> Any:
    """Load the IBM employee attrition table: who left, and what was known about them.

    1,470 fictional employees and 35 columns: age, pay, job, satisfaction, years in several roles.
    ``Attrition`` is 1 for the 237 who left. Works offline.

    Parameters
    ----------
    return_X_y : bool, default False
        Return ``(X, y)`` ready for a model instead of the whole table: X without the target and without the
        four columns that say nothing (EmployeeCount, EmployeeNumber, Over18, StandardHours), rows labelled
        ``"emp-0945"`` after the employee's number.
    as_frame : bool, default True
        pandas objects; False gives numpy arrays (of objects, as the table has text).

    Returns
    -------
    DataFrame (1470, 35), or X : DataFrame (1470, 30) and y : Series of int (1470,)

    Notes
    -----
    Synthetic data made by IBM data scientists and published as a Watson Analytics sample
    ("WA_Fn-UseC_-HR-Employee-Attrition"). The database is redistributed under the Open Database License
    1.0, its contents under the Database Contents License 1.0. The yes/no columns are coded 1/0 here. See
    the README beside this file.

    Examples
    --------
    >>> X, y = load_attrition(return_X_y=True)
    >>> X.shape, int(y.sum()), X.index[0]
    ((1470, 30), 237, 'emp-0001')
    """
    import pandas as pd

    table = pd.read_csv(Path(__file__).with_name("attrition.csv.gz"))
    if not return_X_y:
        return table if as_frame else table.to_numpy()
    table.index = pd.Index([f"emp-{number:04d}" for number in table["EmployeeNumber"]], name="employee")
    X = table.drop(columns=[TARGET, *CONSTANT_COLUMNS])
    y = table[TARGET]
    return (X, y) if as_frame else (X.to_numpy(), y.to_numpy())
