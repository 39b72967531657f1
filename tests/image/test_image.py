"""Values of images against closed forms and brute force; regions against what regions are."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy import ndimage
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from interpret_widget import CancelledError, ImageExplainer, InvalidInputError, ModelCallError
from interpret_widget.image.segments import superpixels

RNG = np.random.default_rng(0)


def quarters(side=8):
    half = np.arange(side) // (side // 2)
    return 2 * half[:, None] + half[None, :]


def test_a_model_that_is_linear_in_pixels_has_a_closed_form():
    image, weights = RNG.random((8, 8, 3)), RNG.normal(size=(8, 8, 3, 2))

    def model(x):
        return np.einsum("nhwc,hwck->nk", x, weights)

    segments = np.arange(64).reshape(8, 8) // 3
    found = ImageExplainer(model, background=[0.1, 0.2, 0.3], segments=segments, max_evals=300).explain_local(
        image
    )
    per_pixel = ((image - [0.1, 0.2, 0.3])[..., None] * weights).sum(axis=2)
    truth = np.stack([per_pixel[segments == each].sum(axis=0) for each in range(22)])
    assert not found.exact
    assert found.residual < 1e-9
    assert (np.abs(found.values - truth) <= 5 * found.std_errors + 1e-6).all()
    assert found.heat_map.shape == (8, 8, 2)
    assert np.array_equal(found.heat_map[2, 5], found.values[segments[2, 5]])


@pytest.mark.parametrize("background", ["blur", "mean", 0])
def test_few_regions_agree_with_brute_force(background):
    digits = load_digits()
    classifier = LogisticRegression(max_iter=200).fit(digits.data[:300], digits.target[:300])

    def model(x):
        return classifier.predict_proba(x.reshape(len(x), -1))

    image, segments = digits.images[0], quarters()
    found = ImageExplainer(model, background=background, segments=segments, classes=range(10)).explain_local(
        image
    )
    assert found.exact
    assert found.std_errors is None
    assert found.output_names[3] == "3"
    sigma = 0.8
    hidden = {
        "blur": ndimage.gaussian_filter(image, (sigma, sigma)),
        "mean": np.full_like(image, image.mean()),
        0: np.zeros_like(image),
    }[background]

    def game(there):
        return model(np.where(np.isin(segments, list(there)), image, hidden)[None])[0]

    truth = np.zeros((4, 10))
    for order in permutations(range(4)):
        for at, player in enumerate(order):
            truth[player] += (game(order[: at + 1]) - game(order[:at])) / 24
    assert found.values == pytest.approx(truth, abs=1e-12)
    assert found.prediction == pytest.approx(model(image[None])[0])


@pytest.mark.parametrize("n", [1, 7, 40])
def test_regions_cover_the_image_and_hang_together(n):
    image = np.zeros((30, 41))
    image[8:20, 10:30] = 1
    image += 0.1 * RNG.random(image.shape)
    labels = superpixels(image, n)
    assert labels.shape == image.shape
    assert set(np.unique(labels)) == set(range(labels.max() + 1))
    assert labels.max() < n
    assert all(ndimage.label(labels == each)[1] == 1 for each in range(labels.max() + 1))


def test_regions_keep_to_the_edges_of_the_picture():
    image = np.zeros((32, 32))
    image[:, 13:] = 1
    labels = superpixels(image, 16)
    assert not set(labels[:, :13].ravel()) & set(labels[:, 13:].ravel())


def test_whole_numbers_stay_whole_and_the_batch_is_kept():
    seen = []

    def model(x):
        seen.append((x.dtype, len(x)))
        return x.mean(axis=(1, 2), dtype=float)

    image = RNG.integers(0, 255, (9, 9), dtype=np.uint8)
    found = ImageExplainer(model, n_segments=9, batch_size=10, background="mean").explain_local(image)
    assert {each for each, _ in seen} == {np.dtype(np.uint8)}
    assert max(n for _, n in seen) <= 10
    assert found.exact
    assert len(found.to_frame()) == len(found.values)


def test_the_widget_gets_pixels_as_bytes():
    found = ImageExplainer(lambda x: x.mean(axis=(1, 2)), segments=quarters()).explain_local(
        RNG.random((8, 8))
    )
    evidence = found.dashboard()._evidence
    assert evidence["pixels"]["shape"] == [8, 8, 4]
    assert len(bytes(evidence["pixels"]["data"])) == 256


def test_it_can_be_cancelled_and_says_what_is_wrong():
    image = RNG.random((8, 8))

    def mean(x):
        return x.mean(axis=(1, 2))

    with pytest.raises(CancelledError):
        ImageExplainer(mean).explain_local(image, cancel=lambda: True)
    with pytest.raises(InvalidInputError, match="segments"):
        ImageExplainer(mean, segments=quarters(4)).explain_local(image)
    with pytest.raises(InvalidInputError, match="background"):
        ImageExplainer(mean, background="noise")
    with pytest.raises(InvalidInputError, match="background"):
        ImageExplainer(mean, background=np.zeros(3)).explain_local(image)
    with pytest.raises(InvalidInputError, match="image"):
        ImageExplainer(mean).explain_local(np.zeros(5))
    with pytest.raises(InvalidInputError, match="max_evals"):
        ImageExplainer(mean, max_evals=20).explain_local(image)
    with pytest.raises(ModelCallError, match="shape"):
        ImageExplainer(lambda x: x[:1, 0, 0]).explain_local(image)
