"""Regions of an image: a regular grid, moved to the edges of the picture by a few rounds of SLIC."""

from __future__ import annotations

import numpy as np


def superpixels(
    image: np.ndarray, n_segments: int, *, compactness: float = 0.2, n_rounds: int = 5
) -> np.ndarray:
    """Cut an image into regions of like pixels that lie together.

    Centres start on a grid; pixels go to the nearest of the centres around in colour and place, and centres
    to the mean of theirs (Achanta et al., SLIC superpixels, 2012). Parts that are cut off join a neighbour.

    Parameters
    ----------
    image : ndarray (h, w) or (h, w, c)
    n_segments : int
        About how many; never more.
    compactness : float, default 0.2
        Weight of place against colour.
    n_rounds : int, default 5

    Returns
    -------
    ndarray of int (h, w)
        Labels 0, 1, …, all of which occur.
    """
    pixels = image.reshape(*image.shape[:2], -1).astype(np.float64)
    spread = float(pixels.max() - pixels.min())
    pixels = (pixels - pixels.min()) / (spread if spread > 0 else 1.0)
    h, w, c = pixels.shape
    n_down = int(np.clip(round(np.sqrt(n_segments * h / w)), 1, min(h, n_segments)))
    n_across = int(np.clip(n_segments // n_down, 1, w))
    step_y, step_x = h / n_down, w / n_across
    row = np.minimum((np.arange(h) / step_y).astype(int), n_down - 1)
    column = np.minimum((np.arange(w) / step_x).astype(int), n_across - 1)
    labels: np.ndarray = row[:, None] * n_across + column[None, :]
    if spread == 0 or n_down * n_across < 2:
        return np.asarray(labels)
    y, x = np.mgrid[0:h, 0:w].astype(np.float64)
    place = compactness * np.stack([y / step_y, x / step_x], axis=2)
    points = np.concatenate([pixels / np.sqrt(c), place], axis=2)
    n = n_down * n_across
    for _ in range(n_rounds):
        size = np.bincount(labels.ravel(), minlength=n)
        flat = points.reshape(-1, points.shape[2])
        sums = [np.bincount(labels.ravel(), flat[:, d], n) for d in range(flat.shape[1])]
        centres = np.stack(sums, axis=1) / np.maximum(size, 1)[:, None]
        nearest, best = labels.copy(), np.full((h, w), np.inf)
        for each in np.flatnonzero(size):
            # Only pixels within a step of the centre are compared with it.
            cy, cx = centres[each, -2] / compactness * step_y, centres[each, -1] / compactness * step_x
            top, bottom = int(max(0, cy - step_y - 1)), int(cy + step_y + 2)
            left, right = int(max(0, cx - step_x - 1)), int(cx + step_x + 2)
            window = (slice(top, bottom), slice(left, right))
            distance = ((points[window] - centres[each]) ** 2).sum(axis=2)
            closer = distance < best[window]
            best[window][closer] = distance[closer]
            nearest[window][closer] = each
        labels = nearest
    return _renumbered(_connected(labels))


def _connected(labels: np.ndarray) -> np.ndarray:
    """Only the largest part of each region stays; other parts join the region beside their pixels."""
    from scipy import ndimage

    out = np.full(labels.shape, -1)
    for each in np.unique(labels):
        parts, n = ndimage.label(labels == each)
        largest = 1 + int(np.argmax(np.bincount(parts.ravel())[1:])) if n > 1 else 1
        out[parts == largest] = each
    if (out < 0).any():
        where = ndimage.distance_transform_cdt(out < 0, metric="taxicab", return_indices=True)[1]
        out = out[tuple(where)]
    return out


def _renumbered(labels: np.ndarray) -> np.ndarray:
    return np.asarray(np.unique(labels, return_inverse=True)[1].reshape(labels.shape))
