"""Images of handwritten digits, as distributions over their pixels and as binary samples.

See Zhong 2022, section IV.B and appendix D. The index of a pixel is that of a string: the first
half of the bits counts the row, the second half the column.
"""

from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from jaxtyping import Float

from spinlearn import arguments
from spinlearn.datasets.strings import Request, Strings, from_dense, from_samples
from spinlearn.pipeline.errors import MissingDependencyError

DIGITS_SOURCE = "scikit-learn's load_digits"


def digits(request: Request) -> Strings:
    """Mean image of a digit in scikit-learn's 1797 images, "digits0" to "digits9", or of several.

    Several digits, as in "digits01", are superposed: the mean of their images, each normalised
    (Zhong 2022, section V.A).

    Zhong 2022 takes MNIST, downsampled to the same 8 x 8 pixels; see `spinlearn.datasets.mnist`.
    With n = 6 the image has its 64 pixels; with fewer bits areas are averaged, with more bits
    pixels are repeated.

    Raises:
        MissingDependencyError: if scikit-learn is not installed.
    """
    images, labels = load_digits()
    chosen = request.name.removeprefix("digits")
    means = [images[labels == int(digit)].mean(axis=0) for digit in chosen]
    return superposed(means, request.n, f"class mean of {DIGITS_SOURCE}")


def digits_pixels(request: Request) -> Strings:
    """Scikit-learn's 1797 images as samples of n = 64 bits; grey values of 8 to 16 are 1."""
    images, _ = load_digits()
    samples = (images.reshape(-1, 64) >= 8).astype(np.uint8)
    return from_samples(samples, f"{DIGITS_SOURCE}, 8 x 8 pixels, grey values of half or more set")


def from_image(image: Float[np.ndarray, "side side"], n: int, source: str) -> Strings:
    """A square image at 2^(n/2) pixels a side as a distribution: grey values, normalised.

    Raises:
        InvalidArgumentError: if it is no square image with a power of two as side, if n is odd, or
            if a grey value is negative or all are 0.
    """
    image = arguments.real("image", image, (None, len(image)))
    if image.min() < 0 or not image.any():
        raise arguments.InvalidArgumentError("image", "grey values must be >= 0, and not all 0")
    if arguments.integer("n", n, 2) % 2:
        raise arguments.InvalidArgumentError("n", f"{n} bits do not make a square image")
    scaled = resized(image, 2 ** (n // 2))
    return from_dense((scaled / scaled.sum()).reshape(1, -1), source)


def superposed(images: Sequence[Float[np.ndarray, "side side"]], n: int, source: str) -> Strings:
    """The mean of square images, each one a distribution; see `from_image`.

    The source then says how many pixels the distribution has, and whether they are repeated.
    """
    rows = [from_image(image, n, source).target(0) for image in images]
    own, side = len(images[0]), 2 ** (n // 2)
    pixels = f"{side} x {side} pixels" + (f" ({own} x {own}, repeated)" if side > own else "")
    return from_dense(np.mean(rows, axis=0, keepdims=True), f"{source}, {pixels}")


def resized(image: Float[np.ndarray, "n n"], side: int) -> Float[np.ndarray, "m m"]:
    """A square image at another power of two: means of areas, or pixels repeated.

    Args:
        image: grey values; its side is a power of two.
        side: the side wanted, a power of two.

    >>> resized(np.array([[1.0, 3.0], [5.0, 7.0]]), 1).tolist()
    [[4.0]]

    Raises:
        InvalidArgumentError: if a side is not a power of two.
    """
    for name, pixels in (("image", len(image)), ("side", side)):
        if arguments.integer(name, pixels, 1) & (pixels - 1):
            raise arguments.InvalidArgumentError(name, f"{pixels} pixels are no power of two")
    own = image.shape[0]
    if side >= own:
        return np.kron(image, np.ones((side // own, side // own)))
    factor = own // side
    return image.reshape(side, factor, side, factor).mean(axis=(1, 3))


@lru_cache(maxsize=1)
def load_digits() -> tuple[Float[np.ndarray, "images 8 8"], Float[np.ndarray, " images"]]:
    """Scikit-learn's images, grey values 0 to 16, and the digit of each.

    Read from the file that `sklearn.datasets.load_digits` reads: importing scikit-learn takes
    longer than a small training.
    """
    found = find_spec("sklearn")
    if found is None or found.origin is None:
        raise MissingDependencyError(
            "the digit images come with scikit-learn, which is not installed.\n"
            "  Install it with: pip install scikit-learn"
        )
    stored = Path(found.origin).parent / "datasets" / "data" / "digits.csv.gz"
    if stored.is_file():
        table = np.loadtxt(stored, delimiter=",")
        return table[:, :-1].reshape(-1, 8, 8), table[:, -1]
    from sklearn.datasets import load_digits as slow_load

    images, labels = slow_load(return_X_y=True)
    return images.reshape(-1, 8, 8), labels.astype(float)
