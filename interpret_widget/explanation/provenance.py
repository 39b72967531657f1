"""Where an explanation comes from: versions, seed, seconds, rows, time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from importlib import metadata
from platform import python_version

#: What is recorded besides this package, where it is installed and already imported.
_LIBRARIES = {
    "numpy": "numpy",
    "pandas": "pandas",
    "sklearn": "scikit-learn",
    "shap": "shap",
    "lightgbm": "lightgbm",
    "xgboost": "xgboost",
    "catboost": "catboost",
    "polars": "polars",
}


@dataclass(frozen=True)
class Provenance:
    """How an explanation came to be.

    Attributes
    ----------
    versions : mapping of str to str
        Python, this package and the libraries in use at that time.
    seed : int or None
        Random state of whatever was drawn.
    seconds : float or None
        Time that the explanation took; None where it was given.
    n_rows, n_rows_given : int
        Rows explained, out of rows given.
    created : str
        ISO time in UTC.
    """

    versions: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    seconds: float | None = None
    n_rows: int = 0
    n_rows_given: int = 0
    created: str = ""

    @classmethod
    def now(
        cls,
        *,
        seed: int | None = None,
        seconds: float | None = None,
        n_rows: int = 0,
        n_rows_given: int | None = None,
    ) -> Provenance:
        """The provenance of something made at this moment."""
        return cls(
            versions=_versions(),
            seed=None if seed is None else int(seed),
            seconds=None if seconds is None else float(seconds),
            n_rows=int(n_rows),
            n_rows_given=int(n_rows if n_rows_given is None else n_rows_given),
            created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        )


_known_versions: dict[str, str] = {}


def _versions() -> dict[str, str]:
    import sys

    from interpret_widget._version import __version__

    found = {"python": python_version(), "interpret-widget": __version__}
    for module, distribution in _LIBRARIES.items():
        if module not in sys.modules:
            continue
        if distribution not in _known_versions:
            # Reading metadata takes milliseconds, and what-if makes an explanation for each keystroke.
            try:
                _known_versions[distribution] = metadata.version(distribution)
            except metadata.PackageNotFoundError:
                continue
        found[distribution] = _known_versions[distribution]
    return found
