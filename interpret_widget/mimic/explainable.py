"""Surrogates whose explanations are exact, by the names that users of interpret-community know."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar


class ExplainableModel(ABC):
    """A kind of surrogate.

    Attributes
    ----------
    title : str
        For people.
    takes_codes : bool
        Whether levels of categories may come as numbers in any order, as trees take them; else they come as
        one column each, and numbers are scaled.
    """

    title: ClassVar[str]
    takes_codes: ClassVar[bool]

    @classmethod
    @abstractmethod
    def estimator(cls, *, is_classifier: bool, random_state: int, **arguments: Any) -> Any:
        """A fresh estimator of scikit-learn's kind whose ``fit`` takes ``sample_weight``."""


class LGBMExplainableModel(ExplainableModel):
    """Boosted trees by LightGBM: the most faithful; log-odds or numbers."""

    title = "LightGBM"
    takes_codes = True

    @classmethod
    def estimator(cls, *, is_classifier: bool, random_state: int, **arguments: Any) -> Any:
        """See `ExplainableModel.estimator`."""
        try:
            import lightgbm
        except ImportError as error:
            raise ImportError(
                "LGBMExplainableModel needs LightGBM: pip install 'interpret-widget[lightgbm]', or take "
                "LinearExplainableModel or DecisionTreeExplainableModel"
            ) from error
        kind = lightgbm.LGBMClassifier if is_classifier else lightgbm.LGBMRegressor
        return kind(**{"random_state": random_state, "verbose": -1, "n_estimators": 200, **arguments})


class LinearExplainableModel(ExplainableModel):
    """Logistic regression, or least squares with a little shrinkage."""

    title = "linear model"
    takes_codes = False

    @classmethod
    def estimator(cls, *, is_classifier: bool, random_state: int, **arguments: Any) -> Any:
        """See `ExplainableModel.estimator`."""
        from sklearn.linear_model import LogisticRegression, Ridge

        if is_classifier:
            return LogisticRegression(**{"max_iter": 1_000, **arguments})
        return Ridge(**{"alpha": 1e-3, **arguments})


class SGDExplainableModel(ExplainableModel):
    """A linear model fitted by stochastic gradients: for very many rows."""

    title = "linear model (SGD)"
    takes_codes = False

    @classmethod
    def estimator(cls, *, is_classifier: bool, random_state: int, **arguments: Any) -> Any:
        """See `ExplainableModel.estimator`."""
        from sklearn.linear_model import SGDClassifier, SGDRegressor

        given = {"random_state": random_state, **arguments}
        return SGDClassifier(**{"loss": "log_loss", **given}) if is_classifier else SGDRegressor(**given)


class DecisionTreeExplainableModel(ExplainableModel):
    """One tree: less faithful, and can be read; probabilities or numbers."""

    title = "decision tree"
    takes_codes = True

    @classmethod
    def estimator(cls, *, is_classifier: bool, random_state: int, **arguments: Any) -> Any:
        """See `ExplainableModel.estimator`."""
        from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

        given = {"random_state": random_state, "max_depth": 8, "min_samples_leaf": 5, **arguments}
        return DecisionTreeClassifier(**given) if is_classifier else DecisionTreeRegressor(**given)
