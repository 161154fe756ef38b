"""Every data set, by name: those that the pipeline makes, named quenches, the user's own files.

A data set is a function of a `Request` in a module of `spinlearn.datasets`, and a line here.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class DataSet:
    """One data set.

    Attributes:
        module: module of `spinlearn.datasets` that makes it.
        function: the function there; empty if it has the name of the data set.
        sizes: numbers of bits that it may have: "any", "even" or a number.
        at_least, at_most: the smallest and the largest number of bits.
        draws: whether each run has a draw of its own.
        samples: whether it consists of samples, `datasets.samples` of them.
        inputs: kind of its input files: "mnist", "ground_state" or "eigenstates".
    """

    module: str
    function: str = ""
    sizes: str = "any"
    at_least: int = 2
    at_most: int = 14
    draws: bool = False
    samples: bool = False
    inputs: str = ""

    def fault(self, n: int) -> str:
        """What is wrong with a number of bits; empty if nothing is.

        >>> DataSet("patterns", sizes="even").fault(7)
        'has an even number of bits, not 7'
        """
        if self.sizes == "even" and n % 2:
            return f"has an even number of bits, not {n}"
        if self.sizes.isdigit() and n != int(self.sizes):
            return f"has {self.sizes} bits, not {n}"
        if n < self.at_least:
            return f"has at least {self.at_least} bits, not {n}"
        return f"has at most {self.at_most} bits, not {n}" if n > self.at_most else ""


IMAGES = (*map(str, range(10)), "01")
"""Digits of the images: one digit, or those whose images are superposed."""

DATASETS = {
    "bars": DataSet("patterns", sizes="even", at_most=20),
    "bars_and_stripes": DataSet("patterns", sizes="even", at_most=20),
    "random": DataSet("patterns", at_most=20, draws=True),
    "cardinality": DataSet("patterns", sizes="even", at_most=20),
    "parity": DataSet("patterns", at_most=20),
    **{f"digits{image}": DataSet("images", "digits", sizes="even") for image in IMAGES},
    **{
        f"mnist{image}": DataSet("mnist", "mnist", sizes="even", inputs="mnist") for image in IMAGES
    },
    "tfi": DataSet("ising", inputs="ground_state"),
    "eigenstate": DataSet("eigenstates", sizes="even", draws=True, inputs="eigenstates"),
    "digits_pixels": DataSet("images", sizes="64", at_most=64),
    "bars_and_stripes_4x16": DataSet("patterns", sizes="64", at_most=64, samples=True),
    "all_bars_and_stripes_4x16": DataSet("patterns", sizes="64", at_most=64),
    "tfi_samples": DataSet("ising", at_most=256, samples=True, inputs="ground_state"),
}
"""The data sets that are made without a name in the configuration."""

QUENCH = DataSet("quenches", "quench", draws=True)
"""A measured state after a quench, under a name of `datasets.quenches`."""

OWN = DataSet("own", "own", at_most=20)
"""A data set in a file of the user's own, under a name of `datasets.files`."""


def named(quenches: Iterable[str], files: Iterable[str]) -> dict[str, DataSet]:
    """Every data set by name: those of `DATASETS`, of `datasets.quenches` and `datasets.files`."""
    return {**DATASETS, **dict.fromkeys(quenches, QUENCH), **dict.fromkeys(files, OWN)}
