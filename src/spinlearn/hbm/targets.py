"""Target distributions of the Born machines: digit images and even parity.

See Zhong 2022, sections IV.B and V.C.
"""

import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from jaxtyping import Float

from spinlearn.learning.distributions import parity
from spinlearn.pipeline.errors import MissingDependencyError

DIGITS = tuple(f"digits{digit}" for digit in range(10))
"""Tasks of learning the mean image of one digit."""

TASKS = (*DIGITS, "parity")
"""Every task by name."""


@lru_cache(maxsize=1)
def _class_means() -> Float[np.ndarray, "10 8 8"]:
    """Mean image of each class of scikit-learn's 1797 digits, grey values 0 to 16.

    Read from the file that `load_digits` reads: importing scikit-learn takes longer than a small
    training.
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
        images, labels = table[:, :-1], table[:, -1]
    else:
        from sklearn.datasets import load_digits

        images, labels = load_digits(return_X_y=True)
    return np.array([images[labels == digit].mean(axis=0).reshape(8, 8) for digit in range(10)])


def resized(image: Float[np.ndarray, "n n"], side: int) -> Float[np.ndarray, "m m"]:
    """A square image at another power of two: means of areas, or pixels repeated.

    Args:
        image: grey values; its side is a power of two.
        side: the side wanted, a power of two.

    >>> resized(np.array([[1.0, 3.0], [5.0, 7.0]]), 1).tolist()
    [[4.0]]
    """
    own = image.shape[0]
    if side >= own:
        return np.kron(image, np.ones((side // own, side // own)))
    factor = own // side
    return image.reshape(side, factor, side, factor).mean(axis=(1, 3))


def digit_image(digit: int, visible: int = 6) -> Float[np.ndarray, " N"]:
    """Mean image of a digit as a distribution over visible strings (Zhong 2022, app. D).

    The 8 x 8 class mean of scikit-learn's `load_digits` (Zhong 2022: MNIST, downsampled),
    normalised to sum 1. The first half of the bits counts the row, the second half the column.

    Args:
        digit: 0 to 9.
        visible: number of spins, even. With 6 the image has its 64 pixels; with fewer spins areas
            are averaged, with more spins pixels are repeated.

    Raises:
        ValueError: if there is no such digit, or the number of spins is not even.
        MissingDependencyError: if scikit-learn is not installed.
    """
    if not 0 <= digit <= 9:
        raise ValueError(f"a digit is one of 0 to 9, not {digit}")
    if visible < 2 or visible % 2:
        raise ValueError(f"an image of side 2^(n/2) needs an even number of spins, not {visible}")
    image = resized(_class_means()[digit], 2 ** (visible // 2))
    return (image / image.sum()).ravel()


def target_distribution(task: str, visible: int = 6) -> Float[np.ndarray, " N"]:
    """The target distribution of a task.

    Args:
        task: "digits0" to "digits9", or "parity" (uniform over the strings of even parity).
        visible: number of visible spins.

    Raises:
        ValueError: if there is no such task.
        MissingDependencyError: if a package that a task needs is not installed.
    """
    if task == "parity":
        return parity(visible)
    if match := re.fullmatch(r"digits(\d)", task):
        return digit_image(int(match[1]), visible)
    raise ValueError(f"{task!r} is not one of {', '.join(TASKS)}")
