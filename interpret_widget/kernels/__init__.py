"""Exact Shapley values of tree ensembles, compiled by Numba (which shap needs anyway)."""
